#include "tools/support/costs.h"

#include "runtime/cpu/roofline.h"
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
  return {cpu.costs(), 2 * large_dense_rate()};
}

double operation_rate(const CpuLayerCost& layer) {
  return 2 * layer.products * layer.images / layer.seconds;
}

double roofline_share(const CpuLayerCost& layer) {
  return operation_rate(layer) / (2 * layer.dense_rate);
}

std::string text_of(const CpuCosts& costs) {
  std::vector<Row> rows = {
      {"layer", "density", "path", "seconds", "GOP/s", "of the roofline"}};
  for (const CpuLayerCost& layer : costs.layers) {
    double rate = operation_rate(layer);
    rows.push_back({layer.name,
                    layer.density > 0 ? percent(layer.density) : "-",
                    path_of(layer.share_by_events), fixed(layer.seconds, 3),
                    fixed(1e-9 * rate, 1), percent(roofline_share(layer))});
  }
  return table(rows) +
         "GOP/s: two operations per weight, spike or not, per thread; a "
         "layer's "
         "roofline is a\ndense convolution of bytes of the same shape by "
         "itself (256 channels of 16 x 16: " +
         fixed(1e-9 * costs.peak, 0) + ")\n";
}

}  // namespace nc
