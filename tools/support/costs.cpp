#include "tools/support/costs.h"

#include "ir/error.h"
#include "runtime/cpu/engine.h"
#include "tools/support/tables.h"

namespace nc {
namespace {

std::string path_of(double share_by_events) {
  if (share_by_events == 0) return "dense";
  if (share_by_events > 0.5) return "events";
  return "dense, tried events";
}

// Rates are those of one thread: seconds are of all threads together.
Row row_of(const CpuLayerCost& cost, double peak) {
  double rate = cost.products * cost.images / cost.seconds;
  return {cost.name,
          cost.density > 0 ? percent(cost.density) : "-",
          path_of(cost.share_by_events),
          fixed(cost.seconds, 3),
          fixed(2e-9 * rate, 1),
          percent(rate / peak)};
}

}  // namespace

std::string explained(const Engine& engine) {
  const auto* cpu = dynamic_cast<const CpuEngine*>(&engine);
  if (!cpu) {
    throw Error("--explain is of the cpu engine, found " + engine.name());
  }
  double peak = measured_peak();
  std::vector<Row> rows = {
      {"layer", "density", "path", "seconds", "GOP/s", "of the roofline"}};
  for (const CpuLayerCost& cost : cpu->costs()) {
    rows.push_back(row_of(cost, peak));
  }
  return table(rows) +
         "GOP/s: two operations per weight, spike or not, per thread; the "
         "roofline is a dense\n256-channel convolution of bytes: " +
         fixed(2e-9 * peak, 0) + " GOP/s per thread\n";
}

}  // namespace nc
