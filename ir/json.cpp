#include "ir/json.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/text.h"

namespace nc {
namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// ---- Writing ---------------------------------------------------------------

Json value_to_json(int64_t number) { return number; }

Json value_to_json(bool truth) { return truth; }

Json value_to_json(double number) {
  if (std::isfinite(number)) return number;
  return number_text(number);
}

template <class T>
Json elements_to_json(const Tensor& tensor) {
  Json list = Json::array();
  for (T value : tensor.values<T>()) {
    if constexpr (std::is_same_v<T, float>) {
      list.push_back(value_to_json(static_cast<double>(value)));
    } else {
      list.push_back(value);
    }
  }
  return list;
}

Json elements_to_json(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::f32:
      return elements_to_json<float>(tensor);
    case DType::i8:
      return elements_to_json<int8_t>(tensor);
    case DType::i16:
      return elements_to_json<int16_t>(tensor);
    case DType::i32:
      return elements_to_json<int32_t>(tensor);
    case DType::u8:
      return elements_to_json<uint8_t>(tensor);
  }
  return {};
}

Json value_to_json(const Tensor& tensor) {
  if (tensor.empty()) return nullptr;
  return {{"dtype", to_string(tensor.dtype())},
          {"shape", tensor.shape()},
          {"data", elements_to_json(tensor)}};
}

Json value_to_json(const Shape& shape) { return shape; }

Json value_to_json(const std::vector<double>& numbers) {
  Json list = Json::array();
  for (double number : numbers) list.push_back(value_to_json(number));
  return list;
}

template <class Enum>
requires std::is_enum_v<Enum> Json value_to_json(Enum value) {
  return name_of(value);
}

Json op_to_json(const Op& op) {
  Json json = Json::object();
  std::visit(
      [&](const auto& each) {
        for_each_field(each, [&](const auto& field, const auto& value) {
          Json written = value_to_json(value);
          if (!written.is_null()) json[field.name] = std::move(written);
        });
      },
      op);
  return json;
}

Json node_to_json(const Node& node) {
  return {{"name", node.name},
          {"kind", kind_of(node.op)},
          {"inputs", node.inputs},
          {"origin", node.origin},
          {"fields", op_to_json(node.op)}};
}

Json pairs_to_json(const char* first, const char* second, const Pairs& pairs) {
  Json list = Json::array();
  for (const auto& [one, other] : pairs) {
    list.push_back({{first, one}, {second, other}});
  }
  return list;
}

Json run_to_json(const Run& run) {
  return {{"timesteps", run.timesteps},
          {"encoding", name_of(run.encoding)},
          {"schedule", name_of(run.schedule)},
          {"readout", name_of(run.readout)},
          {"scale", value_to_json(run.preprocessing.scale)},
          {"mean", value_to_json(run.preprocessing.mean)},
          {"std", value_to_json(run.preprocessing.std)},
          {"low", value_to_json(run.range.low)},
          {"high", value_to_json(run.range.high)},
          {"whole", run.range.whole},
          {"classes", run.classes},
          {"probe_input", value_to_json(run.probe.input)},
          {"probe_spikes", pairs_to_json("node", "sha256", run.probe.spikes)}};
}

Json measurement_to_json(const Measurement& measurement) {
  return {{"name", measurement.name},
          {"value", value_to_json(measurement.value)},
          {"split", measurement.split},
          {"samples", measurement.samples}};
}

Json step_to_json(const Step& step) {
  Json measurements = Json::array();
  for (const Measurement& each : step.measurements) {
    measurements.push_back(measurement_to_json(each));
  }
  return {{"tool", step.tool},
          {"version", step.version},
          {"arguments", step.arguments},
          {"inputs", pairs_to_json("name", "sha256", step.inputs)},
          {"seed", step.seed ? Json(*step.seed) : Json(nullptr)},
          {"measurements", measurements}};
}

// ---- Reading ---------------------------------------------------------------

[[noreturn]] void fail(const std::string& place, const std::string& expected,
                       const Json& found) {
  throw Error(place + ": expected " + expected + ", found " +
              found.type_name());
}

// The members of a JSON object, each asked for once; finish() refuses what
// nobody asked for.
class Members {
 public:
  Members(const Json& json, std::string place)
      : json_(json), place_(std::move(place)) {
    if (!json_.is_object()) fail(place_, "an object", json_);
    for (const auto& member : json_.items()) unread_.insert(member.key());
  }

  bool has(const std::string& name) const { return json_.contains(name); }

  const Json& at(const std::string& name) {
    if (!has(name)) throw Error(place_ + ": '" + name + "' is missing");
    unread_.erase(name);
    return json_.at(name);
  }

  template <class Value>
  void read(const std::string& name, Value& value);

  void finish() const {
    if (unread_.empty()) return;
    throw Error(place_ + ": unknown member '" + *unread_.begin() + "'");
  }

