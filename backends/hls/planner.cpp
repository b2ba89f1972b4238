#include "backends/hls/planner.h"

#include "backends/hls/names.h"
#include "ir/shapes.h"

namespace nc {

HlsTable hls_table(const std::string& name, std::vector<int64_t> values) {
  HlsType type = hls_type(range_of(values));
  return {name, type, std::move(values)};
}

HlsPlanner::HlsPlanner(const Graph& graph, const HlsOptions& options,
                       int64_t frames)
    : graph_(graph),
      options_(options),
      exact_(graph.run.schedule == Schedule::exact),
      shapes_(infer_shapes(graph)),
      widths_(widths(graph)) {
  plan_.names = hls_names(graph);
  plan_.frames = frames;
  plan_.calls = exact_ ? 1 : graph.run.timesteps;
  value_of_.resize(graph.nodes.size());
}

HlsPlan HlsPlanner::run() {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) recall_feedback(i);
  for (at_ = 0; at_ < graph_.nodes.size(); ++at_) {
    std::visit([&](const auto& op) { place(op); }, node().op);
  }
  keep_feedback();
  if (options_.io == HlsIo::stream) split_streams(plan_);
  return std::move(plan_);
}

int64_t HlsPlanner::size() const { return element_count(shape()); }

const Shape& HlsPlanner::input_shape() const {
  return shapes_.at(source_of(node().inputs.at(0)));
}

// ---- Memories and layers ---------------------------------------------------

HlsPlanner::Value HlsPlanner::add_buffer(const std::string& name,
                                         const Interval& range, int64_t count) {
  plan_.buffers.push_back({name, hls_type(range), count});
  return {name, range, count};
}

HlsPlanner::Value HlsPlanner::source(const std::string& input) const {
  size_t from = index_of(graph_, source_of(input));
  return is_feedback(input) ? before_.at(from) : value_of_[from];
}

HlsPlanner::Value HlsPlanner::arriving() {
  Value total = source(node().inputs[0]);
  for (size_t i = 1; i < node().inputs.size(); ++i) {
    Value other = source(node().inputs[i]);
    std::string part = id() + "_sum" + (i > 1 ? std::to_string(i) : "");
    Interval range = sum_of(with_zero(total.range), with_zero(other.range));
    Value sum = add_buffer(part, range, total.size);
    HlsLayer layer = layer_for("add", part);
    connect(layer, {total, other}, sum);
    layer.cycles = sum.size;
    plan_.layers.push_back(layer);
    total = sum;
  }
  return total;
}

HlsLayer HlsPlanner::layer_for(const std::string& kernel,
                               const std::string& name) const {
  HlsLayer layer;
  layer.node = node().name;
  layer.id = name;
  layer.kernel = kernel;
  return layer;
}

void HlsPlanner::connect(HlsLayer& layer, const std::vector<Value>& from,
                         const Value& to) {
  const char* const kinds[] = {"in_t", "other_t"};
  for (size_t i = 0; i < from.size(); ++i) {
    layer.reads.push_back(from[i].buffer);
    layer.types.emplace_back(kinds[i], hls_type(from[i].range));
  }
  layer.writes.push_back(to.buffer);
  layer.types.emplace_back("out_t", hls_type(to.range));
  if (!from.empty()) layer.numbers.emplace_back("kInputs", from[0].size);
  layer.numbers.emplace_back("kOutputs", to.size);
}

HlsLayer HlsPlanner::layer_of(const std::string& kernel) {
  Value in = arriving();
  in_ = in.range;
  HlsLayer layer = layer_for(kernel, id());
  value_of_[at_] = add_buffer(id() + "_out", width().value, size());
  connect(layer, {in}, value_of_[at_]);
  layer.cycles = size();
  return layer;
}

void HlsPlanner::add_table(HlsLayer& layer, const std::string& what,
                           const std::string& group, const HlsTable& values,
                           int64_t count) {
  layer.types.emplace_back(what + "_t", values.type);
  layer.numbers.emplace_back(
      group, count / static_cast<int64_t>(values.values.size()));
  layer.tables.push_back(values);
}

HlsTable HlsPlanner::added(const std::string& name, const Tensor& bias) const {
  std::vector<int64_t> values = bias.to_integers();
  for (int64_t& each : values) each *= repeats();
  bool is_used = !values.empty();
  if (!is_used) values = {0};
  HlsTable result = hls_table(name, std::move(values));
  result.is_used = is_used;
  return result;
}

// ---- Ends ------------------------------------------------------------------

void HlsPlanner::place(const Input& op) {
  Interval stored{op.low, op.high};
  if (graph_.run.encoding != Encoding::direct) stored = with_zero(stored);
  plan_.input = {"input", hls_type(stored), size() * plan_.frames};
  HlsLayer layer = layer_for(exact_ ? "read_window" : "read_input", id());
  value_of_[at_] = add_buffer(id() + "_out", width().value, size());
  connect(layer, {}, value_of_[at_]);
  layer.reads = {"input"};
  layer.types.emplace_back("in_t", plan_.input.type);
  layer.numbers.emplace_back("kFrames", plan_.frames);
  layer.cycles = size();
  if (exact_) {
    int64_t count = plan_.frames == 1 ? repeats() : 1;
    layer.types.emplace_back("repeats_t", hls_type({0, count}));
    layer.numbers.emplace_back("kRepeats", count);
    layer.cycles *= plan_.frames;
  } else {
    layer.last_arguments = {"step"};
    if (options_.io == HlsIo::stream) {
      layer.states.push_back({id() + "_kept", plan_.input.type, size()});
    }
  }
  done(layer);
}

void HlsPlanner::place(const Output&) {
  Value in = arriving();
  value_of_[at_] = in;
  HlsLayer layer = layer_for("read_out", id());
  plan_.output = {"output", hls_type(width().membrane), size()};
  connect(layer, {in}, {"output", width().membrane, size()});
  bool is_membrane = graph_.run.readout == Readout::membrane;
  layer.numbers.emplace_back("kIsMembrane", is_membrane);
  layer.last_arguments = {"first"};
  if (options_.io == HlsIo::stream) {
    layer.states.push_back({id() + "_total", plan_.output.type, size()});
    layer.last_arguments.push_back("last");
  }
  layer.cycles = size();
  done(layer);
}

// ---- Feedback --------------------------------------------------------------

bool HlsPlanner::is_fed_back(const std::string& name) const {
  for (const Node& each : graph_.nodes) {
    for (const std::string& input : each.inputs) {
      if (is_feedback(input) && source_of(input) == name) return true;
    }
  }
  return false;
}

// What is fed back is known before the first layer of a step.
void HlsPlanner::recall_feedback(size_t from) {
  at_ = from;
  if (!is_fed_back(node().name)) return;
  std::string name = id() + "_before";
  before_[from] = add_buffer(name, with_zero(width().value), size());
  HlsLayer layer = layer_for("recall", name);
  connect(layer, {}, before_[from]);
  layer.states.push_back(
      {id() + "_last", hls_type(with_zero(width().value)), size()});
  layer.last_arguments = {"first"};
  layer.cycles = size();
  done(layer);
}

void HlsPlanner::keep_feedback() {
  for (const auto& [from, before] : before_) {
    at_ = from;
    HlsLayer layer = layer_for("keep", id() + "_keep");
    connect(layer, {value_of_[from]},
            {id() + "_last", with_zero(width().value), size()});
    layer.cycles = size();
    done(layer);
  }
}

HlsPlan plan_hls(const Graph& graph, const HlsOptions& options,
                 int64_t frames) {
  return HlsPlanner(graph, options, frames).run();
}

}  // namespace nc
