// Pools over windows, and means, sums and maxima over whole axes.
#include <algorithm>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

constexpr const char* kMaxPoolNote =
    "exact under --schedule exact, or where it can be moved before the "
    "neurons; else replaced with --max-pool=average";

// Spatial axes of what is pooled; the batch and the channels stand before.
size_t spatial_axes(const Symbol& values, size_t expected) {
  if (values->shape.size() == expected + 2) return expected;
  refuse_misfit("expected an input of rank " + std::to_string(expected + 1) +
                " without batch, found " +
                to_string(without_batch(values->shape)));
}

size_t axes_in_name(const Call& call) {
  if (call.name.find("1d") != std::string::npos) return 1;
  if (call.name.find("2d") != std::string::npos) return 2;
  throw Refusal{"only pools over 1 and 2 axes are supported"};
}

Shape stride_of(const Call& call, const Shape& kernel) {
  bool is_given = call.has("stride") && !call.integers("stride").empty();
  return is_given ? call.integers("stride", kernel.size()) : kernel;
}

MaxPool max_pool_of(const Call& call, size_t axes) {
  MaxPool pool;
  pool.kernel = call.integers("kernel_size", axes);
  pool.stride = stride_of(call, pool.kernel);
  pool.padding = call.integers("padding", axes);
  pool.dilation = call.integers("dilation", axes);
  pool.ceil_mode = call.flag("ceil_mode");
  return pool;
}

Item max_pool(Call& call) {
  Symbol values = call.symbol("self");
  size_t axes = spatial_axes(values, axes_in_name(call));
  call.graph.approximate(kMaxPoolNote);
  MaxPool pool = max_pool_of(call, axes);
  return call.result(call.graph.add(pool, call.content(values)));
}

// The indices are unknown; whoever reads them is refused in turn.
Item with_unknown(Call& call, const Item& values) {
  Content content = call.content(std::get<Symbol>(values));
  return make_tuple({values, Unknown{{call.graph.add_unknown(content, {})}}});
}

Item max_pool_with_indices(Call& call) {
  return with_unknown(call, max_pool(call));
}

AvgPool avg_pool_of(const Call& call, size_t axes) {
  AvgPool pool;
  pool.kernel = call.integers("kernel_size", axes);
  pool.stride = stride_of(call, pool.kernel);
  pool.padding = call.integers("padding", axes);
  pool.ceil_mode = call.flag("ceil_mode");
  pool.count_include_pad = call.flag("count_include_pad");
  return pool;
}

Item avg_pool(Call& call) {
  Symbol values = call.symbol("self");
  AvgPool pool = avg_pool_of(call, spatial_axes(values, axes_in_name(call)));
  Content content = call.content(values);
  if (!call.has("divisor_override")) {
    return call.result(call.graph.add(pool, content));
  }
  SumPool sum{pool.kernel, pool.stride, pool.padding, pool.ceil_mode};
  content = {call.graph.add(sum, content)};
  double factor = 1 / call.number("divisor_override");
  return call.result(
      scaled_and_shifted(call, content, factor, float_tensor({1}, {0})));
}

// None entries keep the size of the input.
Shape output_size(const Call& call, const Symbol& values, size_t axes) {
  Shape size = call.integers("output_size", axes);
  for (size_t i = 0; i < axes; ++i) {
    if (size[i] < 0) size[i] = values->shape[i + 2];
  }
  return size;
}

Item adaptive_avg_pool(Call& call) {
  Symbol values = call.symbol("self");
  size_t axes = spatial_axes(values, axes_in_name(call));
  AdaptiveAvgPool pool{output_size(call, values, axes)};
  return call.result(call.graph.add(pool, call.content(values)));
}

// Windows of one size become a max pool.
Item adaptive_max_pool(Call& call) {
  Symbol values = call.symbol("self");
  size_t axes = spatial_axes(values, axes_in_name(call));
  Shape size = output_size(call, values, axes);
  MaxPool pool;
  for (size_t i = 0; i < axes; ++i) {
    int64_t from = values->shape[i + 2];
    if (size[i] < 1 || from % size[i] != 0) {
      throw Refusal{"windows of unequal size: " + std::to_string(from) +
                    " into " + std::to_string(size[i])};
    }
    pool.kernel.push_back(from / size[i]);
  }
  pool.stride = pool.kernel;
  pool.padding = Shape(axes, 0);
  pool.dilation = Shape(axes, 1);
  call.graph.approximate(kMaxPoolNote);
  return with_unknown(call,
                      call.result(call.graph.add(pool, call.content(values))));
}

enum class Reduction { mean, sum, max };

Op pool_over(Reduction reduction, const Shape& kernel) {
  Shape zeros(kernel.size(), 0);
  if (reduction == Reduction::mean) {
    return AvgPool{kernel, kernel, zeros, false, true};
  }
  if (reduction == Reduction::sum) return SumPool{kernel, kernel, zeros, false};
  return MaxPool{kernel, kernel, zeros, Shape(kernel.size(), 1), false};
}

