// Training: changes the parameters of a network by gradient descent on labelled
// data, each network as it runs.
//
//   ANN            ordinary training; what nc-calibrate --method qcfs does
//   spiking graph  backpropagation through the T steps (BPTT), or through the
//                  counts under the exact schedule (pipelined is the causal one
//                  shifted, so it has the same gradients)
//   quantised      the forward pass is the integer network: parameters are kept
//                  as real numbers and rounded on the way in,
//                    p = clamp(round(master / unit), -(2^(bits-1)-1), ...),
//                  with the gradient of the identity ("straight through"), so
//                  that what is trained is what is written
//
// Activations and their gradients, with theta per neuron group:
//   qcfs    y = theta/L floor(clamp(x/theta, 0, 1) L + 1/2)
//           dy/dx     = 1 for 0 <= x <= theta, else 0
//           dy/dtheta = q - x/theta for 0 <= x <= theta (q = y/theta), 1 above,
//                       0 below: what autograd makes of y with the floor's
//                       gradient taken as 1 (LSQ's form)
//   count   (exact schedule)  n = clip(floor((sum z + v(0)) / theta), 0, most)
//           dn/dz     = 1/theta for 0 <= sum z / theta <= most, else 0
//           dn/dtheta = -(sum z) / theta^2 there, else 0
//   neuron  s as in runtime/neuron.h;  ds/dv = g(u) / theta,
//           ds/dtheta = -g(u) v / theta^2, where u = v/theta - k is the
//           distance to the nearest level k = 1 ... 2^n - 1 (k = 1 for n = 1);
//           a signed neuron that may take back a spike adds g(v/theta)
// Resets are differentiated as they stand (v - theta s; (1 - s) v), or with s
// as a constant (detach_reset). Membranes that saturate pass no gradient on.
//
// Surrogates g, of width w in units of theta (default in brackets):
//   atan          1/w / (1 + (pi u / w)^2)                     [1]
//   sigmoid       1/w S(u/w) (1 - S(u/w)), S the logistic function     [0.25]
//   triangle      1/w max(0, 1 - |u| / w)                      [1]
//   fast-sigmoid  1 / (1 + |u| / w)^2                          [0.1]
//   rectangle     1/w for |u| <= w/2, else 0                   [1]
// (atan: Fang et al., ICCV 2021; fast sigmoid: Zenke, Ganguli 2018; triangle:
// Esser et al. 2016; rectangle: Wu et al. 2018. QCFS: Bu et al., ICLR 2022.)
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "runtime/engine.h"
#include "runtime/processes.h"

namespace nc {

enum class Surrogate { atan, sigmoid, triangle, fast_sigmoid, rectangle };
template <>
struct Names<Surrogate> {
  static constexpr std::array<const char*, 5> names = {
      "atan", "sigmoid", "triangle", "fast-sigmoid", "rectangle"};
};

enum class OptimizerKind { sgd, adamw };
template <>
struct Names<OptimizerKind> {
  static constexpr std::array<const char*, 2> names = {"sgd", "adamw"};
};

// Of the learning rate: lr/2 (1 + cos(pi s / S)) at step s of S, or lr.
enum class LearningCurve { cosine, constant };
template <>
struct Names<LearningCurve> {
  static constexpr std::array<const char*, 2> names = {"cosine", "constant"};
};

// Of convolutions, affine layers and the values between them, which batch
// norms, sums and activations take to f32 and back; everything else is f32 (f64
// where the integers of a network need it).
enum class Precision { f32, bf16 };
template <>
struct Names<Precision> {
  static constexpr std::array<const char*, 2> names = {"f32", "bf16"};
};

struct TrainOptions {
  int64_t epochs = 10;
  int64_t steps_per_epoch = 0;
  OptimizerKind optimizer = OptimizerKind::sgd;
  double learning_rate = 0.01;
  double momentum = 0.9;  // of sgd
  double weight_decay = 5e-4;
  LearningCurve curve = LearningCurve::cosine;
  double warmup_epochs = 0;  // the learning rate grows from 0 before the curve
  double clip = 0;           // largest norm of all gradients; 0: any
  int threads = 4;           // the same number gives the same bytes
  // Each learns from its part of every batch; null: this process is alone.
  Processes* others = nullptr;
  Precision precision = Precision::f32;
  bool channels_last = false;

