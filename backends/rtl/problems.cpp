#include <algorithm>

#include "backends/rtl/devices.h"
#include "backends/rtl/planner.h"
#include "backends/rtl/rtl.h"
#include "ir/text.h"

namespace nc {
namespace {

// An Error of the plan, "node 'x': message", as a problem.
Problem problem_of(const std::string& text) {
  const std::string kStart = "node '";
  size_t end = text.find("': ");
  if (!text.starts_with(kStart) || end == std::string::npos) return {"", text};
  return {text.substr(kStart.size(), end - kStart.size()),
          text.substr(end + 3)};
}

int64_t smallest(const Tensor& values) {
  std::vector<int64_t> all = values.to_integers();
  return all.empty() ? 1 : *std::min_element(all.begin(), all.end());
}

std::vector<Problem> forms(const Graph& graph) {
  std::vector<Problem> problems;
  if (graph.run.schedule == Schedule::exact) {
    problems.push_back({"",
                        "schedule=exact has no RTL form: its counts need "
                        "a division (use causal, or HLS C++)"});
  }
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Delay>(node.op)) {
      problems.push_back({node.name, "delay has no RTL form"});
    }
    const auto* output = std::get_if<Output>(&node.op);
    if (output && !(output->scale > 0)) {
      problems.push_back(
          {node.name, "expected a scale above 0, found " +
                          number_text(output->scale) +
                          ": the largest sum would not be the class"});
    }
    const Neuron* neuron = as_neuron(node.op);
    if (neuron && smallest(neuron->threshold) < 1) {
      problems.push_back({node.name, "thresholds below 1 have no RTL form"});
    }
    for (const std::string& input : node.inputs) {
      if (!is_feedback(input)) continue;
      problems.push_back({node.name, "feedback has no RTL form"});
      break;
    }
  }
  return problems;
}

// What a plan is made for where no spikes are known.
HlsGolden unknown(const Graph& graph) {
  HlsGolden golden;
  bool changes = graph.run.encoding != Encoding::direct;
  golden.frames = changes ? graph.run.timesteps : 1;
  return golden;
}

// Empty, or why the plan does not fit, and what would; fewer columns, too.
std::string misfit_of(const Graph& graph, RtlOptions options,
                      const RtlDevice& device) {
  std::string misfit =
      rtl_misfit(plan_rtl(graph, options, unknown(graph)), device);
  if (misfit.empty()) return "";
  while (options.columns > 1) {
    options.columns /= 2;
    RtlPlan plan = plan_rtl(graph, options, unknown(graph));
    if (!rtl_needs(plan, device).fit(device)) continue;
    return misfit + "; -P " + std::to_string(options.columns) + " would fit";
  }
  return misfit;
}

}  // namespace

std::vector<Problem> rtl_problems(const Graph& graph,
                                  const RtlOptions& options) {
  HlsOptions shared;
  shared.max_bits = options.max_bits;
  std::vector<Problem> problems = hls_problems(graph, shared);
  if (!problems.empty()) return problems;
  problems = forms(graph);
  if (!problems.empty()) return problems;
  try {
    plan_rtl(graph, options, unknown(graph));
    const RtlDevice* device = find_rtl_device(options.device);
    std::string misfit = device ? misfit_of(graph, options, *device) : "";
    if (!misfit.empty()) problems.push_back({"", misfit});
  } catch (const Error& error) {
    problems.push_back(problem_of(error.what()));
  }
  return problems;
}

}  // namespace nc
