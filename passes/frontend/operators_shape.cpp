// Reshapes and permutations, and operators that change nothing.
#include <algorithm>
#include <limits>
#include <numeric>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

// 0 where it has no end: sizes come from the file.
int64_t product(const Shape& shape, size_t from = 0) {
  int64_t count = 1;
  for (size_t i = from; i < shape.size(); ++i) {
    if (__builtin_mul_overflow(count, shape[i], &count)) return 0;
  }
  return count == std::numeric_limits<int64_t>::min() ? 0 : count;
}

[[noreturn]] void refuse_reshape(const Symbol& tensor, const Shape& sizes) {
  refuse_misfit("cannot make " + to_string(sizes) + " of values " +
                to_string(without_batch(tensor->shape)) +
                " and the batch; does the input shape fit?");
}

// A trace may hold its own batch as a number: the first size, where the others
// make up one sample. Then the walk has to start anew with that batch.
void look_for_baked_batch(const Symbol& tensor, const Shape& sizes) {
  int64_t sample = product(without_batch(tensor->shape));
  int64_t first = sizes.empty() ? -1 : sizes[0];
  if (first <= 0 || first == tensor->shape[0]) return;
  bool has_free_size = std::count(sizes.begin(), sizes.end(), -1) == 1;
  int64_t others = std::abs(product(sizes, 1));
  bool fits =
      has_free_size ? others > 0 && sample % others == 0 : sample == others;
  if (fits) throw BakedBatch{first};
}

// The sizes with -1 replaced; sizes[0] must come out as the batch.
Shape resolved(const Symbol& tensor, Shape sizes) {
  look_for_baked_batch(tensor, sizes);
  int64_t count = product(tensor->shape);
  auto free_size = std::find(sizes.begin(), sizes.end(), -1);
  if (free_size != sizes.end()) {
    *free_size = 1;
    int64_t others = product(sizes);
    if (others <= 0 || count % others != 0) {
      *free_size = -1;
      refuse_reshape(tensor, sizes);
    }
    *free_size = count / others;
  }
  if (product(sizes) != count) refuse_reshape(tensor, sizes);
  if (sizes.empty() || sizes[0] != tensor->shape[0]) {
    throw Refusal{"moves the batch axis: " + to_string(sizes) + " of values " +
                      to_string(without_batch(tensor->shape)) +
                      "; keep the batch as the first axis, or check that the "
                      "input shape fits",
                  true};
  }
  return sizes;
}

Item reshape_to(Call& call, const Symbol& tensor, const Shape& sizes) {
  return reshaped(call.graph, tensor, resolved(tensor, sizes));
}

Item view(Call& call) {
  if (call.has("dtype")) throw Refusal{"reads the bits of numbers anew"};
  return reshape_to(call, call.symbol("self"), call.integers("size"));
}

Item reshape(Call& call) {
  return reshape_to(call, call.symbol("self"), call.integers("shape"));
}

Item reshape_like(Call& call) {
  Symbol tensor = call.symbol("self");
  return reshape_to(call, tensor, call.symbol("other")->shape);
}

Item flatten(Call& call) {
  Symbol tensor = call.symbol("self");
  size_t rank = tensor->shape.size();
  size_t first =
      static_cast<size_t>(normalized_axis(call.integer("start_dim"), rank));
  size_t last =
      static_cast<size_t>(normalized_axis(call.integer("end_dim"), rank));
  if (last < first) refuse_misfit("its first axis is behind its last");
  Shape sizes(tensor->shape.begin(),
              tensor->shape.begin() + static_cast<std::ptrdiff_t>(first));
  int64_t run = 1;
  for (size_t i = first; i <= last; ++i) run *= tensor->shape[i];
  sizes.push_back(run);
  sizes.insert(sizes.end(),
               tensor->shape.begin() + static_cast<std::ptrdiff_t>(last) + 1,
               tensor->shape.end());
  return reshape_to(call, tensor, sizes);
}

Item unflatten(Call& call) {
  Symbol tensor = call.symbol("self");
  size_t axis = static_cast<size_t>(call.axis("dim", tensor));
  Shape inner = call.integers("sizes");
  int64_t known = std::abs(product(inner));
  for (int64_t& each : inner) {
    if (each == -1 && known > 0) each = tensor->shape[axis] / known;
  }
  if (product(inner) != tensor->shape[axis]) refuse_reshape(tensor, inner);
  Shape sizes = tensor->shape;
  auto at = sizes.begin() + static_cast<std::ptrdiff_t>(axis);
  at = sizes.erase(at);
  sizes.insert(at, inner.begin(), inner.end());
  return reshape_to(call, tensor, sizes);
}

