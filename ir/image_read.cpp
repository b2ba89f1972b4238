#include "ir/error.h"
#include "ir/file.h"
#include "ir/hdf5_reader.h"
#include "ir/image.h"

namespace nc {
namespace {

using hdf5::GroupReader;

template <class Value>
void read_value(GroupReader& group, const std::string& name, Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    std::string text;
    group.read(name, text);
    auto found = enum_from<Value>(text);
    if (!found) {
      group.fail("'" + name + "': expected one of " + list_of_names<Value>() +
                 ", found '" + text + "'");
    }
    value = *found;
  } else {
    group.read(name, value);
  }
}

Op read_op(GroupReader& group) {
  std::string kind;
  group.read("kind", kind);
  Op op;
  try {
    op = op_from_kind(kind);
  } catch (const Error& error) {
    group.fail(error.what());
  }
  std::visit(
      [&](auto& each) {
        for_each_field(each, [&](const auto& field, auto& value) {
          if (!field.required && !group.has(field.name)) return;
          read_value(group, field.name, value);
        });
      },
      op);
  return op;
}

Node read_node(GroupReader group, const std::string& name) {
  Node node;
  node.name = name;
  node.op = read_op(group);
  group.read("inputs", node.inputs);
  group.read("origin", node.origin);
  group.finish();
  return node;
}

std::vector<Node> read_nodes(GroupReader group) {
  if (group.links().size() > kMaxNodes) {
    group.fail("expected at most " + std::to_string(kMaxNodes) + " nodes");
  }
  std::vector<Node> nodes;
  for (const std::string& name : group.links()) {
    if (!is_valid_name(name)) group.fail("a node has no valid name");
    std::string place = "node '" + name + "'";
    nodes.push_back(read_node(group.open_group(name, place), name));
  }
  group.finish();
  return nodes;
}

// Lists that stand side by side must be equally long.
void require_size(const GroupReader& group, const std::string& name,
                  size_t expected, size_t found) {
  if (expected == found) return;
  group.fail("'" + name + "': expected " + std::to_string(expected) +
             " entries, found " + std::to_string(found));
}

template <class T>
std::vector<T> read_list(GroupReader& group, const std::string& name,
                         size_t size) {
  std::vector<T> list;
  group.read(name, list);
  require_size(group, name, size, list.size());
  return list;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read_pairs(GroupReader& group, const std::string& first,
                 const std::string& second) {
  std::vector<std::string> firsts;
  group.read(first, firsts);
  auto seconds = read_list<std::string>(group, second, firsts.size());
  Pairs pairs;
  for (size_t i = 0; i < firsts.size(); ++i) {
    pairs.emplace_back(firsts[i], seconds[i]);
  }
  return pairs;
}

Run read_run(GroupReader group) {
  Run run;
  read_value(group, "timesteps", run.timesteps);
  read_value(group, "encoding", run.encoding);
  read_value(group, "schedule", run.schedule);
  read_value(group, "readout", run.readout);
  read_value(group, "scale", run.preprocessing.scale);
  read_value(group, "mean", run.preprocessing.mean);
  read_value(group, "std", run.preprocessing.std);
  read_value(group, "low", run.range.low);
  read_value(group, "high", run.range.high);
  read_value(group, "whole", run.range.whole);
  read_value(group, "classes", run.classes);
  if (group.has("probe_input")) group.read("probe_input", run.probe.input);
  run.probe.spikes = read_pairs(group, "probe_nodes", "probe_hashes");
  group.finish();
  return run;
}

std::vector<Measurement> read_measurements(GroupReader& group) {
  std::vector<std::string> names;
  group.read("measured_names", names);
  size_t size = names.size();
  auto values = read_list<double>(group, "measured_values", size);
  auto splits = read_list<std::string>(group, "measured_splits", size);
  auto samples = read_list<int64_t>(group, "measured_samples", size);
  std::vector<Measurement> measurements;
  for (size_t i = 0; i < size; ++i) {
    measurements.push_back({names[i], values[i], splits[i], samples[i]});
  }
  return measurements;
}

Step read_step(GroupReader group) {
  Step step;
  group.read("tool", step.tool);
  group.read("version", step.version);
  group.read("arguments", step.arguments);
  step.inputs = read_pairs(group, "input_names", "input_hashes");
  if (group.has("seed")) group.read("seed", step.seed.emplace());
  step.measurements = read_measurements(group);
  group.finish();
  return step;
}

std::vector<Step> read_history(GroupReader group) {
  if (group.links().size() > kMaxSteps) {
    group.fail("expected at most " + std::to_string(kMaxSteps) + " steps");
  }
  std::vector<Step> history;
  for (const std::string& name : group.links()) {
    history.push_back(read_step(group.open_group(name, "history " + name)));
  }
  group.finish();
  return history;
}

void read_head(GroupReader& root) {
  std::string format;
  root.read("format", format);
  if (format != "snn-ir") {
    root.fail("expected format 'snn-ir', found '" + format + "'");
  }
  int64_t version = 0;
  root.read("version", version);
  if (version < 1 || version > kFileVersion) {
    root.fail("written in version " + std::to_string(version) +
              " of the format, this program reads up to version " +
              std::to_string(kFileVersion));
  }
}

}  // namespace

Graph read_image(Bytes bytes) {
  GroupReader root(bytes);
  read_head(root);
  Graph graph;
  root.read("name", graph.name);
  graph.run = read_run(root.open_group("run", "run"));
  graph.nodes = read_nodes(root.open_group("nodes", "nodes"));
  graph.history = read_history(root.open_group("history", "history"));
  root.finish();
  return graph;
}

}  // namespace nc
