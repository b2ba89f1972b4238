// What nc-run --explain tells of the cpu engine.
#pragma once

#include <string>
#include <vector>

#include "runtime/cpu/engine.h"

namespace nc {

struct CpuCosts {
  std::vector<CpuLayerCost> layers;
  double peak = 0;  // of a large convolution, operations a second and thread
};

// Of a CpuEngine; others do not count this.
CpuCosts costs_of(const Engine& engine);

// Operations a second and thread, two for each weight, spike or not.
double operation_rate(const CpuLayerCost& layer);

// Of what the layer's convolutions reach by themselves.
double roofline_share(const CpuLayerCost& layer);

std::string text_of(const CpuCosts& costs);

}  // namespace nc