// The axes that squeeze may drop: those named, or all.
bool may_drop(const Call& call, const Symbol& tensor, size_t axis) {
  if (!call.has("dim")) return true;
  for (int64_t each : call.integers("dim")) {
    if (normalized_axis(each, tensor->shape.size()) ==
        static_cast<int64_t>(axis)) {
      return true;
    }
  }
  return false;
}

Item squeeze(Call& call) {
  Symbol tensor = call.symbol("self");
  Shape sizes = {tensor->shape[0]};
  for (size_t i = 1; i < tensor->shape.size(); ++i) {
    bool is_dropped = tensor->shape[i] == 1 && may_drop(call, tensor, i);
    if (!is_dropped) sizes.push_back(tensor->shape[i]);
  }
  return reshape_to(call, tensor, sizes);
}

Item unsqueeze(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = normalized_axis(call.integer("dim"), tensor->shape.size() + 1);
  if (axis == 0) throw Refusal{"makes a new axis in front of the batch"};
  Shape sizes = tensor->shape;
  sizes.insert(sizes.begin() + axis, 1);
  return reshape_to(call, tensor, sizes);
}

Item permute_by(Call& call, const Symbol& tensor, const Shape& order) {
  if (order.empty() || order[0] != 0) {
    throw Refusal{"moves the batch axis; keep the batch as the first axis"};
  }
  Shape seen = order;
  std::sort(seen.begin(), seen.end());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen.size() != tensor->shape.size() ||
        seen[i] != static_cast<int64_t>(i)) {
      refuse_misfit("order " + to_string(order) + " is no permutation of the " +
                    std::to_string(tensor->shape.size()) + " axes");
    }
  }
  return permuted(call.graph, tensor, order);
}

Item permute(Call& call) {
  Symbol tensor = call.symbol("self");
  Shape order = call.integers("dims");
  for (int64_t& each : order) {
    each = normalized_axis(each, tensor->shape.size());
  }
  return permute_by(call, tensor, order);
}