  std::string place_of(const std::string& name) const {
    return place_ + ": '" + name + "'";
  }

 private:
  const Json& json_;
  std::string place_;
  std::set<std::string> unread_;
};

void read_value(const Json& json, const std::string& place, std::string& text) {
  if (!json.is_string()) fail(place, "text", json);
  text = json.get<std::string>();
  // Files end a text there, and messages too.
  if (text.find('\0') != std::string::npos) {
    throw Error(place + ": expected text without zero bytes");
  }
}

void read_value(const Json& json, const std::string& place, bool& truth) {
  if (!json.is_boolean()) fail(place, "true or false", json);
  truth = json.get<bool>();
}

void read_value(const Json& json, const std::string& place, int64_t& number) {
  constexpr auto kMax = std::numeric_limits<int64_t>::max();
  bool fits = json.is_number_integer() &&
              (!json.is_number_unsigned() || json.get<uint64_t>() <= kMax);
  if (!fits) fail(place, "a whole number", json);
  number = json.get<int64_t>();
}

void read_value(const Json& json, const std::string& place, double& number) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json.is_number()) {
    number = json.get<double>();
  } else if (json == "inf" || json == "-inf") {
    number = json == "inf" ? kInfinity : -kInfinity;
  } else if (json == "nan") {
    number = std::numeric_limits<double>::quiet_NaN();
  } else {
    fail(place, "a number", json);
  }
}

template <class T>
void read_value(const Json& json, const std::string& place,
                std::vector<T>& list) {
  if (!json.is_array()) fail(place, "a list", json);
  list.clear();
  for (const Json& each : json) read_value(each, place, list.emplace_back());
}

template <class T>
T element(const Json& json, const std::string& place) {
  if constexpr (std::is_same_v<T, float>) {
    double number = 0;
    read_value(json, place, number);
    constexpr double kLargest = std::numeric_limits<float>::max();
    if (std::isfinite(number) && std::abs(number) > kLargest) {
      throw Error(place + ": " + number_text(number) + " does not fit f32");
    }
    return static_cast<float>(number);
  } else {
    int64_t number = 0;
    read_value(json, place, number);
    if (number < std::numeric_limits<T>::min() ||
        number > std::numeric_limits<T>::max()) {
      throw Error(place + ": " + std::to_string(number) + " does not fit " +
                  to_string(dtype_of<T>()));
    }
    return static_cast<T>(number);
  }
}

template <class T>
Tensor tensor_from(Shape shape, const Json& data, const std::string& place) {
  std::vector<T> values;
  for (const Json& each : data) values.push_back(element<T>(each, place));
  return Tensor(std::move(shape), std::move(values));
}

Tensor tensor_from(DType dtype, Shape shape, const Json& data,
                   const std::string& place) {
  switch (dtype) {
    case DType::f32:
      return tensor_from<float>(std::move(shape), data, place);
    case DType::i8:
      return tensor_from<int8_t>(std::move(shape), data, place);
    case DType::i16:
      return tensor_from<int16_t>(std::move(shape), data, place);
    case DType::i32:
      return tensor_from<int32_t>(std::move(shape), data, place);
    case DType::u8:
      return tensor_from<uint8_t>(std::move(shape), data, place);
  }
  return {};
}

void read_value(const Json& json, const std::string& place, Tensor& tensor) {
  Members members(json, place);
  std::string dtype;
  Shape shape;
  members.read("dtype", dtype);
  members.read("shape", shape);
  const Json& data = members.at("data");
  if (!data.is_array()) fail(place, "a list of numbers", data);
  members.finish();
  try {
    tensor = tensor_from(dtype_from(dtype), std::move(shape), data, "data");
  } catch (const Error& error) {
    throw error.in(place);
  }
}

template <class Enum>
requires std::is_enum_v<Enum>
void read_value(const Json& json, const std::string& place, Enum& value) {
  std::string name;
  read_value(json, place, name);
  auto found = enum_from<Enum>(name);
  if (!found) throw Error(place + ": unknown name '" + name + "'");
  value = *found;
}

template <class Value>
void Members::read(const std::string& name, Value& value) {
  read_value(at(name), place_of(name), value);
}

void read_fields(Op& op, Members fields) {
  std::visit(
      [&](auto& each) {
        for_each_field(each, [&](const auto& field, auto& value) {
          if (!field.required && !fields.has(field.name)) return;
          fields.read(field.name, value);
        });
      },
      op);
  fields.finish();
}

Node node_from(const Json& json) {
  Members members(json, "nodes");
  Node node;
  members.read("name", node.name);
  std::string place = "node '" + node.name + "'";
  std::string kind;
  members.read("kind", kind);
  members.read("inputs", node.inputs);
  members.read("origin", node.origin);
  try {
    node.op = op_from_kind(kind);
  } catch (const Error& error) {
    throw error.in(place);
  }
  read_fields(node.op, Members(members.at("fields"), place));
  members.finish();
  return node;
}

