#include "tools/support/costs.h"

#include "tools/support/tables.h"

namespace nc {
namespace {

std::string path_of(double share_by_events) {
  if (share_by_events == 0) return "dense";
  if (share_by_events > 0.5) return "events";
  return "dense, tried events";
}

}  // namespace

CpuCosts costs_of(const Engine& engine) {
  const auto& cpu = dynamic_cast<const CpuEngine&>(engine);
  return {cpu.costs(), 2 * measured_peak()};
}

double operation_rate(const CpuLayerCost& layer) {
  return 2 * layer.products * layer.images / layer.seconds;
}

std::string text_of(const CpuCosts& costs) {
  std::vector<Row> rows = {
      {"layer", "density", "path", "seconds", "GOP/s", "of the roofline"}};
  for (const CpuLayerCost& layer : costs.layers) {
    double rate = operation_rate(layer);
    rows.push_back({layer.name,
                    layer.density > 0 ? percent(layer.density) : "-",
                    path_of(layer.share_by_events), fixed(layer.seconds, 3),
                    fixed(1e-9 * rate, 1), percent(rate / costs.peak)});
  }
  return table(rows) +
         "GOP/s: two operations per weight, spike or not, per thread; the "
         "roofline is a dense\n256-channel convolution of bytes: " +
         fixed(1e-9 * costs.peak, 0) + " GOP/s per thread\n";
}

}  // namespace nc
