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
//   qcfs        lloyd's thresholds, from which training then goes on with
//               labels, weights and thresholds together (passes/train.h):
//               calibrate() gives its start, without corrections
// Two corrections make up for what quantisation (and, for a causal schedule,
// the unevenness of spike trains) does, layer by layer, each layer seeing the
// corrected ones before it:
//   bias    per channel, the mean current and then the mean output are brought
//           to the ANN's
//   weight  the layer in front of an activation is fitted anew to what it
//           receives now: dW and db that minimise
//             mean (y + dW x + db - t)^2 + lambda |dW|^2,
//           x the quantised input, y the pre-activation found, t the ANN's z
//           where z > 0 and min(y, 0) elsewhere (relu does not tell those
//           apart), in closed form (passes/torch/reconstruct.h; after Li et
//           al., ICML 2021, and Zhang et al., CVPR 2015); then, in place of
//           bias correction's two means, the shift of a tenth to six tenths of
//           theta / L, if any, that lowers the output's squared error. The
//           layer before the output is fitted to the ANN's outputs, t = z.
// A layer's weights change only where nothing but this activation reads it,
// batch norms between them included; another activation gets the mean current
// and the shift. What is written stays an ordinary ANN: weights, a scale node
// per correction, qcfs nodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/engine.h"
#include "runtime/processes.h"

namespace nc {

enum class CalibrationMethod { max, percentile, lloyd, ltb, bn, qcfs };
template <>
struct Names<CalibrationMethod> {
  static constexpr std::array<const char*, 6> names = {
      "max", "percentile", "lloyd", "ltb", "bn", "qcfs"};
};

struct CalibrationOptions {
  CalibrationMethod method = CalibrationMethod::lloyd;
  double percentile = 99.9;
  int64_t timesteps = 8;      // T in use
  int64_t neuron_levels = 1;  // n of a neuron with payloads up to 2^n - 1
  bool per_layer = false;     // one threshold for all channels of a layer
  bool bias_correction = true;
  bool weight_correction = true;
  Schedule schedule = Schedule::exact;  // what the corrections simulate
  bool signed_neurons = false;          // under a causal schedule
  // Each has its part of the samples; null: this process is alone.
  Processes* others = nullptr;

  // L: how many levels an activation can tell apart.
  int64_t levels() const {
    return timesteps * ((int64_t{1} << neuron_levels) - 1);
  }
};

// Told before each activation: how many of how many are done.
using Progress = std::function<void(int64_t done, int64_t total)>;

// `batch` as the graph's input node holds it. With several processes each gives
// the samples that dealt_to() deals it, and all get the same graph: that of one
// process with all samples, but for the order of sums. Throws Error for a graph
// that is quantised or has neurons already. Needs LibTorch.
Graph calibrate(Graph graph, const Batch& batch,
                const CalibrationOptions& options, const Progress& progress);

// Method bn; needs no data and no LibTorch. Thresholds only.
Graph calibrate_from_batchnorm(Graph graph, const CalibrationOptions& options);

}  // namespace nc