// The axes that are reduced, as the IR counts them, sorted.
Shape reduced_axes(const Shape& given, const Symbol& values) {
  Shape axes;
  for (int64_t each : given) {
    int64_t axis = normalized_axis(each, values->shape.size());
    if (axis == 0) axes.clear();
    if (axis == 0) break;
    axes.push_back(axis - 1);
  }
  if (axes.empty()) {
    throw Refusal{
        "reduces over the batch as well; name the axes, e.g. "
        "dim=(2, 3)"};
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

bool contains(const Shape& list, int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// A pool whose windows are whole axes; axis 0 is not among them.
Content pooled_in_place(Call& call, Reduction reduction, const Content& content,
                        const Shape& axes) {
  const Shape& shape = call.graph.shape_of(content);
  Shape kernel;
  for (size_t i = 1; i < shape.size(); ++i) {
    kernel.push_back(contains(axes, static_cast<int64_t>(i)) ? shape[i] : 1);
  }
  bool is_global = axes.size() + 1 == shape.size();
  if (is_global && reduction == Reduction::mean) {
    AdaptiveAvgPool pool{Shape(kernel.size(), 1)};
    return {call.graph.add(pool, content)};
  }
  return {call.graph.add(pool_over(reduction, kernel), content)};
}

// Any axes: those that stay become the channels, the others one line.
Content pooled_as_line(Call& call, Reduction reduction, const Content& content,
                       const Shape& axes) {
  const Shape shape = call.graph.shape_of(content);
  Permute order;
  int64_t kept = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (contains(axes, static_cast<int64_t>(i))) continue;
    order.order.push_back(static_cast<int64_t>(i));
    kept *= shape[i];
  }
  order.order.insert(order.order.end(), axes.begin(), axes.end());
  int64_t line = element_count(shape) / kept;
  Content moved = call.graph.rearranged(order, content);
  moved = call.graph.rearranged(Reshape{{kept, line}}, moved);
  return {call.graph.add(pool_over(reduction, {line}), moved)};
}

Item reduce(Call& call, Reduction reduction, const Shape& given, bool keep) {
  Symbol values = call.symbol("self");
  Shape axes = reduced_axes(given, values);
  if (reduction == Reduction::max && contains(axes, 0)) {
    throw Refusal{
        "takes the maximum over channels; only maxima over space are "
        "supported"};
  }
  Content content = call.content(values);
  bool is_pool = !contains(axes, 0) && values->shape.size() >= 3 &&
                 values->shape.size() <= 4;
  content = is_pool ? pooled_in_place(call, reduction, content, axes)
                    : pooled_as_line(call, reduction, content, axes);
  Shape shape = {call.batch};
  for (size_t i = 1; i < values->shape.size(); ++i) {
    bool is_reduced = contains(axes, static_cast<int64_t>(i) - 1);
    if (!is_reduced) shape.push_back(values->shape[i]);
    if (is_reduced && keep) shape.push_back(1);
  }
  Shape target = without_batch(shape);
  Op flat = Reshape{target};
  if (target.size() == 1) flat = Flatten{};
  content = call.graph.rearranged(flat, content);
  return make_symbol_of_shape(shape, content, call.graph);
}

Item reduce_axes(Call& call, Reduction reduction) {
  Shape axes = call.has("dim") ? call.integers("dim") : Shape{};
  return reduce(call, reduction, axes,
                call.has("keepdim") && call.flag("keepdim"));
}

Item mean(Call& call) { return reduce_axes(call, Reduction::mean); }
Item sum(Call& call) { return reduce_axes(call, Reduction::sum); }

Item amax(Call& call) {
  call.graph.approximate(kMaxPoolNote);
  return reduce_axes(call, Reduction::max);
}

}  // namespace

Item reduce_max(Call& call) { return with_unknown(call, amax(call)); }

void add_pools(Operators& operators) {
  operators["max_pool1d"] = {max_pool};
  operators["max_pool2d"] = {max_pool};
  operators["max_pool1d_with_indices"] = {max_pool_with_indices};
  operators["max_pool2d_with_indices"] = {max_pool_with_indices};
  operators["avg_pool1d"] = {avg_pool};
  operators["avg_pool2d"] = {avg_pool};
  for (const char* name :
       {"adaptive_avg_pool1d", "adaptive_avg_pool2d", "_adaptive_avg_pool2d"}) {
    operators[name] = {adaptive_avg_pool};
  }
  operators["adaptive_max_pool1d"] = {adaptive_max_pool};
  operators["adaptive_max_pool2d"] = {adaptive_max_pool};
}

void add_reductions(Operators& operators) {
  operators["mean"] = {mean};
  operators["sum"] = {sum};
  operators["amax"] = {amax};
}

}  // namespace nc::frontend
