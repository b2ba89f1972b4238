// Parts of tensors: Slice, Split, Gather, Pad; and Concat.
#include <algorithm>

#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Item part(NodeCall& node, const Item& values, int64_t axis, int64_t start,
          int64_t end, int64_t step = 1) {
  return node.apply("slice", {{"self", values},
                              {"dim", make_integer(axis)},
                              {"start", make_integer(start)},
                              {"end", make_integer(end)},
                              {"step", make_integer(step)}});
}

Item at_indices(NodeCall& node, const Item& values, int64_t axis,
                const Shape& indices) {
  return node.apply("index_select", {{"self", values},
                                     {"dim", make_integer(axis)},
                                     {"index", make_line(indices)}});
}

// start, start + step ... above end, for a step below 0.
Item backwards(NodeCall& node, const Item& values, int64_t axis, int64_t size,
               int64_t start, int64_t end, int64_t step) {
  constexpr size_t kMostIndices = 65536;
  if (start < 0) start += size;
  if (end < 0) end += size;
  start = std::clamp<int64_t>(start, -1, size - 1);
  end = std::clamp<int64_t>(end, -1, size - 1);
  Shape indices;
  step = std::max(step, -size - 1);
  for (int64_t i = start; i > end; i += step) {
    if (indices.size() == kMostIndices) throw Refusal{"turns too many values"};
    indices.push_back(i);
  }
  if (indices.empty()) refuse_misfit("takes nothing");
  return at_indices(node, values, axis, indices);
}

Item slice(NodeCall& node) {
  Shape starts = node.integers_in(1);
  Shape ends = node.integers_in(2);
  Shape axes;
  for (size_t i = 0; i < starts.size(); ++i) {
    axes.push_back(static_cast<int64_t>(i));
  }
  if (node.has(3)) axes = node.integers_in(3);
  Shape steps(starts.size(), 1);
  if (node.has(4)) steps = node.integers_in(4);
  bool is_sound = ends.size() == starts.size() &&
                  axes.size() == starts.size() && steps.size() == starts.size();
  if (!is_sound) refuse_misfit("has lists of different lengths");
  Shape shape = node.shape(0);
  Item values = node.input(0);
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t axis = normalized_axis(axes[i], shape.size());
    int64_t size = shape[static_cast<size_t>(axis)];
    values =
        steps[i] < 0
            ? backwards(node, values, axis, size, starts[i], ends[i], steps[i])
            : part(node, values, axis, starts[i], ends[i], steps[i]);
  }
  return values;
}

// Sizes that are given, or as equal as they can be; the last has what is left.
Shape sizes_of_parts(NodeCall& node, int64_t size) {
  int64_t count = static_cast<int64_t>(node.outputs());
  std::optional<Shape> given = node.integers_since(13, "split", 1);
  if (node.integer("num_outputs", count) != count) {
    refuse_misfit("has another number of outputs than it says");
  }
  if (given) return *given;
  int64_t most = (size + count - 1) / count;
  Shape sizes(static_cast<size_t>(count), most);
  sizes.back() = size - most * (count - 1);
  return sizes;
}

Item split(NodeCall& node) {
  Shape shape = node.shape(0);
  int64_t axis = node.axis(0, shape.size());
  int64_t size = shape[static_cast<size_t>(axis)];
  Shape sizes = sizes_of_parts(node, size);
  std::vector<Item> parts;
  int64_t start = 0;
  for (int64_t each : sizes) {
    if (each < 1 || each > size - start) break;
    parts.push_back(part(node, node.input(0), axis, start, start + each));
    start += each;
  }
  if (start != size || parts.size() != node.outputs()) {
    refuse_misfit("sizes " + to_string(sizes) + " do not split an axis of " +
                  std::to_string(size) + " into " +
                  std::to_string(node.outputs()));
  }
  return parts.size() == 1 ? parts[0] : make_tuple(parts);
}

// One index takes its axis away; many take its place.
Item gather(NodeCall& node) {
  Shape shape = node.shape(0);
  int64_t axis = node.axis(0, shape.size());
  if (node.is_symbolic(1)) {
    throw Refusal{"looks values up by indices that depend on the data"};
  }
  Array indices = as_array(node.input(1));
  if (indices.rank() == 0) {
    return node.apply("select", {{"self", node.input(0)},
                                 {"dim", make_integer(axis)},
                                 {"index", make_integer(indices.integer())}});
  }
  Shape count = shape;
  count[static_cast<size_t>(axis)] = indices.size();
  if (!node.is_symbolic(0)) node.require_small(count);
  Item taken = at_indices(node, node.input(0), axis, indices.to_integers());
  if (indices.rank() == 1) return taken;
  auto at = shape.begin() + axis;
  at = shape.erase(at);
  shape.insert(at, indices.shape().begin(), indices.shape().end());
  return node.apply("reshape",
                    {{"self", taken}, {"shape", make_integers(shape)}});
}

// PyTorch counts pairs of widths from the last axis on; ONNX first has all
// widths before, then all behind.
Item pad(NodeCall& node) {
  size_t rank = node.shape(0).size();
  Shape widths = node.integers_in(1);
  Shape axes;
  for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int64_t>(i));
  if (node.has(3)) axes = node.integers_in(3);
  if (widths.size() != 2 * axes.size()) {
    refuse_misfit("expected two widths per axis, found " + to_string(widths));
  }
  Shape pairs(2 * rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    size_t axis = static_cast<size_t>(normalized_axis(axes[i], rank));
    pairs[2 * (rank - 1 - axis)] = widths[i];
    pairs[2 * (rank - 1 - axis) + 1] = widths[i + axes.size()];
  }
  if (!node.is_symbolic(0)) {
    Shape sizes = node.shape(0);
    for (size_t i = 0; i < 2 * rank; ++i) {
      int64_t& size = sizes[rank - 1 - i / 2];
      if (__builtin_add_overflow(size, pairs[i], &size)) {
        refuse_misfit("has widths without end");
      }
    }
    node.require_small(sizes);
  }
  Item value = node.has(2) ? node.input(2) : make_number(0);
  return node.apply("pad", {{"self", node.input(0)},
                            {"pad", make_integers(pairs)},
                            {"mode", make_text(node.text("mode", "constant"))},
                            {"value", value}});
}

Item concat(NodeCall& node) {
  std::vector<Item> items;
  for (size_t i = 0; i < node.inputs(); ++i) items.push_back(node.input(i));
  if (!node.has("axis")) throw Refusal{"does not say along which axis"};
  return node.apply("cat", {{"tensors", make_list(items)},
                            {"dim", make_integer(node.integer("axis", 0))}});
}

}  // namespace

void add_slices(Translations& translations) {
  translations["Slice"] = slice;
  translations["Split"] = split;
  translations["Gather"] = gather;
  translations["Pad"] = pad;
  translations["Concat"] = concat;
}

}  // namespace nc::onnx
