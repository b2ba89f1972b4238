#include "ir/diff.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ir/text.h"

namespace nc {
namespace {

template <class List, class Print>
std::string list_text(const List& list, const Print& print) {
  std::string text;
  for (const auto& each : list) {
    text += (text.empty() ? "" : ", ") + print(each);
  }
  return "[" + text + "]";
}

std::string text_of(const std::string& text) { return quoted(text); }
std::string text_of(int64_t number) { return std::to_string(number); }
std::string text_of(double number) { return number_text(number); }
std::string text_of(bool truth) { return truth ? "true" : "false"; }
std::string text_of(const Shape& shape) { return to_string(shape); }

std::string text_of(const std::vector<double>& numbers) {
  return list_text(numbers, [](double number) { return number_text(number); });
}

std::string text_of(const std::vector<std::string>& texts) {
  return list_text(texts, quoted);
}

std::string text_of(
    const std::vector<std::pair<std::string, std::string>>& pairs) {
  return list_text(
      pairs, [](const auto& pair) { return pair.first + " " + pair.second; });
}

std::string text_of(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "none";
}

std::string text_of(const Tensor& tensor) {
  if (tensor.empty()) return "none";
  return to_string(tensor.dtype()) + to_string(tensor.shape()) + "#" +
         tensor.fingerprint();
}

template <class Enum>
requires std::is_enum_v<Enum> std::string text_of(Enum value) {
  return name_of(value);
}

// Of tensors of one shape: how many elements differ, and by how much.
std::string compared(const Tensor& a, const Tensor& b) {
  std::vector<double> left = a.to_doubles();
  std::vector<double> right = b.to_doubles();
  size_t different = 0;
  double largest = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i] == right[i]) continue;
    ++different;
    largest = std::fmax(largest, std::abs(left[i] - right[i]));
  }
  return std::to_string(different) + " of " + std::to_string(left.size()) +
         " elements differ, by up to " + number_text(largest);
}

class Differences {
 public:
  template <class Value>
  void compare(const std::string& what, const Value& a, const Value& b) {
    if (a != b) add(what + ": " + text_of(a) + " | " + text_of(b));
  }

  void compare(const std::string& what, const Tensor& a, const Tensor& b) {
    if (a == b || (a.empty() && b.empty())) return;
    std::string line = what + ": " + text_of(a) + " | " + text_of(b);
    bool comparable = !a.empty() && !b.empty() && a.shape() == b.shape();
    add(comparable ? line + ", " + compared(a, b) : line);
  }

  void add(const std::string& line) { lines_.push_back(line); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

void compare_runs(const Run& a, const Run& b, Differences& found) {
  found.compare("T", a.timesteps, b.timesteps);
  found.compare("encoding", a.encoding, b.encoding);
  found.compare("schedule", a.schedule, b.schedule);
  found.compare("readout", a.readout, b.readout);
  const Preprocessing& left = a.preprocessing;
  const Preprocessing& right = b.preprocessing;
  found.compare("scale", left.scale, right.scale);
  found.compare("mean", left.mean, right.mean);
  found.compare("std", left.std, right.std);
  found.compare("low", a.range.low, b.range.low);
  found.compare("high", a.range.high, b.range.high);
  found.compare("whole", a.range.whole, b.range.whole);
  found.compare("classes", a.classes, b.classes);
  found.compare("probe", a.probe.input, b.probe.input);
  found.compare("probe spikes", a.probe.spikes, b.probe.spikes);
}

template <class Kind>
void compare_fields(const std::string& place, const Kind& a, const Kind& b,
                    Differences& found) {
  for_each_field(a, [&](const auto& field, const auto& value) {
    found.compare(place + field.name, value, b.*(field.member));
  });
}

void compare_nodes(const Node& a, const Node& b, Differences& found) {
  std::string place = "node '" + a.name + "': ";
  found.compare(place + "inputs", a.inputs, b.inputs);
  found.compare(place + "origin", a.origin, b.origin);
  found.compare(place + "kind", kind_of(a.op), kind_of(b.op));
  std::visit(
      [&](const auto& left) {
        using Kind = std::decay_t<decltype(left)>;
        const Kind* right = std::get_if<Kind>(&b.op);
        if (right) compare_fields(place, left, *right, found);
      },
      a.op);
}

void compare_all_nodes(const Graph& a, const Graph& b, Differences& found) {
  std::vector<std::string> left;
  std::vector<std::string> right;
  for (const Node& node : a.nodes) {
    const Node* other = b.find(node.name);
    if (other) {
      compare_nodes(node, *other, found);
      left.push_back(node.name);
    } else {
      found.add("node '" + node.name + "': only in the first");
    }
  }
  for (const Node& node : b.nodes) {
    if (a.find(node.name)) {
      right.push_back(node.name);
    } else {
      found.add("node '" + node.name + "': only in the second");
    }
  }
  if (left != right) found.add("the nodes stand in another order");
}

std::string text_of(const Measurement& measurement) {
  std::string text = measurement.name + " = " + number_text(measurement.value);
  if (measurement.split.empty()) return text;
  return text + " on " + std::to_string(measurement.samples) + " of " +
         measurement.split;
}

std::vector<std::string> texts_of(const std::vector<Measurement>& all) {
  std::vector<std::string> texts;
  for (const Measurement& each : all) texts.push_back(text_of(each));
  return texts;
}

void compare_steps(const std::string& place, const Step& a, const Step& b,
                   Differences& found) {
  found.compare(place + "tool", a.tool, b.tool);
  found.compare(place + "version", a.version, b.version);
  found.compare(place + "arguments", a.arguments, b.arguments);
  found.compare(place + "inputs", a.inputs, b.inputs);
  found.compare(place + "seed", a.seed, b.seed);
  found.compare(place + "measured", texts_of(a.measurements),
                texts_of(b.measurements));
}

void compare_histories(const std::vector<Step>& a, const std::vector<Step>& b,
                       Differences& found) {
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    std::string place = "history " + std::to_string(i) + ": ";
    if (i < a.size() && i < b.size()) {
      compare_steps(place, a[i], b[i], found);
    } else if (i < a.size()) {
      found.add(place + a[i].tool + " only in the first");
    } else {
      found.add(place + b[i].tool + " only in the second");
    }
  }
}

}  // namespace

std::vector<std::string> diff(const Graph& a, const Graph& b) {
  Differences found;
  found.compare("name", a.name, b.name);
  compare_runs(a.run, b.run, found);
  compare_all_nodes(a, b, found);
  compare_histories(a.history, b.history, found);
  return found.take();
}

}  // namespace nc
