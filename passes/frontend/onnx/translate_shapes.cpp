// Reshapes and permutations, questions for shapes, and what changes nothing.
#include <algorithm>

#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"
#include "passes/frontend/onnx/tensors.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Item reshape_to(NodeCall& node, const Item& values, const Shape& sizes) {
  return node.apply("reshape",
                    {{"self", values}, {"shape", make_integers(sizes)}});
}

// 0 keeps the size that stands there, unless the node says that it is 0.
Item reshape(NodeCall& node) {
  Shape sizes = node.integers_in(1);
  Shape from = node.shape(0);
  bool is_kept = node.integer("allowzero", 0) == 0;
  for (size_t i = 0; i < sizes.size() && is_kept; ++i) {
    if (sizes[i] != 0) continue;
    if (i >= from.size()) refuse_misfit("keeps an axis that is not there");
    sizes[i] = from[i];
  }
  return reshape_to(node, node.input(0), sizes);
}

// To two axes: those before `axis`, and the others.
Item flatten(NodeCall& node) {
  Shape shape = node.shape(0);
  int64_t rank = static_cast<int64_t>(shape.size());
  int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) refuse_misfit("has no such axis");
  Shape sizes = {1, 1};
  for (int64_t i = 0; i < rank; ++i) {
    int64_t& size = sizes[i < axis ? 0 : 1];
    if (__builtin_mul_overflow(size, shape[static_cast<size_t>(i)], &size)) {
      refuse_misfit("too many values");
    }
  }
  return reshape_to(node, node.input(0), sizes);
}

Item squeeze(NodeCall& node) {
  std::optional<Shape> axes = node.integers_since(13, "axes", 1);
  if (!axes) return node.apply("squeeze", {{"self", node.input(0)}});
  size_t rank = node.shape(0).size();
  for (int64_t& each : *axes) {
    each = normalized_axis(each, rank);
    bool is_one = node.shape(0)[static_cast<size_t>(each)] == 1;
    bool is_batch = each == 0 && node.is_symbolic(0);
    if (is_batch) throw Refusal{"takes the batch axis away"};
    if (!is_one) refuse_misfit("drops an axis of another size than 1");
  }
  return node.apply("squeeze",
                    {{"self", node.input(0)}, {"dim", make_integers(*axes)}});
}

Item unsqueeze(NodeCall& node) {
  std::optional<Shape> axes = node.integers_since(13, "axes", 1);
  if (!axes) throw Refusal{"does not say which axes it makes"};
  size_t rank = node.shape(0).size() + axes->size();
  for (int64_t& each : *axes) each = normalized_axis(each, rank);
  std::sort(axes->begin(), axes->end());
  Item values = node.input(0);
  for (int64_t each : *axes) {
    values = node.apply("unsqueeze",
                        {{"self", values}, {"dim", make_integer(each)}});
  }
  return values;
}

Item permuted(NodeCall& node, const Item& values, const Shape& order) {
  return node.apply("permute",
                    {{"self", values}, {"dims", make_integers(order)}});
}

Item transpose(NodeCall& node) {
  Shape reversed;
  for (size_t i = node.shape(0).size(); i-- > 0;) {
    reversed.push_back(static_cast<int64_t>(i));
  }
  return permuted(node, node.input(0), node.integers("perm", reversed));
}

// Sizes of 1 keep those of the values; missing ones in front do, too.
Item expand(NodeCall& node) {
  Shape sizes = node.integers_in(1);
  Shape from = node.shape(0);
  size_t rank = std::max(sizes.size(), from.size());
  sizes.insert(sizes.begin(), rank - sizes.size(), 1);
  from.insert(from.begin(), rank - from.size(), 1);
  for (size_t i = 0; i < rank; ++i) {
    if (sizes[i] == 1) sizes[i] = from[i];
  }
  return node.apply("expand",
                    {{"self", node.input(0)}, {"size", make_integers(sizes)}});
}

Item tile(NodeCall& node) {
  if (!node.is_symbolic(0)) {
    Shape sizes = node.shape(0);
    Shape times = node.integers_in(1);
    sizes.insert(sizes.end(), times.begin(), times.end());
    node.require_small(sizes);
  }
  return node.apply("repeat",
                    {{"self", node.input(0)}, {"repeats", node.input(1)}});
}

// The block's side, and the four sizes of the image.
struct Blocks {
  int64_t side = 1;
  Shape sizes;
};

Blocks blocks_of(NodeCall& node) {
  Blocks blocks{node.integer("blocksize", 0), node.shape(0)};
  bool is_sound =
      blocks.sizes.size() == 4 && blocks.side > 0 && blocks.side <= 1024;
  if (is_sound) return blocks;
  refuse_misfit("expected an image and a blocksize, found " +
                to_string(without_batch(blocks.sizes)) + " and " +
                std::to_string(blocks.side));
}

