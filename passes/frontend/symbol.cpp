#include "passes/frontend/symbol.h"

#include <algorithm>
#include <optional>

namespace nc::frontend {
namespace {

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

const View& storage_of(const View& view) {
  return view.base == nullptr ? view : storage_of(*view.base);
}

Content read_view(GraphBuilder& graph, View& view) {
  if (view.base == nullptr) return view.content;
  int64_t version = storage_of(view).version;
  if (view.version != version) {
    view.content = graph.rearranged(view.op, read_view(graph, *view.base));
    view.version = version;
  }
  return view.content;
}

// The base's content once `content` stands in the place of the slice: its
// runs, and between them what the base had.
Content spliced(GraphBuilder& graph, const Slice& slice, View& base,
                const Content& content) {
  constexpr size_t kMostParts = 4096;
  Content whole = read_view(graph, base);
  Content parts;
  auto take = [&](const Content& from, int64_t start, int64_t stop) {
    if (start >= stop) return;
    if (parts.size() == kMostParts) {
      throw Refusal{"writes in place into too many pieces"};
    }
    Slice part{slice.axis, start, stop, 1};
    parts.push_back(graph.single(graph.rearranged(part, from)));
  };
  int64_t run = slice.step == 1 ? slice.stop - slice.start : 1;
  int64_t jump = std::max(run, slice.step);
  int64_t done = 0;
  for (int64_t at = slice.start, next = 0; at < slice.stop; at += jump) {
    take(whole, done, at);
    take(content, next, next + run);
    next += run;
    done = at + run;
  }
  take(whole, done, base.shape[static_cast<size_t>(slice.axis)]);
  if (parts.size() == 1) return parts;
  return {graph.add_helper(Concat{slice.axis}, parts)};
}

Content unrearranged(GraphBuilder& graph, View& view, const Content& content) {
  if (const auto* slice = std::get_if<Slice>(&view.op)) {
    return spliced(graph, *slice, *view.base, content);
  }
  if (const auto* permute = std::get_if<Permute>(&view.op)) {
    Permute inverse{Shape(permute->order.size())};
    for (size_t i = 0; i < permute->order.size(); ++i) {
      inverse.order[static_cast<size_t>(permute->order[i])] =
          static_cast<int64_t>(i);
    }
    return graph.rearranged(inverse, content);
  }
  return graph.rearranged(Reshape{view.base->shape}, content);
}

void write_view(GraphBuilder& graph, View& view, const Content& content) {
  if (view.base == nullptr) {
    view.content = content;
    ++view.version;
    return;
  }
  write_view(graph, *view.base, unrearranged(graph, view, content));
  view.content = content;
  view.version = storage_of(view).version;
}

Symbol make_view(GraphBuilder& graph, const Symbol& tensor, const Op& op,
                 const Shape& shape, const Shape& strides) {
  auto view = std::make_shared<View>();
  view->base = tensor->view;
  view->op = op;
  view->version = -1;
  view->shape = graph.shape_of(read_view(graph, *view));
  return std::make_shared<SymbolicTensor>(SymbolicTensor{shape, strides, view});
}

// The strides with which a view has the new shape, or none if it takes a copy.
// Runs of axes that lie side by side in memory are cut up anew, from the last
// axis to the first.
std::optional<Shape> view_strides(const SymbolicTensor& tensor,
                                  const Shape& shape) {
  Shape strides(shape.size(), 1);
  size_t next = shape.size();
  int64_t innermost = tensor.strides.back();
  int64_t run = 1;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    run *= tensor.shape[i];
    bool goes_on = i > 0 && (tensor.shape[i - 1] == 1 ||
                             tensor.strides[i - 1] == run * innermost);
    if (goes_on) continue;
    int64_t done = 1;
    while (next > 0 && (done < run || shape[next - 1] == 1)) {
      strides[--next] = done * innermost;
      done *= shape[next];
    }
    if (done != run) return std::nullopt;
    if (i > 0) innermost = tensor.strides[i - 1];
    run = 1;
  }
  return strides;
}

}  // namespace

Shape without_batch(const Shape& shape) {
  if (shape.size() <= 1) return {1};
  return Shape(shape.begin() + 1, shape.end());
}

Symbol make_symbol(const GraphBuilder& graph, int64_t batch,
                   const Content& content) {
  Shape shape = graph.shape_of(content);
  shape.insert(shape.begin(), batch);
  return make_symbol_of_shape(shape, content, graph);
}

Symbol make_symbol_of_shape(const Shape& shape, const Content& content,
                            const GraphBuilder& graph) {
  auto storage = std::make_shared<View>();
  storage->content = content;
  storage->shape = graph.shape_of(content);
  return std::make_shared<SymbolicTensor>(
      SymbolicTensor{shape, contiguous_strides(shape), storage});
}

Content read(GraphBuilder& graph, const Symbol& tensor) {
  return read_view(graph, *tensor->view);
}

void write(GraphBuilder& graph, const Symbol& tensor, const Content& content) {
  write_view(graph, *tensor->view, content);
}

void spoil(GraphBuilder& graph, const Symbol& tensor,
           const std::string& stand_in) {
  View* storage = tensor->view.get();
  while (storage->base != nullptr) storage = storage->base.get();
  storage->content = {graph.add_unknown({stand_in}, storage->shape)};
  ++storage->version;
}

Symbol reshaped(GraphBuilder& graph, const Symbol& tensor, const Shape& shape) {
  Shape target = without_batch(shape);
  Op op = Reshape{target};
  if (target.size() == 1) op = Flatten{};
  if (auto strides = view_strides(*tensor, shape)) {
    return make_view(graph, tensor, op, shape, *strides);
  }
  Content copy = graph.rearranged(op, read(graph, tensor));
  return make_symbol_of_shape(shape, copy, graph);
}

Symbol permuted(GraphBuilder& graph, const Symbol& tensor, const Shape& order) {
  Permute permute;
  Shape shape;
  Shape strides;
  for (int64_t axis : order) {
    shape.push_back(tensor->shape[static_cast<size_t>(axis)]);
    strides.push_back(tensor->strides[static_cast<size_t>(axis)]);
    if (shape.size() > 1) permute.order.push_back(axis - 1);
  }
  if (permute.order.empty()) permute.order = {0};
  return make_view(graph, tensor, permute, shape, strides);
}

Symbol sliced(GraphBuilder& graph, const Symbol& tensor, int64_t axis,
              int64_t start, int64_t stop, int64_t step) {
  step = std::min(step, stop - start);  // beyond, it takes one in any case
  Slice slice{axis - 1, start, stop, step};
  size_t i = static_cast<size_t>(axis);
  Shape shape = tensor->shape;
  shape[i] = (stop - start + step - 1) / step;
  Shape strides = tensor->strides;
  strides[i] *= step;
  return make_view(graph, tensor, slice, shape, strides);
}

bool is_contiguous(const SymbolicTensor& tensor) {
  Shape expected = contiguous_strides(tensor.shape);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected[i]) return false;
  }
  return true;
}

}  // namespace nc::frontend
