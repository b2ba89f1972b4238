#include "ir/error.h"
#include "ir/file.h"
#include "ir/hdf5_writer.h"
#include "ir/image.h"

namespace nc {
namespace {

using hdf5::GroupWriter;

template <class Value>
void write_field(const GroupWriter& group, const std::string& name,
                 const Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    group.write(name, name_of(value));
  } else {
    group.write(name, value);
  }
}

void write_field(const GroupWriter& group, const std::string& name,
                 const Tensor& tensor) {
  if (!tensor.empty()) group.write(name, tensor);
}

void write_node(const GroupWriter& group, const Node& node) {
  group.write("kind", kind_of(node.op));
  group.write("inputs", node.inputs);
  group.write("origin", node.origin);
  std::visit(
      [&](const auto& op) {
        for_each_field(op, [&](const auto& field, const auto& value) {
          write_field(group, field.name, value);
        });
      },
      node.op);
}

// The mean, rounded up.
size_t name_size(const Graph& graph) {
  size_t total = 0;
  for (const Node& node : graph.nodes) total += node.name.size();
  return graph.nodes.empty() ? 0 : total / graph.nodes.size() + 1;
}

void write_nodes(const GroupWriter& group, const Graph& graph) {
  if (graph.nodes.size() > kMaxNodes) {
    throw Error("expected at most " + std::to_string(kMaxNodes) +
                " nodes, found " + std::to_string(graph.nodes.size()));
  }
  for (const Node& node : graph.nodes) {
    if (!is_valid_name(node.name)) {
      throw Error("node '" + node.name + "': not a valid name");
    }
    try {
      write_node(group.create_group(node.name), node);
    } catch (const Error& error) {
      throw error.in("node '" + node.name + "'");
    }
  }
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

void write_pairs(const GroupWriter& group, const std::string& first,
                 const std::string& second, const Pairs& pairs) {
  std::vector<std::string> firsts;
  std::vector<std::string> seconds;
  for (const auto& [one, other] : pairs) {
    firsts.push_back(one);
    seconds.push_back(other);
  }
  group.write(first, firsts);
  group.write(second, seconds);
}

void write_run(const GroupWriter& group, const Run& run) {
  group.write("timesteps", run.timesteps);
  group.write("encoding", name_of(run.encoding));
  group.write("schedule", name_of(run.schedule));
  group.write("readout", name_of(run.readout));
  group.write("scale", run.preprocessing.scale);
  group.write("mean", run.preprocessing.mean);
  group.write("std", run.preprocessing.std);
  group.write("low", run.range.low);
  group.write("high", run.range.high);
  group.write("whole", run.range.whole);
  group.write("classes", run.classes);
  write_field(group, "probe_input", run.probe.input);
  write_pairs(group, "probe_nodes", "probe_hashes", run.probe.spikes);
}

void write_measurements(const GroupWriter& group,
                        const std::vector<Measurement>& measurements) {
  std::vector<std::string> names;
  std::vector<double> values;
  std::vector<std::string> splits;
  std::vector<int64_t> samples;
  for (const Measurement& each : measurements) {
    names.push_back(each.name);
    values.push_back(each.value);
    splits.push_back(each.split);
    samples.push_back(each.samples);
  }
  group.write("measured_names", names);
  group.write("measured_values", values);
  group.write("measured_splits", splits);
  group.write("measured_samples", samples);
}

void write_step(const GroupWriter& group, const Step& step) {
  group.write("tool", step.tool);
  group.write("version", step.version);
  group.write("arguments", step.arguments);
  write_pairs(group, "input_names", "input_hashes", step.inputs);
  if (step.seed) group.write("seed", *step.seed);
  write_measurements(group, step.measurements);
}

void write_history(const GroupWriter& group, const std::vector<Step>& history) {
  if (history.size() > kMaxSteps) {
    throw Error("expected at most " + std::to_string(kMaxSteps) +
                " steps of history, found " + std::to_string(history.size()));
  }
  for (size_t i = 0; i < history.size(); ++i) {
    write_step(group.create_group(std::to_string(i)), history[i]);
  }
}

}  // namespace

std::vector<std::byte> write_image(const Graph& graph) {
  hdf5::NewFile file;
  GroupWriter root = file.root();
  root.write("format", std::string("snn-ir"));
  root.write("version", int64_t{kFileVersion});
  root.write("name", graph.name);
  write_run(root.create_group("run"), graph.run);
  write_nodes(root.create_group("nodes", graph.nodes.size(), name_size(graph)),
              graph);
  write_history(root.create_group("history"), graph.history);
  return file.bytes();
}

}  // namespace nc