  // loss = (1 - distill) cross entropy + distill tau^2 KL(teacher || network)
  //        + rate_weight mean over layers (|spikes| per step - rate_target)^2
  double label_smoothing = 0;
  double distill = 0;
  double temperature = 4;  // tau, of both softmaxes of KL
  double rate_target = 0;
  double rate_weight = 0;

  // Spiking graphs.
  Surrogate surrogate = Surrogate::atan;
  double width = 0;  // 0: the surrogate's own
  bool detach_reset = false;
  bool train_thresholds = false;  // those of qcfs always are
  bool train_leaks = false;
  bool from_scratch = false;  // fresh weights (Kaiming, uniform) from the seed
  int64_t seed = 0;
  // Of a quantised graph, as QuantizeOptions has it; 0: none.
  int64_t current_limit = 0;
  // Steps whose activations are kept at once; the others are computed anew for
  // the backward pass. 0: as many as `megabytes` hold, by an estimate.
  int64_t time_chunk = 0;
  int64_t megabytes = 4096;

  // Where to write checkpoints (empty: nowhere), and how often.
  std::string checkpoint;  // folder, which must exist
  int64_t checkpoint_steps = 0;
  double checkpoint_minutes = 10;
  bool resume = false;
  // What a checkpoint must agree with to be resumed: options, data.
  std::vector<std::pair<std::string, std::string>> identity;
};

// A batch of training, as the graph's input node holds it.
struct TrainBatch {
  Batch input;
  std::vector<int64_t> labels;
  std::vector<double> teacher;  // logits [samples, outputs], when distilling
  int64_t of = 0;  // samples of the step in all processes; 0: these are all
};

struct StepReport {
  int64_t epoch = 0;  // from 0
  int64_t step = 0;   // from 0, of all steps
  double loss = 0;
  double accuracy = 0;  // on this batch
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
};

struct EpochReport {
  int64_t epoch = 0;  // how many are done; 0: before training
  double loss = 0;    // means over the epoch
  double accuracy = 0;
  double validation = 0;  // accuracy of the network as it would be written
};

// `batch` must depend on nothing but its arguments: this is what makes
// resuming exact. The others may be empty; without `validate` the last epoch's
// network is the result, else the best one's, the later of equals.
struct TrainCallbacks {
  std::function<TrainBatch(int64_t epoch, int64_t step)> batch;
  std::function<double(const Graph&)> validate;
  std::function<void(const StepReport&)> on_step;
  std::function<void(const EpochReport&)> on_epoch;
  std::function<bool()> stop;  // asked after each step
  // Told of a checkpoint: its step, and how many processes had done it.
  std::function<void(int64_t step, int64_t processes)> on_resume;
};

struct TrainResult {
  Graph graph;
  bool finished = false;  // false: stopped; `graph` is the input
  int64_t steps = 0;      // done, of epochs * steps_per_epoch
  int64_t first = 0;      // the step that was resumed from
  int64_t best_epoch = 0;
  double best = 0;  // validation accuracies
  double before = 0;
};

// Throws Error for a graph that cannot be trained (the node is named), for a
// checkpoint of another training, and when a loss or gradient is not finite
// (step and node are named). Needs LibTorch.
TrainResult train(Graph graph, const TrainOptions& options,
                  const TrainCallbacks& callbacks);

// Of one batch, for comparison with other programs: the loss, and per parameter
// ("conv1.weight") its value and dloss/dvalue, in the graph's own units.
struct Gradients {
  struct Entry {
    std::string name;
    Shape shape;
    std::vector<double> value;
    std::vector<double> gradient;
  };
  double loss = 0;
  std::vector<double> logits;
  std::vector<Entry> entries;
};

Gradients gradients(const Graph& graph, const TrainOptions& options,
                    const TrainBatch& batch);

}  // namespace nc
