// Calibration: finds the threshold of every activation from data, without
// labels and without training, and writes it as a qcfs node.
//
// For a pre-activation z of channel c, a spiking neuron with threshold theta
// can say theta / L * clip(floor(z L / theta + 1/2), 0, L), L = T. Methods:
//   max         theta = max z                                  (Diehl 2015)
//   percentile  theta = a percentile of the positive z     (Rueckauer 2017)
//   lloyd       theta that minimises E (qcfs(z) - relu(z))^2 on the data, by
//               theta <- theta E[relu(z) f] / E[f^2], f = qcfs(z)
//   ltb         theta += 2 c mean((z - theta) [z > theta]) batch by batch, each
//               layer seeing min(z, theta) of the one before (Bu, CVPR 2025)
//   bn          no data: z is taken as normal with the mean and variance that
//               BatchNorm learned; lloyd's fixed point on that distribution
// Bias correction: layer by layer the mean that quantisation (and, for a
// causal schedule, the unevenness of spike trains) shifts is put back into the
// bias, per channel.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/engine.h"

namespace nc {

enum class CalibrationMethod { max, percentile, lloyd, ltb, bn };
template <>
struct Names<CalibrationMethod> {
  static constexpr std::array<const char*, 5> names = {"max", "percentile",
                                                       "lloyd", "ltb", "bn"};
};

struct CalibrationOptions {
  CalibrationMethod method = CalibrationMethod::lloyd;
  double percentile = 99.9;
  int64_t timesteps = 8;      // T in use
  int64_t neuron_levels = 1;  // n of a neuron with payloads up to 2^n - 1
  bool per_layer = false;     // one threshold for all channels of a layer
  bool bias_correction = true;
  bool weight_correction = true;
  Schedule schedule = Schedule::exact;  // what bias correction simulates
  bool signed_neurons = false;          // under a causal schedule

  // L: how many levels an activation can tell apart.
  int64_t levels() const {
    return timesteps * ((int64_t{1} << neuron_levels) - 1);
  }
};

// Told before each activation: how many of how many are done.
using Progress = std::function<void(int64_t done, int64_t total)>;

// `batch` as the graph's input node holds it. Throws Error for a graph that is
// quantised or has neurons already. Needs LibTorch.
Graph calibrate(Graph graph, const Batch& batch,
                const CalibrationOptions& options, const Progress& progress);

// Method bn; needs no data and no LibTorch. Thresholds only.
Graph calibrate_from_batchnorm(Graph graph, const CalibrationOptions& options);

}  // namespace nc
