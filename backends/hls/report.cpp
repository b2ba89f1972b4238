#include <nlohmann/json.hpp>

#include "backends/hls/project.h"

namespace nc {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Interval& range) {
  return Json::array({range.low, range.high});
}

int64_t bits_of(const HlsBuffer& buffer) {
  return buffer.is_used ? buffer.size * buffer.type.bits : 0;
}

int64_t bits_of(const HlsTable& table) {
  return table.is_used
             ? static_cast<int64_t>(table.values.size()) * table.type.bits
             : 0;
}

template <class Memories>
int64_t total_bits(const Memories& memories) {
  int64_t bits = 0;
  for (const auto& each : memories) bits += bits_of(each);
  return bits;
}

// Frames that a process keeps to itself before it computes, and after.
int64_t frame_bits(const HlsLayer& layer, const HlsPlan& plan) {
  for (const char* each :
       {"dense", "conv", "sum_pool", "max_pool", "gather", "place"}) {
    if (layer.kernel != each) continue;
    int64_t bits = 0;
    for (const HlsBuffer& buffer : plan.buffers) {
      bool touches =
          buffer.name == layer.reads[0] || buffer.name == layer.writes[0];
      if (touches) bits += bits_of(buffer);
    }
    return bits;
  }
  return 0;
}

int64_t between_bits(const HlsProject& project) {
  const HlsPlan& plan = project.plan;
  if (project.options.io == HlsIo::parallel) return total_bits(plan.buffers);
  int64_t bits = 0;
  for (const HlsBuffer& each : plan.buffers) {
    bits += each.depth * each.type.bits;
  }
  for (const HlsLayer& each : plan.layers) bits += frame_bits(each, plan);
  return bits;
}

Json layer_rows(const HlsPlan& plan) {
  Json rows = Json::array();
  for (const HlsLayer& layer : plan.layers) {
    Json row = {{"layer", layer.id},
                {"node", layer.node},
                {"kernel", layer.kernel},
                {"cycles_per_step", layer.cycles},
                {"table_bits", total_bits(layer.tables)},
                {"state_bits", total_bits(layer.states)}};
    if (layer.multipliers > 0) row["multipliers"] = layer.multipliers;
    if (layer.reuse > 0) row["reuse_factor"] = layer.reuse;
    rows.push_back(row);
  }
  return rows;
}

// One layer after the other, or all at once: then the slowest sets the pace.
Json cycles(const HlsProject& project) {
  int64_t latency = 0;
  int64_t slowest = 0;
  for (const HlsLayer& layer : project.plan.layers) {
    latency += layer.cycles;
    slowest = std::max(slowest, layer.cycles);
  }
  bool overlaps = project.options.io == HlsIo::stream;
  int64_t interval_cycles = overlaps ? slowest : latency;
  int64_t calls = project.plan.calls;
  return {{"how",
           "modelled: one turn of each pipelined loop per clock, without "
           "start-up and hand-over; not measured"},
          {"step_latency", latency},
          {"step_interval", interval_cycles},
          {"sample", latency + (calls - 1) * interval_cycles}};
}

Json memory(const HlsProject& project) {
  int64_t tables = 0;
  int64_t states = 0;
  for (const HlsLayer& layer : project.plan.layers) {
    tables += total_bits(layer.tables);
    states += total_bits(layer.states);
  }
  int64_t between = between_bits(project);
  return {{"tables_bits", tables},
          {"states_bits", states},
          {"between_layers_bits", between},
          {"total_bits", tables + states + between}};
}

std::string cell(const Json& row, const char* key) {
  if (!row.contains(key)) return "-";
  const Json& value = row[key];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 1, ' ');
}

std::string rows_of(const Json& rows, const std::vector<const char*>& keys) {
  std::vector<size_t> columns;
  for (const char* key : keys) {
    size_t wide = std::string(key).size();
    for (const Json& row : rows) wide = std::max(wide, cell(row, key).size());
    columns.push_back(wide + 2);
  }
  std::string text;
  auto add = [&](auto cell_of) {
    std::string line;
    for (size_t i = 0; i < keys.size(); ++i) {
      line += padded(cell_of(keys[i]), columns[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  add([](const char* key) { return std::string(key); });
  for (const Json& row : rows) {
    add([&](const char* key) { return cell(row, key); });
  }
  return text;
}

}  // namespace

Json width_report(const Graph& graph) {
  Json rows = Json::array();
  for (const Width& width : widths(graph)) {
    Json row = {{"node", width.node},
                {"value", interval(width.value)},
                {"value_bits", hls_type(width.value).bits},
                {"sum", interval(width.accumulator)},
                {"sum_bits", hls_type(width.accumulator).bits}};
    if (width.membrane_bits > 0) {
      bool is_output = width.node == graph.output().name;
      std::string what = is_output ? "readout" : "membrane";
      row[what] = interval(width.membrane);
      row[what + "_bits"] = hls_type(with_zero(width.membrane)).bits;
    }
    rows.push_back(row);
  }
  return rows;
}

Json report_of(const HlsProject& project) {
  const Run& run = project.graph.run;
  const HlsOptions& options = project.options;
  return {
      {"timesteps", run.timesteps},
      {"schedule", name_of(run.schedule)},
      {"io", name_of(options.io)},
      {"memory_style", name_of(options.memory)},
      {"reuse_factor",
       options.reuse_factor == 0 ? Json("fan-in") : Json(options.reuse_factor)},
      {"max_bits", options.max_bits},
      {"cycles", cycles(project)},
      {"memory", memory(project)},
      {"layers", layer_rows(project.plan)},
      {"bounds",
       "value, sum and membrane enclose all that the weights allow, "
       "whatever the input: no width overflows"},
      {"widths", width_report(project.graph)}};
}

ProjectFile report_table(const Json& report) {
  std::string text =
      rows_of(report["layers"],
              {"layer", "kernel", "cycles_per_step", "multipliers",
               "reuse_factor", "table_bits", "state_bits"}) +
      "\n" +
      rows_of(report["widths"],
              {"node", "value", "value_bits", "sum", "sum_bits", "membrane",
               "membrane_bits", "readout", "readout_bits"}) +
      "\ncycles, " + report["cycles"]["how"].get<std::string>() + "\n";
  for (const char* key : {"step_latency", "step_interval", "sample"}) {
    text += padded(key, 22) + report["cycles"][key].dump() + "\n";
  }
  text += "\nmemory in bits\n";
  for (const auto& [key, value] : report["memory"].items()) {
    text += padded(key, 22) + value.dump() + "\n";
  }
  return {"report.txt", text};
}

}  // namespace nc
