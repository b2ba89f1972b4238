#include "passes/frontend/pt2/pickle_value.h"

#include <algorithm>
#include <map>

#include "ir/error.h"

namespace nc::frontend::pt2 {
namespace {

constexpr int kDeepestNesting = 32;

[[noreturn]] void refuse_object(const std::string& name) {
  throw Error("its pickle names '" + name +
              "'; only plain tensors are read, since no code of a file is run");
}

int64_t type_of_storage(const std::string& name) {
  static const std::map<std::string, Type> types = {
      {"torch.FloatStorage", Type::f32}, {"torch.DoubleStorage", Type::f64},
      {"torch.HalfStorage", Type::f16},  {"torch.BFloat16Storage", Type::bf16},
      {"torch.LongStorage", Type::i64},  {"torch.IntStorage", Type::i32},
      {"torch.ShortStorage", Type::i16}, {"torch.CharStorage", Type::i8},
      {"torch.ByteStorage", Type::u8},   {"torch.BoolStorage", Type::boolean}};
  auto found = types.find(name);
  return found == types.end() ? 0 : static_cast<int64_t>(found->second);
}

bool is_storage(const std::string& name) {
  return name.starts_with("torch.") && name.ends_with("Storage");
}

Shape shape_of_tuple(const Value& value) {
  Shape shape;
  for (const Value& each : content_of<Sequence>(value).items) {
    shape.push_back(content_of<int64_t>(each));
  }
  return shape;
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, ...)
Value rebuilt_tensor(const std::vector<Value>& arguments) {
  if (arguments.size() < 4) refuse_damaged_pickle();
  const StorageName& storage = content_of<StorageName>(arguments[0]);
  SavedTensor tensor;
  tensor.key = storage.key;
  tensor.layout.type = storage.type;
  tensor.layout.offset = content_of<int64_t>(arguments[1]);
  tensor.layout.sizes = shape_of_tuple(arguments[2]);
  tensor.layout.strides = shape_of_tuple(arguments[3]);
  return make_value(tensor);
}

}  // namespace

void refuse_damaged_pickle() { throw Error("its pickle is damaged"); }

void put_into(PickleValue& whole, const Value& part) {
  if (whole.is_inside || part.get() == &whole) refuse_damaged_pickle();
  part->is_inside = true;
  whole.depth = std::max(whole.depth, part->depth + 1);
  if (whole.depth > kDeepestNesting) {
    throw Error("its pickle is nested too deeply");
  }
}

Value called(const std::string& name, const std::vector<Value>& arguments) {
  if (name == "collections.OrderedDict" && arguments.empty()) {
    return make_value(Mapping());
  }
  if (name == "torch._utils._rebuild_tensor_v2") {
    return rebuilt_tensor(arguments);
  }
  if (name == "torch._utils._rebuild_parameter" && !arguments.empty()) {
    return make_value(content_of<SavedTensor>(arguments[0]));
  }
  refuse_object(name);
}

Value storage_of(const Value& identity) {
  const auto& parts = content_of<Sequence>(identity).items;
  if (parts.size() != 5 || content_of<std::string>(parts[0]) != "storage") {
    refuse_damaged_pickle();
  }
  std::string type = content_of<GlobalName>(parts[1]).name;
  if (!is_storage(type)) refuse_object(type);
  return make_value(
      StorageName{content_of<std::string>(parts[2]), type_of_storage(type)});
}

}  // namespace nc::frontend::pt2
