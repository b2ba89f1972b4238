#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "backends/rtl/devices.h"
#include "backends/rtl/project.h"

namespace nc {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 10) / 10; }

int64_t parameter(const RtlInstance& instance, const std::string& wanted) {
  for (const auto& [name, value] : instance.parameters) {
    if (name == wanted) return std::stoll(value);
  }
  return 0;
}

bool is_neurons(const RtlInstance& instance) {
  return instance.module == "snn_neurons";
}

bool sends_rows(const RtlInstance& instance) {
  return instance.module == "snn_synapses" || instance.module == "snn_relay";
}

// Streams that an instance writes are named in its ports.
bool is_fixed(const RtlPlan& plan, const RtlInstance& instance) {
  for (const auto& [port, wire] : instance.ports) {
    if (port != "out_data") continue;
    for (const RtlStream& each : plan.streams) {
      if (each.name + "_data" == wire) return each.is_fixed;
    }
  }
  return false;
}

// Over a sample: what is fixed comes once, the rest in each step.
double times(const RtlProject& project, const RtlInstance& instance) {
  return is_fixed(project.plan, instance)
             ? 1.0
             : static_cast<double>(project.graph.run.timesteps);
}

// A layer takes what reaches it, then goes through its neurons; layers work at
// the same time.
Json cycles(const RtlProject& project) {
  double all = 0;
  std::map<std::string, double> layers;
  for (const RtlInstance& each : project.plan.instances) {
    double clocks = each.cycles * times(project, each);
    all += clocks;
    layers[each.node] += clocks;
  }
  double slowest = 0;
  for (const auto& [node, clocks] : layers) slowest = std::max(slowest, clocks);
  auto steps = static_cast<double>(project.graph.run.timesteps);
  return {{"how",
           "modelled: a clock per row of neurons that an event reaches and per "
           "row gone through, at the activity of the stored probe; between "
           "all layers at once and one after the other"},
          {"step_at_least", rounded(slowest / steps)},
          {"step_at_most", rounded(all / steps)},
          {"sample_at_least", rounded(slowest)},
          {"sample_at_most", rounded(all)}};
}

Json layers(const RtlProject& project) {
  Json rows = Json::array();
  for (const RtlInstance& each : project.plan.instances) {
    int64_t bits = 0;
    for (const RtlMemory& memory : each.memories) {
      bits += memory.words * memory.bits;
    }
    rows.push_back({{"instance", each.name},
                    {"module", each.module},
                    {"node", each.node},
                    {"clocks_per_step", rounded(each.cycles)},
                    {"memory_bits", bits}});
  }
  return rows;
}

Json memory(const RtlProject& project) {
  int64_t tables = 0;
  int64_t all = 0;
  for (const RtlInstance& instance : project.plan.instances) {
    for (const RtlMemory& each : instance.memories) {
      int64_t bits = each.words * each.bits;
      all += bits;
      if (each.name.starts_with("weights/")) tables += bits;
    }
  }
  return {{"tables_bits", tables},
          {"membranes_and_queues_bits", all - tables},
          {"total_bits", all}};
}

Json devices(const RtlProject& project) {
  Json rows = Json::array();
  for (const RtlDevice& each : rtl_devices()) {
    RtlNeeds needs = rtl_needs(project.plan, each);
    rows.push_back({{"device", each.name},
                    {"luts_estimated", needs.luts},
                    {"luts_available", each.luts},
                    {"block_rams", needs.blocks},
                    {"block_rams_available", each.blocks},
                    {"fits", needs.fit(each)}});
  }
  return rows;
}

// ---- Energy ----------------------------------------------------------------

// What a sample of the probe takes on average.
struct Work {
  double additions = 0;
  double products = 0;  // of them, with a number instead of a spike
  double neurons = 0;   // gone through
  double spikes = 0;
  double bits = 0;  // of memory, read or written
};

Work work_of(const RtlProject& project) {
  Work work;
  for (const RtlInstance& each : project.plan.instances) {
    double rows = each.cycles * times(project, each);
    auto lanes = static_cast<double>(parameter(each, "LANES"));
    auto bits = static_cast<double>(parameter(each, "BITS"));
    if (sends_rows(each)) {
      work.additions += rows * lanes;
      bool multiplies = parameter(each, "VALUES") > 1;
      if (multiplies) work.products += rows * lanes;
      auto weight = static_cast<double>(parameter(each, "WEIGHT_BITS"));
      work.bits += rows * lanes * (weight + 2 * bits);
    } else if (is_neurons(each)) {
      auto scanned = static_cast<double>(parameter(each, "USED_ROWS")) *
                     static_cast<double>(project.graph.run.timesteps) * lanes;
      work.neurons += scanned;
      work.bits += 2 * scanned * bits;
    }
  }
  for (const HlsTrain& train : project.golden.trains) {
    for (int32_t spike : train.spikes) work.spikes += spike != 0;
  }
  if (project.golden.samples > 0) {
    work.spikes /= static_cast<double>(project.golden.samples);
  }
  return work;
}

Json energy(const RtlProject& project) {
  Work w = work_of(project);
  auto nanojoule = [](double picojoule) {
    return std::round(picojoule / 10) / 100;
  };
  double adds = 0.1 * (w.additions + 2 * w.neurons) + 3.1 * w.products;
  double reads = 10 * w.bits / 64;
  double loihi =
      35.5 * w.additions + (51.2 + 21.6) * w.neurons + (69.3 + 111) * w.spikes;
  return {
      {"how",
       "modelled from tables of other chips, per sample of the stored probe; "
       "nothing was measured, and an FPGA's own fabric and clock are in none "
       "of them"},
      {"additions", std::llround(w.additions)},
      {"products_with_numbers", std::llround(w.products)},
      {"neurons_gone_through", std::llround(w.neurons)},
      {"spikes", std::llround(w.spikes)},
      {"memory_bits_moved", std::llround(w.bits)},
      {"modelled_nj",
       {{{"source",
          "Horowitz, ISSCC 2014, 45 nm: int32 add 0.1 pJ, int32 mul 3.1 pJ; "
          "arithmetic alone"},
         {"nj", nanojoule(adds)}},
        {{"source", "the same, with memory: 64 bits of an 8 kB cache 10 pJ"},
         {"nj", nanojoule(adds + reads)}},
        {{"source",
          "Loihi 1, SANA-FE's table, 14 nm: synapse 35.5, neuron 51.2 + 21.6, "
          "spike 69.3 + 111 pJ"},
         {"nj", nanojoule(loihi)}}}}};
}

}  // namespace

Json rtl_report(const RtlProject& project) {
  const Run& run = project.graph.run;
  return {{"timesteps", run.timesteps},
          {"schedule", name_of(run.schedule)},
          {"columns", project.options.columns},
          {"max_bits", project.options.max_bits},
          {"cycles", cycles(project)},
          {"memory", memory(project)},
          {"devices", devices(project)},
          {"energy", energy(project)},
          {"layers", layers(project)},
          {"bounds",
           "value, sum and membrane enclose all that the weights allow, "
           "whatever the input: no membrane overflows; sums may wrap on their "
           "way, their last value fits"},
          {"widths", width_report(project.graph)}};
}

}  // namespace nc
