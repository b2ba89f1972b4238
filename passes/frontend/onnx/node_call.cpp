#include "passes/frontend/onnx/node_call.h"

#include <algorithm>
#include <limits>

#include "passes/frontend/constant.h"
#include "passes/frontend/fold_constants.h"
#include "passes/frontend/onnx/tensors.h"

namespace nc::onnx {
namespace {

using namespace frontend;
using Attribute = proto::AttributeProto;

// Lists of sizes, axes and bounds are short.
Shape require_short(const Shape& values) {
  constexpr size_t kMost = 1024;
  if (values.size() <= kMost) return values;
  throw Refusal{"has a list of " + std::to_string(values.size()) + " numbers"};
}

int64_t saturated(int64_t a, int64_t b) {
  int64_t product = 0;
  bool is_beyond = __builtin_mul_overflow(a, b, &product);
  return is_beyond ? std::numeric_limits<int64_t>::max() : product;
}

// How large the results of an operator on constants can be: the sizes per axis
// that broadcasting and products reach, or all constants side by side.
class Reach {
 public:
  void add(const Item& item) {
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
      for (const Item& each : (*list)->items) add(each);
    } else if (is_tensor(item)) {
      add(shape_of(item));
    }
  }

  Shape widest() const { return widest_; }
  int64_t sum() const { return sum_; }

 private:
  void add(const Shape& shape) {
    int64_t count = 1;
    if (widest_.size() < shape.size()) widest_.resize(shape.size(), 1);
    for (size_t i = 0; i < shape.size(); ++i) {
      int64_t size = shape[shape.size() - 1 - i];
      widest_[i] = std::max(widest_[i], size);
      count = saturated(count, size);
    }
    constexpr int64_t kMost = int64_t{1} << 40;
    sum_ += std::min(count, kMost);
  }

  Shape widest_;  // last axis first
  int64_t sum_ = 0;
};

}  // namespace

NodeCall::NodeCall(const proto::NodeProto& node,
                   const std::vector<Item>& inputs, const Place& place)
    : node_(node), inputs_(inputs), place_(place) {}

bool NodeCall::has(size_t index) const {
  return index < inputs_.size() && !is_none(inputs_[index]);
}

bool NodeCall::is_symbolic(size_t index) const {
  return has(index) && is_symbol(inputs_[index]);
}

const Item& NodeCall::input(size_t index) const {
  if (has(index)) return inputs_[index];
  throw Refusal{"its input " + std::to_string(index) + " is missing"};
}

Item NodeCall::optional_input(size_t index) const {
  return has(index) ? inputs_[index] : make_none();
}

Shape NodeCall::shape(size_t index) const {
  const auto* symbol = std::get_if<Symbol>(&input(index));
  return symbol != nullptr ? (*symbol)->shape : shape_of(input(index));
}

Shape NodeCall::integers_in(size_t index) const {
  auto values = as_integers(input(index));
  if (values) return require_short(*values);
  throw Refusal{"expected constant whole numbers as its input " +
                std::to_string(index)};
}

int64_t NodeCall::integer_in(size_t index) const {
  auto value = as_integer(input(index));
  if (value) return *value;
  throw Refusal{"expected a constant whole number as its input " +
                std::to_string(index)};
}

bool NodeCall::has(const char* attribute) const {
  for (const Attribute& each : node_.attribute()) {
    if (each.name() == attribute) return true;
  }
  return false;
}

const Attribute* NodeCall::find(const char* attribute,
                                Attribute::AttributeType type) const {
  asked_.insert(attribute);
  for (const Attribute& each : node_.attribute()) {
    if (each.name() != attribute) continue;
    if (each.type() == type && each.ref_attr_name().empty()) return &each;
    throw Refusal{std::string("its attribute '") + attribute +
                  "' is of another type than expected"};
  }
  return nullptr;
}

int64_t NodeCall::integer(const char* attribute, int64_t fallback) const {
  const Attribute* found = find(attribute, Attribute::INT);
  return found == nullptr ? fallback : found->i();
}

double NodeCall::number(const char* attribute, double fallback) const {
  const Attribute* found = find(attribute, Attribute::FLOAT);
  return found == nullptr ? fallback : double{found->f()};
}

std::string NodeCall::text(const char* attribute,
                           const std::string& fallback) const {
  const Attribute* found = find(attribute, Attribute::STRING);
  return found == nullptr ? fallback : found->s();
}

Shape NodeCall::integers(const char* attribute, const Shape& fallback) const {
  const Attribute* found = find(attribute, Attribute::INTS);
  if (found == nullptr) return fallback;
  return require_short(Shape(found->ints().begin(), found->ints().end()));
}

std::vector<double> NodeCall::numbers(const char* attribute) const {
  const Attribute* found = find(attribute, Attribute::FLOATS);
  if (found == nullptr) return {};
  return std::vector<double>(found->floats().begin(), found->floats().end());
}

std::optional<Array> NodeCall::tensor(const char* attribute) const {
  const Attribute* found = find(attribute, Attribute::TENSOR);
  if (found == nullptr) return {};
  return array_of(found->t(), place_.folder);
}

void NodeCall::require_all_asked() const {
  for (const Attribute& each : node_.attribute()) {
    if (asked_.count(each.name()) > 0) continue;
    throw Refusal{"its attribute '" + each.name() + "' is not known"};
  }
}

std::optional<Shape> NodeCall::integers_since(int64_t since,
                                              const char* attribute,
                                              size_t index) const {
  if (opset() >= since) {
    return has(index) ? std::optional(integers_in(index)) : std::nullopt;
  }
  if (!has(attribute)) return {};
  return integers(attribute, {});
}

int64_t NodeCall::axis(int64_t fallback, size_t rank) const {
  return normalized_axis(integer("axis", fallback), rank);
}

Item NodeCall::apply(const std::string& op, const ArgumentList& arguments) {
  Operation operation;
  operation.name = op;
  for (const auto& [name, item] : arguments) {
    operation.arguments.push_back(name);
    operation.inputs.push_back(item);
  }
  Leaves leaves = leaves_of(operation.inputs);
  if (!leaves.symbols.empty()) return place_.converter.converted(operation);
  Reach reach;
  for (const Item& each : operation.inputs) reach.add(each);
  require_small(reach.widest());
  require_small({reach.sum()});
  return fold_constants(operation).at(0);
}

void NodeCall::require_small(const Shape& sizes) const {
  int64_t count = 1;
  for (int64_t each : sizes) {
    count = saturated(count, std::max<int64_t>(each, 1));
  }
  if (count <= place_.most_elements) return;
  throw Refusal{"would make a constant of more than " +
                std::to_string(place_.most_elements) + " elements"};
}

Item NodeCall::unreadable(const Item& values) {
  Content content = place_.converter.contents({values});
  std::string stand_in = graph().add_unknown(content, {});
  place_.unreadable.insert(stand_in);
  return Unknown{{stand_in}};
}

Item make_line(const Shape& values) {
  return make_array(Array({static_cast<int64_t>(values.size())}, values));
}

}  // namespace nc::onnx
