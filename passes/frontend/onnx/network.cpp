#include "passes/frontend/onnx/network.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/printable.h"
#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/tensors.h"

namespace nc::onnx {
namespace {

void require_sample(const Shape& shape) {
  bool is_sound = !shape.empty() && shape.size() <= 5;
  for (int64_t each : shape) is_sound = is_sound && each > 0;
  if (!is_sound) {
    throw Error(
        "expected an input shape of positive sizes without the batch, found " +
        to_string(shape));
  }
  element_count(shape);
}

bool fits(const Shape& given, const Shape& stated) {
  if (given.size() != stated.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    if (stated[i] >= 0 && stated[i] != given[i]) return false;
  }
  return true;
}

// "3,H,W"
std::string pattern_of(const Shape& stated) {
  static const char* const kImage[] = {"C", "H", "W"};
  std::string text;
  for (size_t i = 0; i < stated.size(); ++i) {
    text += text.empty() ? "" : ",";
    bool is_open = stated[i] < 0;
    text += !is_open             ? std::to_string(stated[i])
            : stated.size() == 3 ? kImage[i]
                                 : "N";
  }
  return text.empty() ? "C,H,W" : text;
}

}  // namespace

Network::Network(Model read, const std::string& path)
    : model(std::move(read)),
      origins(model.graph()),
      folder(path),
      input_(&data_input(model.graph())) {
  if (graph().sparse_initializer_size() > 0) {
    throw Error("holds sparse weights, which are not supported");
  }
  for (const proto::TensorProto& each : graph().initializer()) {
    stored_[each.name()] = &each;
  }
  for (const auto& each : graph().value_info()) state(each);
  for (const auto& each : graph().output()) state(each);
}

void Network::state(const proto::ValueInfoProto& value) {
  Shape shape = stated_shape(value);
  if (shape.size() < 2 || shape.size() > 6) return;
  int64_t count = 1;
  for (size_t i = 1; i < shape.size(); ++i) {
    bool is_known = shape[i] > 0 && shape[i] <= kMaxElements / count;
    if (!is_known) return;
    count *= shape[i];
  }
  stated_[value.name()] = shape;
}

std::optional<frontend::Item> Network::weight(const std::string& name) {
  auto known = weights_.find(name);
  if (known != weights_.end()) return known->second;
  auto found = stored_.find(name);
  if (found == stored_.end()) return {};
  frontend::Array array = array_of(*found->second, folder);
  frontend::Item item = frontend::make_array(array, owner_of_weight(name));
  return weights_[name] = item;
}

std::optional<Shape> Network::stated_shape_of(const std::string& name) const {
  auto found = stated_.find(name);
  if (found == stated_.end()) return {};
  return found->second;
}

int64_t Network::most_elements() const {
  constexpr int64_t kAlways = int64_t{1} << 22;
  int64_t bytes = model.size + static_cast<int64_t>(folder.size());
  return std::max(kAlways, bytes);
}

Shape Network::input_shape(const std::optional<Shape>& given) const {
  std::string place = "input '" + printable(input_->name()) + "': ";
  Shape stated = stated_shape(*input_);
  bool is_stated = input_->type().tensor_type().has_shape();
  if (is_stated && stated.size() < 2) {
    throw Error(place + "expected a batch axis and others, found " +
                std::to_string(stated.size()) + " axes");
  }
  if (is_stated) stated.erase(stated.begin());
  if (!given) {
    bool is_open = !is_stated || std::count(stated.begin(), stated.end(), -1);
    if (is_open) {
      throw Error(place + "the model leaves its shape open; give it as " +
                  "--input-shape " + pattern_of(stated));
    }
    require_sample(stated);
    return stated;
  }
  require_sample(*given);
  if (is_stated && !fits(*given, stated)) {
    throw Error(place + "expected the shape " + pattern_of(stated) +
                " that the model states, found " + to_string(*given));
  }
  return *given;
}

}  // namespace nc::onnx
