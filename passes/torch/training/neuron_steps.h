// A layer of neurons over all its steps, forwards and backwards, block by block
// so that membranes stay in cache: written as one pass over memory each, where
// a formula of tensors would take dozens. Rules as in runtime/neuron.h,
// derivatives as in passes/train.h. Knows nothing of tensors.
#pragma once

#include <cstdint>

#include "ir/ops.h"
#include "passes/train.h"

namespace nc {

struct SurrogateShape {
  Surrogate kind = Surrogate::atan;
  double width = 1;  // in units of theta
};

// What a layer's neurons have in common; as in Neuron, and how it is trained.
struct NeuronForm {
  Reset reset = Reset::subtract;
  double reset_value = 0;
  bool is_signed = false;
  bool strict = false;
  int64_t levels = 1;
  int64_t membrane_bits = 0;
  bool leaks = false;
  bool integers = false;  // decay counts in 1/4096, leaks round towards zero
  bool detach_reset = false;
  SurrogateShape surrogate;
};

// Values at [t][sample][element]; steps of a current may be 0 apart (the same
// current at each), and where a pointer may be null that is said.
template <class Real>
struct NeuronTrain {
  int64_t steps = 0;
  int64_t samples = 0;
  int64_t elements = 0;
  const Real* threshold = nullptr;  // [element]
  const Real* decay = nullptr;      // [element]; null without a leak
  const Real* current = nullptr;
  int64_t current_stride = 0;
  const Real* start = nullptr;  // membranes before the first step
  Real* net_count = nullptr;    // [sample][element], signed neurons
  Real* membranes = nullptr;    // after input, before the reset
  Real* spikes = nullptr;
  Real* end = nullptr;  // membranes after the last reset; forwards only
};

template <class Real>
struct NeuronGradients {
  const Real* spikes = nullptr;  // null: none
  const Real* end = nullptr;     // null: none
  Real* current = nullptr;       // with the train's current_stride
  Real* start = nullptr;
  Real* threshold = nullptr;  // [element]; null: not wanted
  Real* decay = nullptr;      // [element]; null: not wanted
};

inline constexpr int64_t kNeuronBlock = 512;

// Elements [first, last) of all samples; at most kNeuronBlock of them.
void run_neurons(const NeuronForm& form, const NeuronTrain<float>& train,
                 int64_t first, int64_t last);
void run_neurons(const NeuronForm& form, const NeuronTrain<double>& train,
                 int64_t first, int64_t last);

// `net_count` is that behind the last step, and is left as it was before the
// first. Adds to the gradients of current (where the stride is 0), threshold
// and decay.
void run_neurons_backwards(const NeuronForm& form,
                           const NeuronTrain<float>& train,
                           const NeuronGradients<float>& gradients,
                           int64_t first, int64_t last);
void run_neurons_backwards(const NeuronForm& form,
                           const NeuronTrain<double>& train,
                           const NeuronGradients<double>& gradients,
                           int64_t first, int64_t last);

}  // namespace nc