Pairs pairs_from(const Json& json, const std::string& place,
                 const std::string& first, const std::string& second) {
  if (!json.is_array()) fail(place, "a list", json);
  Pairs pairs;
  for (const Json& each : json) {
    Members members(each, place);
    auto& [one, other] = pairs.emplace_back();
    members.read(first, one);
    members.read(second, other);
    members.finish();
  }
  return pairs;
}

Run run_from(const Json& json) {
  Members members(json, "run");
  Run run;
  members.read("timesteps", run.timesteps);
  members.read("encoding", run.encoding);
  members.read("schedule", run.schedule);
  members.read("readout", run.readout);
  members.read("scale", run.preprocessing.scale);
  members.read("mean", run.preprocessing.mean);
  members.read("std", run.preprocessing.std);
  members.read("low", run.range.low);
  members.read("high", run.range.high);
  members.read("whole", run.range.whole);
  members.read("classes", run.classes);
  const Json& probe = members.at("probe_input");
  if (!probe.is_null()) members.read("probe_input", run.probe.input);
  run.probe.spikes =
      pairs_from(members.at("probe_spikes"), "probe", "node", "sha256");
  members.finish();
  return run;
}

const Json& list_at(Members& members, const std::string& name) {
  const Json& list = members.at(name);
  if (!list.is_array()) fail(name, "a list", list);
  return list;
}

Measurement measurement_from(const Json& json) {
  Members members(json, "measurement");
  Measurement measurement;
  members.read("name", measurement.name);
  members.read("value", measurement.value);
  members.read("split", measurement.split);
  members.read("samples", measurement.samples);
  members.finish();
  return measurement;
}

Step step_from(const Json& json) {
  Members members(json, "history");
  Step step;
  members.read("tool", step.tool);
  members.read("version", step.version);
  members.read("arguments", step.arguments);
  step.inputs = pairs_from(members.at("inputs"), "inputs", "name", "sha256");
  if (!members.at("seed").is_null()) members.read("seed", step.seed.emplace());
  for (const Json& each : list_at(members, "measurements")) {
    step.measurements.push_back(measurement_from(each));
  }
  members.finish();
  return step;
}

void read_head(Members& members) {
  std::string format;
  members.read("format", format);
  if (format != "snn-ir") {
    throw Error("expected format 'snn-ir', found '" + format + "'");
  }
  int64_t version = 0;
  members.read("version", version);
  if (version < 1 || version > kFileVersion) {
    throw Error("written in version " + std::to_string(version) +
                " of the format, this program reads up to version " +
                std::to_string(kFileVersion));
  }
}

}  // namespace

nlohmann::ordered_json to_json(const Graph& graph) {
  Json nodes = Json::array();
  for (const Node& node : graph.nodes) nodes.push_back(node_to_json(node));
  Json history = Json::array();
  for (const Step& step : graph.history) history.push_back(step_to_json(step));
  return {{"format", "snn-ir"}, {"version", kFileVersion},
          {"name", graph.name}, {"run", run_to_json(graph.run)},
          {"nodes", nodes},     {"history", history}};
}

std::string to_json_text(const Graph& graph) {
  try {
    return to_json(graph).dump(1);
  } catch (const Json::exception&) {
    throw Error("a text in the graph is not UTF-8, which JSON cannot hold");
  }
}

Graph from_json(const nlohmann::ordered_json& json) {
  Members members(json, "JSON");
  read_head(members);
  Graph graph;
  members.read("name", graph.name);
  graph.run = run_from(members.at("run"));
  for (const Json& each : list_at(members, "nodes")) {
    graph.nodes.push_back(node_from(each));
  }
  for (const Json& each : list_at(members, "history")) {
    graph.history.push_back(step_from(each));
  }
  members.finish();
  return graph;
}

namespace {

// The parser would silently keep the last of two members of the same name.
class UniqueKeys {
 public:
  bool operator()(int, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event != Json::parse_event_t::key) return true;
    const auto& key = parsed.get_ref<const std::string&>();
    if (open_.back().insert(key).second) return true;
    throw Error("JSON: '" + key + "' stands twice in one object");
  }

 private:
  std::vector<std::set<std::string>> open_;  // keys of the objects around
};

}  // namespace

Graph from_json_text(const std::string& text) {
  Json json;
  try {
    json = Json::parse(text, UniqueKeys());
  } catch (const Json::parse_error& error) {
    throw Error("not JSON, from byte " + std::to_string(error.byte) + " on");
  } catch (const Json::out_of_range&) {
    throw Error("JSON: a number is too large for 64 bits");
  }
  return from_json(json);
}

}  // namespace nc
