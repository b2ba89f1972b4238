#include <algorithm>
#include <limits>
#include <set>

#include "ir/error.h"
#include "ir/listing.h"
#include "ir/scanner.h"

namespace nc {
namespace {

// Elements that {*value} and {~seed} may make in one listing: they cost the
// writer nothing.
constexpr int64_t kMaxMade = int64_t{1} << 26;

// splitmix64 (Steele, Lea and Flood, 2014): the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// f32: -1 to 1 in steps of 2^-23; integers: 16 values, see listing.h.
template <class T>
T random_value(Random& random) {
  uint64_t bits = random.next() >> 40;
  if constexpr (std::is_same_v<T, float>) {
    return static_cast<float>(bits) / 8388608.0f - 1.0f;
  }
  int64_t low = std::is_unsigned_v<T> ? 0 : -8;
  return static_cast<T>(low + static_cast<int64_t>(bits % 16));
}

DType dtype_named(const Scanner& line, const std::string& name) {
  try {
    return dtype_from(name);
  } catch (const Error& error) {
    line.fail(error.what());
  }
}

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}
  Graph graph();

 private:
  void parse_line(Scanner& line);
  void parse_head(Scanner& line);
  void parse_setting(Scanner& line);
  void parse_node(Scanner& line, const std::string& name);
  void parse_inputs(Scanner& line, Node& node);
  void parse_origin(Scanner& line, Node& node);
  void parse_probe(Scanner& line);
  void parse_history(Scanner& line);
  Op parse_op(Scanner& line);
  template <class Kind>
  void parse_fields(Scanner& line, Kind& op);

  void parse(Scanner& line, Tensor& tensor);
  void parse(Scanner& line, int64_t& number) { number = line.integer(); }
  void parse(Scanner& line, double& number) { number = line.number(); }
  void parse(Scanner& line, bool& truth);
  void parse(Scanner& line, Shape& shape);
  void parse(Scanner& line, std::vector<double>& numbers);
  void parse(Scanner& line, std::vector<std::string>& texts);
  template <class Enum>
  requires std::is_enum_v<Enum>
  void parse(Scanner& line, Enum& value);

  Tensor tensor_of(Scanner& line, DType dtype);
  template <class T>
  Tensor tensor_of(Scanner& line, Shape shape);
  template <class T>
  std::vector<T> elements(Scanner& line);
  int64_t count_made(Scanner& line, const Shape& shape);

  const std::string& text_;
  Graph graph_;
  bool has_head_ = false;
  std::set<std::string> names_;
  int64_t made_ = 0;
};

