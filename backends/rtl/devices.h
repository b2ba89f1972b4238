// Devices that free tools place and route, and what a plan needs of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/rtl/plan.h"

namespace nc {

// A block of RAM as so many words of so many bits.
struct RtlBlockShape {
  int64_t words = 0;
  int64_t bits = 0;
};

struct RtlDevice {
  const char* name;
  const char* title;
  int64_t luts;
  int64_t blocks;
  const char* block;  // what a block of RAM is called there
  std::vector<RtlBlockShape> shapes;
  bool has_lut_ram;
  bool packs_tables;
};

std::span<const RtlDevice> rtl_devices();
const RtlDevice* find_rtl_device(const std::string& name);  // or nullptr

struct RtlNeeds {
  int64_t luts = 0;     // estimated
  int64_t blocks = 0;   // of RAM
  std::string largest;  // the memory that needs most of them
  int64_t largest_blocks = 0;

  bool fit(const RtlDevice& device) const {
    return luts <= device.luts && blocks <= device.blocks;
  }
};

// With `weight_bits` above 0, as if weights had no more than so many bits.
RtlNeeds rtl_needs(const RtlPlan& plan, const RtlDevice& device,
                   int64_t weight_bits = 0);

// Empty, or why the plan does not fit, and what would.
std::string rtl_misfit(const RtlPlan& plan, const RtlDevice& device);

}  // namespace nc