Shape all_axes(const Symbol& tensor) {
  Shape order(tensor->shape.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Item swapped(Call& call, const char* first, const char* second) {
  Symbol tensor = call.symbol("self");
  Shape order = all_axes(tensor);
  size_t rank = order.size();
  int64_t a = normalized_axis(call.integer(first), rank);
  int64_t b = normalized_axis(call.integer(second), rank);
  std::swap(order[static_cast<size_t>(a)], order[static_cast<size_t>(b)]);
  return permute_by(call, tensor, order);
}

Item transpose(Call& call) { return swapped(call, "dim0", "dim1"); }
Item swapaxes(Call& call) { return swapped(call, "axis0", "axis1"); }

// t() of a batch of vectors would move the batch.
Item t(Call& call) {
  Symbol tensor = call.symbol("self");
  if (tensor->shape.size() < 2) return tensor;
  return permute_by(call, tensor, {1, 0});
}

Item movedim(Call& call) {
  Symbol tensor = call.symbol("self");
  Shape from = call.integers("source");
  Shape to = call.integers("destination");
  size_t rank = tensor->shape.size();
  if (from.size() != to.size()) refuse_misfit("as many axes in both lists");
  Shape order(rank, -1);
  std::vector<bool> is_moved(rank, false);
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t source = normalized_axis(from[i], rank);
    order[static_cast<size_t>(normalized_axis(to[i], rank))] = source;
    is_moved[static_cast<size_t>(source)] = true;
  }
  size_t next = 0;
  for (int64_t& each : order) {
    if (each >= 0) continue;
    while (next < rank && is_moved[next]) ++next;
    each = static_cast<int64_t>(next++);
  }
  return permute_by(call, tensor, order);
}

// Reads axes of size a * b as [a, b], permutes, and joins axes again; all
// shapes and the order are without batch. A copy, as in PyTorch.
Item rearrange(Call& call, const Symbol& tensor, const Shape& split,
               const Shape& order, const Shape& joined) {
  Content content = call.content(tensor);
  content = call.graph.rearranged(Reshape{split}, content);
  content = call.graph.rearranged(Permute{order}, content);
  return call.result(call.graph.rearranged(Reshape{joined}, content));
}

Symbol image(const Call& call) {
  Symbol tensor = call.symbol("self");
  if (tensor->shape.size() == 4) return tensor;
  refuse_misfit("expected an image [channels, height, width], found " +
                to_string(without_batch(tensor->shape)));
}

int64_t divided(int64_t size, int64_t factor) {
  if (factor > 0 && size % factor == 0) return size / factor;
  refuse_misfit(std::to_string(size) + " is no multiple of " +
                std::to_string(factor));
}

Item channel_shuffle(Call& call) {
  Symbol tensor = image(call);
  Shape shape = without_batch(tensor->shape);
  int64_t groups = call.integer("groups");
  int64_t size = divided(shape[0], groups);
  return rearrange(call, tensor, {groups, size, shape[1], shape[2]},
                   {1, 0, 2, 3}, shape);
}

Item pixel_shuffle(Call& call) {
  Symbol tensor = image(call);
  Shape shape = without_batch(tensor->shape);
  int64_t r = call.integer("upscale_factor");
  int64_t channels = divided(shape[0], r * r);
  return rearrange(call, tensor, {channels, r, r, shape[1], shape[2]},
                   {0, 3, 1, 4, 2}, {channels, shape[1] * r, shape[2] * r});
}

Item pixel_unshuffle(Call& call) {
  Symbol tensor = image(call);
  Shape shape = without_batch(tensor->shape);
  int64_t r = call.integer("downscale_factor");
  int64_t height = divided(shape[1], r);
  int64_t width = divided(shape[2], r);
  return rearrange(call, tensor, {shape[0], height, r, width, r},
                   {0, 2, 4, 1, 3}, {shape[0] * r * r, height, width});
}

Symbol first(const Call& call) {
  return call.symbol(call.has("self") || call.is_symbolic("self") ? "self"
                                                                  : "input");
}

Item identity(Call& call) { return first(call); }

Item copied(Call& call) {
  Symbol tensor = first(call);
  return make_symbol_of_shape(tensor->shape, call.content(tensor), call.graph);
}

// contiguous() is the tensor itself unless its axes lie in another order.
Item contiguous(Call& call) {
  Symbol tensor = call.symbol("self");
  return is_contiguous(*tensor) ? Item(tensor) : copied(call);
}

// PyTorch's numbers for the types that hold fractions.
bool is_floating(int64_t dtype) {
  return (dtype >= 5 && dtype <= 7) || dtype == 15;
}

// to(dtype, device, other ...): an identity among floating-point types.
Item to(Call& call) {
  if (call.has("dtype")) {
    int64_t dtype = call.integer("dtype");
    if (!is_floating(dtype)) {
      throw Refusal{
          "converts activations to whole numbers or truth values, "
          "which cuts them"};
    }
  }
  bool is_copy = call.has("copy") && call.flag("copy");
  return is_copy ? copied(call) : identity(call);
}

Item dropout(Call& call) {
  const char* flag = call.has("train") ? "train" : "training";
  bool is_active = call.has(flag) && call.flag(flag) &&
                   !(call.has("p") && call.number("p") == 0);
  if (is_active) {
    throw Refusal{
        "training=True is baked in: it draws at random; call "
        "model.eval() before tracing"};
  }
  return identity(call);
}

}  // namespace

void add_shape_changes(Operators& operators) {
  for (const char* name : {"view", "_unsafe_view"}) operators[name] = {view};
  operators["reshape"] = {reshape};
  operators["view_as"] = {reshape_like};
  operators["reshape_as"] = {reshape_like};
  operators["flatten"] = {flatten};
  operators["unflatten"] = {unflatten};
  operators["squeeze"] = {squeeze};
  operators["unsqueeze"] = {unsqueeze};
  operators["permute"] = {permute};
  operators["transpose"] = {transpose};
  operators["swapdims"] = {transpose};
  operators["swapaxes"] = {swapaxes};
  operators["t"] = {t};
  operators["movedim"] = {movedim};
  operators["moveaxis"] = {movedim};
  operators["channel_shuffle"] = {channel_shuffle};
  operators["pixel_shuffle"] = {pixel_shuffle};
  operators["pixel_unshuffle"] = {pixel_unshuffle};
}

void add_identities(Operators& operators) {
  for (const char* name :
       {"detach", "alias", "positive", "lift", "lift_fresh", "requires_grad",
        "data", "cpu", "resolve_conj", "resolve_neg"}) {
    operators[name] = {identity, false};
  }
  for (const char* name : {"clone", "lift_fresh_copy", "detach_copy"}) {
    operators[name] = {copied, false};
  }
  operators["contiguous"] = {contiguous, false};
  for (const char* name :
       {"to", "_to_copy", "type_as", "float", "double", "half", "bfloat16"}) {
    operators[name] = {to, false};
  }
  for (const char* name : {"dropout", "feature_dropout", "alpha_dropout",
                           "feature_alpha_dropout", "native_dropout"}) {
    operators[name] = {dropout};
  }
}

}  // namespace nc::frontend
