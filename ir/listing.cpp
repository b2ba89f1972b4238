#include "ir/listing.h"

#include <algorithm>

#include "ir/text.h"

namespace nc {
namespace {

// Longer names stand out instead of pushing everybody else to the right.
constexpr size_t kMaxColumn = 32;

template <class List, class Print>
std::string joined(const List& list, const Print& print) {
  std::string text;
  for (const auto& each : list)
    text += (text.empty() ? "" : ", ") + print(each);
  return text;
}

template <class T>
std::string element_text(T value) {
  if constexpr (std::is_same_v<T, float>) return number_text(value);
  return std::to_string(value);
}

template <class T>
std::string values_text(const Tensor& tensor) {
  return joined(tensor.values<T>(), element_text<T>);
}

std::string values_text(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::f32:
      return values_text<float>(tensor);
    case DType::i8:
      return values_text<int8_t>(tensor);
    case DType::i16:
      return values_text<int16_t>(tensor);
    case DType::i32:
      return values_text<int32_t>(tensor);
    case DType::u8:
      return values_text<uint8_t>(tensor);
  }
  return {};
}

class Printer {
 public:
  explicit Printer(const ListingOptions& options) : options_(options) {}

  std::string head(const Graph& graph) const;
  std::string node(const Node& node, size_t column) const;
  std::string probe(const Probe& probe) const;

 private:
  std::string text(const Tensor& tensor) const;
  std::string text(const Shape& shape) const { return to_string(shape); }
  std::string text(int64_t number) const { return std::to_string(number); }
  std::string text(double number) const { return number_text(number); }
  std::string text(bool truth) const { return truth ? "true" : "false"; }
  std::string text(const std::vector<double>& numbers) const;
  std::string text(const std::vector<std::string>& texts) const;
  template <class Enum>
  requires std::is_enum_v<Enum> std::string text(Enum value)
  const { return name_of(value); }
  template <class Value>
  std::string setting(const std::string& name, const Value& value) const {
    return " " + name + "=" + text(value);
  }
  template <class Kind>
  std::string fields(const Kind& op) const;

  ListingOptions options_;
};

std::string Printer::text(const Tensor& tensor) const {
  std::string head = to_string(tensor.dtype()) + to_string(tensor.shape());
  return options_.values ? head + "{" + values_text(tensor) + "}"
                         : head + "#" + tensor.fingerprint();
}

std::string Printer::text(const std::vector<double>& numbers) const {
  return "[" + joined(numbers, [](double n) { return number_text(n); }) + "]";
}

std::string Printer::text(const std::vector<std::string>& texts) const {
  return "[" + joined(texts, quoted) + "]";
}

bool is_absent(const Tensor& tensor) { return tensor.empty(); }

template <class Value>
bool is_absent(const Value&) {
  return false;
}

template <class Kind>
std::string Printer::fields(const Kind& op) const {
  const Kind blank{};
  std::string result;
  for_each_field(op, [&](const auto& field, const auto& value) {
    bool is_default = !field.required && value == blank.*(field.member);
    if (is_default || is_absent(value)) return;
    result += (result.empty() ? "" : ", ") + std::string(field.name) + "=" +
              text(value);
  });
  return result;
}

std::string Printer::head(const Graph& graph) const {
  const Run& run = graph.run;
  const Run blank;
  std::string settings;
  bool timed = run.timesteps != 0;
  if (timed) settings += setting("T", run.timesteps);
  if (timed || run.encoding != blank.encoding) {
    settings += setting("encoding", run.encoding);
  }
  if (timed || run.schedule != blank.schedule) {
    settings += setting("schedule", run.schedule);
  }
  if (timed || run.readout != blank.readout) {
    settings += setting("readout", run.readout);
  }
  const Preprocessing& steps = run.preprocessing;
  if (steps.scale != 1) settings += setting("scale", steps.scale);
  if (!steps.mean.empty()) settings += setting("mean", steps.mean);
  if (!steps.std.empty()) settings += setting("std", steps.std);
  if (!(run.range == blank.range)) {
    settings += setting("low", run.range.low) +
                setting("high", run.range.high) +
                setting("whole", run.range.whole);
  }
  if (!run.classes.empty()) settings += setting("classes", run.classes);
  return "snn " + word_text(graph.name) + (settings.empty() ? "" : " ") +
         settings + "\n";
}

std::string Printer::node(const Node& node, size_t column) const {
  auto print_fields = [&](const auto& op) { return fields(op); };
  std::string name = node.name;
  name.resize(std::max(name.size(), column), ' ');
  std::string line = "  " + name + " = " + kind_of(node.op) + "(" +
                     std::visit(print_fields, node.op) + ")";
  if (!node.inputs.empty()) line += " <- " + joined(node.inputs, word_text);
  if (!node.origin.empty()) {
    line += "  # origin " + joined(node.origin, word_text);
  }
  return line + "\n";
}

std::string Printer::probe(const Probe& probe) const {
  std::string lines;
  if (!probe.input.empty()) lines += "  probe " + text(probe.input) + "\n";
  for (const auto& [node, hash] : probe.spikes) {
    lines += "  probe " + word_text(node) + " " + word_text(hash) + "\n";
  }
  return lines;
}

size_t name_column(const Graph& graph) {
  size_t column = 0;
  for (const Node& node : graph.nodes) {
    if (node.name.size() <= kMaxColumn) {
      column = std::max(column, node.name.size());
    }
  }
  return column;
}

std::string step_text(const Step& step) {
  std::string line = "; " + word_text(step.tool);
  for (const std::string& argument : step.arguments) {
    line += " " + word_text(argument);
  }
  return line + "\n";
}

}  // namespace

std::string listing(const Graph& graph, const ListingOptions& options) {
  Printer printer(options);
  std::string text = printer.head(graph);
  size_t column = name_column(graph);
  for (const Node& node : graph.nodes) text += printer.node(node, column);
  text += printer.probe(graph.run.probe);
  for (const Step& step : graph.history) text += step_text(step);
  return text;
}

}  // namespace nc