Graph Parser::graph() {
  std::string_view rest = text_;
  for (size_t number = 1; !rest.empty(); ++number) {
    size_t length = std::min(rest.find('\n'), rest.size());
    Scanner line(rest.substr(0, length), number);
    if (!line.at_end()) parse_line(line);
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  if (!has_head_) throw Error("expected a line 'snn NAME', found none");
  return std::move(graph_);
}

void Parser::parse_line(Scanner& line) {
  if (line.accept("#")) return;
  if (!has_head_) return parse_head(line);
  if (line.accept(";")) return parse_history(line);
  std::string name = line.name("a node, 'probe' or ';'");
  if (line.accept("=")) return parse_node(line, name);
  if (name != "probe") line.fail_expecting("'=' after '" + name + "'");
  parse_probe(line);
}

void Parser::parse_head(Scanner& line) {
  line.expect("snn ");
  graph_.name = line.word("a name");
  while (!line.at_end()) parse_setting(line);
  has_head_ = true;
}

void Parser::parse_setting(Scanner& line) {
  Run& run = graph_.run;
  std::string name = line.name("a setting");
  line.expect("=");
  if (name == "T") return parse(line, run.timesteps);
  if (name == "encoding") return parse(line, run.encoding);
  if (name == "schedule") return parse(line, run.schedule);
  if (name == "readout") return parse(line, run.readout);
  if (name == "scale") return parse(line, run.preprocessing.scale);
  if (name == "mean") return parse(line, run.preprocessing.mean);
  if (name == "std") return parse(line, run.preprocessing.std);
  if (name == "low") return parse(line, run.range.low);
  if (name == "high") return parse(line, run.range.high);
  if (name == "whole") return parse(line, run.range.whole);
  if (name == "classes") return parse(line, run.classes);
  line.fail(
      "unknown setting '" + name +
      "', expected T, encoding, schedule, readout, scale, mean, std, low, "
      "high, whole or classes");
}

void Parser::parse_node(Scanner& line, const std::string& name) {
  if (!is_valid_name(name)) line.fail("'" + name + "' is not a valid name");
  if (!names_.insert(name).second) line.fail("a second node '" + name + "'");
  Node node;
  node.name = name;
  node.op = parse_op(line);
  if (line.accept("<-")) parse_inputs(line, node);
  if (line.accept("#")) {
    parse_origin(line, node);
  } else if (!line.at_end()) {
    line.fail_expecting("'<-' or the end of the line");
  }
  graph_.nodes.push_back(std::move(node));
}

void Parser::parse_inputs(Scanner& line, Node& node) {
  do {
    std::string mark = line.accept("@") ? "@" : "";
    node.inputs.push_back(mark + line.name("the name of a node"));
  } while (line.accept(","));
}

// Any other comment is passed over.
void Parser::parse_origin(Scanner& line, Node& node) {
  if (!line.accept("origin ")) return;
  do {
    node.origin.push_back(line.word("the name of a module"));
  } while (line.accept(","));
  if (!line.at_end()) line.fail_expecting("',' or the end of the line");
}

void Parser::parse_probe(Scanner& line) {
  std::string name = line.name("a tensor or the name of a node");
  if (line.follows('[')) {
    graph_.run.probe.input = tensor_of(line, dtype_named(line, name));
  } else {
    graph_.run.probe.spikes.emplace_back(name, line.word("a hash"));
  }
  if (!line.at_end()) line.fail_expecting("the end of the line");
}

void Parser::parse_history(Scanner& line) {
  do {
    Step step;
    step.tool = line.word("the name of a tool");
    bool another = false;
    while (!line.at_end() && !(another = line.accept(";"))) {
      step.arguments.push_back(line.word("an argument"));
    }
    graph_.history.push_back(std::move(step));
    if (!another) return;
  } while (true);
}

Op Parser::parse_op(Scanner& line) {
  std::string kind = line.name("the kind of the node");
  Op op;
  try {
    op = op_from_kind(kind);
  } catch (const Error& error) {
    line.fail(error.what());
  }
  line.expect("(");
  std::visit([&](auto& each) { parse_fields(line, each); }, op);
  return op;
}

template <class Kind>
void Parser::parse_fields(Scanner& line, Kind& op) {
  std::set<std::string> seen;
  while (!line.accept(")")) {
    if (!seen.empty()) line.expect(",");
    std::string name = line.name("a field or ')'");
    if (!seen.insert(name).second) line.fail("a second field '" + name + "'");
    line.expect("=");
    bool known = false;
    for_each_field(op, [&](const auto& field, auto& value) {
      if (name != field.name) return;
      known = true;
      parse(line, value);
    });
    if (!known) line.fail("unknown field '" + name + "' of " + Kind::kind);
  }
  for_each_field(op, [&](const auto& field, const auto&) {
    if (!field.required || seen.count(field.name)) return;
    line.fail(std::string(Kind::kind) + " needs the field '" + field.name +
              "'");
  });
}

void Parser::parse(Scanner& line, bool& truth) {
  truth = line.accept("true");
  if (!truth && !line.accept("false")) line.fail_expecting("true or false");
}

void Parser::parse(Scanner& line, Shape& shape) {
  shape.clear();
  line.expect("[");
  if (line.accept("]")) return;
  do {
    shape.push_back(line.integer());
  } while (line.accept(","));
  line.expect("]");
}

void Parser::parse(Scanner& line, std::vector<double>& numbers) {
  numbers.clear();
  line.expect("[");
  if (line.accept("]")) return;
  do {
    numbers.push_back(line.number());
  } while (line.accept(","));
  line.expect("]");
}

void Parser::parse(Scanner& line, std::vector<std::string>& texts) {
  texts.clear();
  line.expect("[");
  if (line.accept("]")) return;
  do {
    texts.push_back(line.word("a text"));
  } while (line.accept(","));
  line.expect("]");
}

template <class Enum>
requires std::is_enum_v<Enum>
void Parser::parse(Scanner& line, Enum& value) {
  std::string name = line.name("one of " + list_of_names<Enum>());
  auto found = enum_from<Enum>(name);
  if (!found) {
    line.fail("expected one of " + list_of_names<Enum>() + ", found '" + name +
              "'");
  }
  value = *found;
}

void Parser::parse(Scanner& line, Tensor& tensor) {
  tensor = tensor_of(line, dtype_named(line, line.name("a tensor")));
}

Tensor Parser::tensor_of(Scanner& line, DType dtype) {
  Shape shape;
  parse(line, shape);
  if (line.follows('#')) {
    line.fail(
        "expected the values of the tensor, found its fingerprint (print the "
        "listing with --values, or use --json)");
  }
  switch (dtype) {
    case DType::f32:
      return tensor_of<float>(line, std::move(shape));
    case DType::i8:
      return tensor_of<int8_t>(line, std::move(shape));
    case DType::i16:
      return tensor_of<int16_t>(line, std::move(shape));
    case DType::i32:
      return tensor_of<int32_t>(line, std::move(shape));
    case DType::u8:
      return tensor_of<uint8_t>(line, std::move(shape));
  }
  return {};
}

template <class T>
T element(Scanner& line) {
  if constexpr (std::is_same_v<T, float>) {
    return line.single();
  } else {
    int64_t value = line.integer();
    if (value < std::numeric_limits<T>::min() ||
        value > std::numeric_limits<T>::max()) {
      line.fail(std::to_string(value) + " does not fit " +
                to_string(dtype_of<T>()));
    }
    return static_cast<T>(value);
  }
}

template <class T>
std::vector<T> Parser::elements(Scanner& line) {
  std::vector<T> values;
  if (line.accept("}")) return values;
  do {
    values.push_back(element<T>(line));
  } while (line.accept(","));
  line.expect("}");
  return values;
}

template <class T>
Tensor Parser::tensor_of(Scanner& line, Shape shape) {
  line.expect("{");
  std::vector<T> values;
  if (line.accept("*")) {
    T value = element<T>(line);
    line.expect("}");
    values.assign(static_cast<size_t>(count_made(line, shape)), value);
  } else if (line.accept("~")) {
    Random random(static_cast<uint64_t>(line.integer()));
    line.expect("}");
    values.resize(static_cast<size_t>(count_made(line, shape)));
    for (T& value : values) value = random_value<T>(random);
  } else {
    values = elements<T>(line);
  }
  try {
    return Tensor(std::move(shape), std::move(values));
  } catch (const Error& error) {
    line.fail(error.what());
  }
}

int64_t Parser::count_made(Scanner& line, const Shape& shape) {
  int64_t count = 0;
  try {
    count = element_count(shape);
  } catch (const Error& error) {
    line.fail(error.what());
  }
  made_ += count;
  if (made_ > kMaxMade) line.fail("more than 2^26 elements from {*} and {~}");
  return count;
}

}  // namespace

Graph parse_listing(const std::string& text) { return Parser(text).graph(); }

}  // namespace nc