void require_multiple(int64_t size, int64_t of) {
  if (size % of == 0) return;
  refuse_misfit(std::to_string(size) + " is no multiple of " +
                std::to_string(of));
}

// Channels become pixels of blocks; DCR counts the block's pixels first.
Item depth_to_space(NodeCall& node) {
  auto [side, sizes] = blocks_of(node);
  bool is_dcr = node.text("mode", "DCR") == "DCR";
  require_multiple(sizes[1], side * side);
  int64_t channels = sizes[1] / (side * side);
  Shape split = {sizes[0], channels, side, side, sizes[2], sizes[3]};
  Shape order = {0, 1, 4, 2, 5, 3};
  if (is_dcr) {
    split = {sizes[0], side, side, channels, sizes[2], sizes[3]};
    order = {0, 3, 4, 1, 5, 2};
  }
  Item values = reshape_to(node, node.input(0), split);
  values = permuted(node, values, order);
  return reshape_to(node, values,
                    {sizes[0], channels, sizes[2] * side, sizes[3] * side});
}

Item space_to_depth(NodeCall& node) {
  auto [side, sizes] = blocks_of(node);
  require_multiple(sizes[2], side);
  require_multiple(sizes[3], side);
  int64_t height = sizes[2] / side;
  int64_t width = sizes[3] / side;
  Item values = reshape_to(node, node.input(0),
                           {sizes[0], sizes[1], height, side, width, side});
  values = permuted(node, values, {0, 3, 5, 1, 2, 4});
  return reshape_to(node, values,
                    {sizes[0], sizes[1] * side * side, height, width});
}

// A range of the sizes, as slices count it.
Item shape_of_values(NodeCall& node) {
  Shape shape = node.shape(0);
  int64_t rank = static_cast<int64_t>(shape.size());
  auto bounded = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = bounded(node.integer("start", 0));
  int64_t end = std::max(start, bounded(node.integer("end", rank)));
  if (node.is_symbolic(0)) {
    node.graph().omit_row();
    if (start == 0) node.note_batch();
  }
  return make_line(Shape(shape.begin() + start, shape.begin() + end));
}

Item size(NodeCall& node) {
  int64_t count = 1;
  for (int64_t each : node.shape(0)) {
    if (__builtin_mul_overflow(count, each, &count)) {
      refuse_misfit("too many values");
    }
  }
  if (node.is_symbolic(0)) {
    node.graph().omit_row();
    node.note_batch();
  }
  return make_array(Array(Shape{}, std::vector<int64_t>{count}));
}

Item identity(NodeCall& node) {
  if (node.is_symbolic(0)) node.graph().omit_row();
  return node.input(0);
}

Item dropout(NodeCall& node) {
  node.ignore("seed");
  node.ignore("ratio");
  bool is_training = node.has(2) && as_flag(node.input(2)).value_or(true);
  Item values = node.apply(
      "dropout", {{"input", node.input(0)},
                  {"p", node.has(1) ? node.input(1) : make_number(0.5)},
                  {"train", make_flag(is_training)}});
  if (node.outputs() < 2) return values;
  return make_tuple({values, node.unreadable(values)});
}

Item cast_to(NodeCall& node, Array::Kind kind, int64_t torch_type) {
  const Item& values = node.input(0);
  if (is_tensor(values)) {
    return make_array(as_array(values).as(kind), owner_of(values));
  }
  return node.apply("to",
                    {{"self", values}, {"dtype", make_integer(torch_type)}});
}

Item cast(NodeCall& node) {
  node.ignore("saturate");
  int32_t type = static_cast<int32_t>(node.integer("to", 0));
  return cast_to(node, kind_of(type), torch_type(type));
}

Item cast_like(NodeCall& node) {
  node.ignore("saturate");
  Array::Kind kind = Array::Kind::real32;
  if (is_tensor(node.input(1))) kind = as_array(node.input(1)).kind();
  bool is_real = kind >= Array::Kind::real32;
  return cast_to(node, kind, is_real ? 6 : 4);
}

}  // namespace

void add_shape_changes(Translations& translations) {
  translations["Reshape"] = reshape;
  translations["Flatten"] = flatten;
  translations["Squeeze"] = squeeze;
  translations["Unsqueeze"] = unsqueeze;
  translations["Transpose"] = transpose;
  translations["Expand"] = expand;
  translations["Tile"] = tile;
  translations["DepthToSpace"] = depth_to_space;
  translations["SpaceToDepth"] = space_to_depth;
  translations["Shape"] = shape_of_values;
  translations["Size"] = size;
  translations["Identity"] = identity;
  translations["Dropout"] = dropout;
  translations["Cast"] = cast;
  translations["CastLike"] = cast_like;
}

}  // namespace nc::onnx
