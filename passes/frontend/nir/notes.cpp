#include "passes/frontend/nir/notes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "ir/printable.h"

namespace nc::frontend::nir {
namespace {

constexpr int64_t kVersion = 1;

// Of a node that only helps another one, and computes what it says.
bool is_helper(const std::string& role) {
  static const std::set<std::string> kRoles = {"copy", "sum", "bias", "flatten",
                                               "delay"};
  return kRoles.contains(role);
}

template <class T>
std::vector<T> cast(const std::vector<double>& values) {
  std::vector<T> result;
  for (double each : values) result.push_back(static_cast<T>(each));
  return result;
}

Tensor tensor_of(const Dataset& data) {
  const hdf5::Type& type = data.type;
  if (type.sort == hdf5::Type::Sort::fraction) {
    return float_tensor(data.shape, data.numbers);
  }
  if (!type.is_signed && type.size == 1) {
    return Tensor(data.shape, cast<uint8_t>(data.numbers));
  }
  if (type.is_signed && type.size == 1) {
    return Tensor(data.shape, cast<int8_t>(data.numbers));
  }
  if (type.is_signed && type.size == 2) {
    return Tensor(data.shape, cast<int16_t>(data.numbers));
  }
  return integer_tensor(data.shape, cast<int64_t>(data.numbers));
}

}  // namespace

const Dataset* Notes::at(const std::string& path) const {
  const Tree* tree = tree_;
  size_t from = 0;
  while (tree && from <= path.size()) {
    size_t to = std::min(path.find('/', from), path.size());
    tree = tree->find(path.substr(from, to - from));
    from = to + 1;
  }
  return tree && tree->data ? &*tree->data : nullptr;
}

void Notes::fail(const std::string& path, const std::string& expected) const {
  throw Error("metadata/ncc/" + path + ": expected " + expected);
}

std::string Notes::text(const std::string& path) const {
  std::vector<std::string> found = texts(path);
  if (found.size() > 1) fail(path, "one text");
  return found.empty() ? "" : found[0];
}

std::vector<std::string> Notes::texts(const std::string& path) const {
  const Dataset* data = at(path);
  if (!data) return {};
  if (data->texts.empty() && !data->numbers.empty()) fail(path, "texts");
  return data->texts;
}

std::vector<double> Notes::numbers(const std::string& path) const {
  const Dataset* data = at(path);
  if (!data) return {};
  if (!data->texts.empty()) fail(path, "numbers");
  for (double each : data->numbers) {
    if (!std::isfinite(each)) fail(path, "finite numbers");
  }
  return data->numbers;
}

double Notes::number(const std::string& path, double missing) const {
  if (!at(path)) return missing;
  std::vector<double> found = numbers(path);
  if (found.size() != 1) fail(path, "one number");
  return found[0];
}

int64_t Notes::whole(const std::string& path, int64_t missing) const {
  double found = number(path, static_cast<double>(missing));
  constexpr double kMost = 9007199254740992.0;  // 2^53
  if (std::trunc(found) != found || std::abs(found) > kMost) {
    fail(path, "a whole number");
  }
  return static_cast<int64_t>(found);
}

Tensor Notes::tensor(const std::string& path) const {
  const Dataset* data = at(path);
  if (!data) return {};
  numbers(path);  // finite ones
  try {
    return tensor_of(*data);
  } catch (const Error& error) {
    throw error.in("metadata/ncc/" + path);
  }
}

template <class Enum>
Enum Notes::choice(const std::string& path, Enum missing) const {
  std::string name = text(path);
  if (name.empty()) return missing;
  if (auto found = enum_from<Enum>(name)) return *found;
  fail(path, "a known name, found '" + printable(name) + "'");
}

bool is_own(const Notes& graph) {
  if (!graph.exist() || graph.text("format") != "ncc-nir") return false;
  int64_t version = graph.whole("version", 0);
  if (version == kVersion) return true;
  throw Error("its metadata/ncc are of version " + std::to_string(version) +
              ", this program reads version " + std::to_string(kVersion));
}

namespace {

// "nc-spike 1.0 -T 8": the tool, its version and its arguments.
Step step_of(const std::string& line) {
  std::istringstream words(line);
  Step step;
  words >> step.tool >> step.version;
  for (std::string word; words >> word;) step.arguments.push_back(word);
  return step;
}

void apply_probe(const Notes& notes, Probe& probe) {
  std::vector<std::string> nodes = notes.texts("probe/nodes");
  std::vector<std::string> hashes = notes.texts("probe/hashes");
  if (nodes.size() != hashes.size()) {
    throw Error("metadata/ncc/probe: expected as many hashes as nodes");
  }
  probe.input = notes.tensor("probe/input");
  for (size_t i = 0; i < nodes.size(); ++i) {
    probe.spikes.emplace_back(nodes[i], hashes[i]);
  }
}

}  // namespace

void apply_notes(const Notes& notes, Graph& graph) {
  Run& run = graph.run;
  std::string name = notes.text("name");
  if (!name.empty()) graph.name = name;
  run.timesteps = notes.whole("timesteps", run.timesteps);
  run.encoding = notes.choice("encoding", run.encoding);
  run.schedule = notes.choice("schedule", run.schedule);
  run.readout = notes.choice("readout", run.readout);
  run.preprocessing.scale = notes.number("preprocessing/scale", 1);
  run.preprocessing.mean = notes.numbers("preprocessing/mean");
  run.preprocessing.std = notes.numbers("preprocessing/std");
  run.range.low = notes.number("range/low", 0);
  run.range.high = notes.number("range/high", 0);
  run.range.whole = notes.whole("range/whole", 0) != 0;
  run.classes = notes.texts("classes");
  apply_probe(notes, run.probe);
  for (const std::string& line : notes.texts("history")) {
    graph.history.push_back(step_of(line));
  }
  auto& input = std::get<Input>(graph.find(graph.input().name)->op);
  input.step = notes.number("input/step", 0);
  input.low = notes.whole("input/low", 0);
  input.high = notes.whole("input/high", 0);
  auto& output = std::get<Output>(graph.find(graph.output().name)->op);
  output.scale = notes.number("output/scale", 1);
}

std::set<std::pair<std::string, std::string>> feedback_edges(
    const Notes& graph) {
  std::vector<std::string> names = graph.texts("feedback");
  std::set<std::pair<std::string, std::string>> edges;
  for (size_t i = 0; i + 1 < names.size(); i += 2) {
    edges.emplace(names[i], names[i + 1]);
  }
  return edges;
}

void join_loops(NirGraph& graph) {
  struct Loop {
    std::optional<size_t> membrane;
    size_t spikes = 0;
  };
  std::map<std::string, Loop> loops;
  std::vector<std::string> loop_of(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Notes notes(graph.nodes[i].metadata);
    std::string role = notes.text("role");
    if (role.empty() || is_helper(role)) continue;
    loop_of[i] = notes.text("name");
    if (role == "membrane") loops[loop_of[i]].membrane = i;
    if (role == "spikes") loops[loop_of[i]].spikes = i;
  }
  std::vector<size_t> stands_for(graph.nodes.size());
  for (size_t i = 0; i < stands_for.size(); ++i) {
    const std::string& name = loop_of[i];
    bool is_whole = !name.empty() && loops.at(name).membrane;
    stands_for[i] = is_whole ? *loops.at(name).membrane : i;
    if (!is_whole) loop_of[i].clear();
  }
  std::vector<NirNode> kept;
  std::vector<size_t> position(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (stands_for[i] != i) continue;
    NirNode& node = graph.nodes[i];
    std::erase_if(node.inputs, [&](size_t input) {
      return !loop_of[i].empty() && loop_of[input] == loop_of[i];
    });
    position[i] = kept.size();
    kept.push_back(std::move(node));
  }
  for (NirNode& node : kept) {
    for (size_t& input : node.inputs) input = position[stands_for[input]];
  }
  for (size_t& end : graph.sources) end = position[end];
  for (size_t& end : graph.sinks) end = position[end];
  graph.nodes = std::move(kept);
}

namespace {

Neuron shared_part(const Notes& node) {
  Neuron neuron;
  neuron.threshold = node.tensor("threshold");
  std::string compare = node.text("compare");
  if (compare != ">=" && compare != ">") {
    throw Error("metadata/ncc/compare: expected '>=' or '>', found '" +
                printable(compare) + "'");
  }
  neuron.strict = compare == ">";
  neuron.reset = node.choice("reset", neuron.reset);
  neuron.reset_value = node.number("reset_value", 0);
  neuron.initial = node.choice("initial", neuron.initial);
  neuron.is_signed = node.whole("signed", 0) != 0;
  neuron.levels = node.whole("levels", 1);
  neuron.membrane_bits = node.whole("membrane_bits", 0);
  return neuron;
}

}  // namespace

std::optional<Op> neuron_of(const Notes& node) {
  std::string kind = node.text("kind");
  if (kind.empty()) return std::nullopt;
  if (kind == "li") return Li{node.tensor("decay")};
  if (kind == "if") return If{shared_part(node)};
  if (kind == "lif") return Lif{shared_part(node), node.tensor("decay")};
  if (kind == "delay") return Delay{node.tensor("steps")};
  throw Error("metadata/ncc/kind: expected if, lif, li or delay, found '" +
              printable(kind) + "'");
}

namespace {

using Doubles = std::vector<double>;

void restore(Dataset& data, const Doubles& row_scale, bool integers) {
  constexpr double kClose = 0.01;
  size_t rows = row_scale.size();
  bool fits = rows > 0 && data.numbers.size() % rows == 0;
  size_t row = fits ? data.numbers.size() / rows : 0;
  for (size_t i = 0; i < data.numbers.size(); ++i) {
    double& value = data.numbers[i];
    if (row > 0) value *= row_scale[i / row];
    if (!integers) continue;
    double nearest = std::round(value);
    if (!(std::abs(value - nearest) <= kClose)) {
      throw Error("expected whole numbers as its metadata say, found " +
                  std::to_string(value));
    }
    value = nearest;
  }
}

bool is_one_tap(const Affine&) { return true; }

template <IsConvolution Conv>
bool is_one_tap(const Conv& conv) {
  auto all = [](const Shape& list, int64_t value) {
    return std::all_of(list.begin(), list.end(),
                       [&](int64_t each) { return each == value; });
  };
  return conv.weight.size() == conv.weight.size(0) * conv.weight.size(1) &&
         conv.groups == 1 && all(conv.stride, 1) && all(conv.padding, 0);
}

// The diagonal of a square matrix that has nothing beside it.
template <class Layer>
std::optional<Doubles> diagonal(const Layer& layer) {
  int64_t size = layer.weight.size(0);
  if (size != layer.weight.size(1) || !is_one_tap(layer)) return std::nullopt;
  Doubles values = layer.weight.to_doubles();
  Doubles factors;
  for (size_t i = 0; i < values.size(); ++i) {
    bool on_diagonal = i % (static_cast<size_t>(size) + 1) == 0;
    if (on_diagonal) factors.push_back(values[i]);
    if (!on_diagonal && values[i] != 0) return std::nullopt;
  }
  return factors;
}

template <class Layer>
std::optional<Op> as_scale(const Layer& layer) {
  std::optional<Doubles> factors = diagonal(layer);
  if (!factors) return std::nullopt;
  Shape shape = {static_cast<int64_t>(factors->size())};
  if (!layer.weight.is_integer()) {
    return Scale{float_tensor(shape, *factors), layer.bias};
  }
  std::vector<int64_t> whole(factors->begin(), factors->end());
  return Scale{integer_tensor(shape, whole), layer.bias};
}

}  // namespace

void restore_numbers(NirNode& node, bool integers) {
  Doubles row_scale = Notes(node.metadata).numbers("row_scale");
  for (const char* name : {"weight", "bias", "scale"}) {
    auto found = node.fields.find(name);
    if (found != node.fields.end()) restore(found->second, row_scale, integers);
  }
}

void restore_scales(Chain& chain) {
  for (Piece& piece : chain.pieces) {
    std::optional<Op> scale;
    if (const auto* affine = std::get_if<Affine>(&piece.op)) {
      scale = as_scale(*affine);
    } else if (const auto* conv = std::get_if<Conv1d>(&piece.op)) {
      scale = as_scale(*conv);
    } else if (const auto* conv2 = std::get_if<Conv2d>(&piece.op)) {
      scale = as_scale(*conv2);
    }
    if (scale) piece.op = *scale;
  }
}

}  // namespace nc::frontend::nir
