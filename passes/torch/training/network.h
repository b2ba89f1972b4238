// A network in training: the graph run forwards with gradients, as the torch
// engine runs it (a layer at a time with all its time steps in one batch), in
// chunks of time where memory asks for it.
//
// A chunk starts from the states that the one before has left. Learning in
// chunks goes forward once without gradients and keeps those states, then goes
// through the chunks from the last to the first, runs each again with gradients
// and hands on those of its states: the gradients of the whole, summed in
// another order.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "passes/torch/training/current_limit.h"
#include "passes/torch/training/slots.h"
#include "passes/torch/training/spike_train.h"
#include "passes/train.h"
#include "runtime/torch/evaluate.h"

namespace nc {

// What a run through all steps gives.
struct Trace {
  at::Tensor logits;    // [samples, outputs], in the source's units, f64
  at::Tensor activity;  // per spiking node: mean |spikes| of a neuron and step
};

class TrainableNetwork {
 public:
  using Loss = std::function<at::Tensor(const Trace&)>;

  TrainableNetwork(const Graph& graph, const TrainOptions& options);
  TrainableNetwork(const TrainableNetwork&) = delete;
  TrainableNetwork& operator=(const TrainableNetwork&) = delete;

  // The masters that are trained, and the running means, by name.
  std::vector<Slot*> trained();
  std::vector<Slot*> running();

  at::Tensor input_of(const Batch& batch) const;

  // input: [S, samples, ...], S = 1 or T. `training`: batch norms use and learn
  // the statistics of the batch.
  Trace forward(const at::Tensor& input, bool training);

  // Adds the loss's gradients to the masters' and gives loss and trace.
  std::pair<at::Tensor, Trace> learn(const at::Tensor& input, const Loss& loss);

  // Steps in a chunk for batches of so many samples.
  int64_t chunk_for(int64_t samples) const;

  // After the masters have changed.
  void keep_within_limits();

  // Throws Error when sums have outgrown the floats that hold them.
  void require_exact() const;

  // The first node whose values are not all finite; empty: none.
  std::string first_not_finite(const at::Tensor& input);

  Graph graph() const { return with_values(graph_, slots_); }

 private:
  struct NodeState {
    NeuronMemory memory;  // of an Li: its membrane
    at::Tensor previous;  // what feedback edges read
  };
  using State = std::vector<NodeState>;
  using Values = std::vector<at::Tensor>;  // [S, samples, ...] per node

  // Sums over steps.
  struct Totals {
    at::Tensor read;                   // f64
    std::vector<at::Tensor> activity;  // per spiking node, if it is wanted
  };

  static void add_to(at::Tensor& sum, const at::Tensor& more);

  void require_trainable() const;
  void choose_membrane_types();
  at::ScalarType scalar_type() const {  // of all else
    return c10::typeMetaToScalarType(evaluator_.options().dtype());
  }
  size_t trained_count() const;
  bool runs_in_bf16(const Op& op) const;
  void use_parameters();
  at::Tensor value(size_t node, const std::string& field) const;
  void run_chunk(const at::Tensor& input, int64_t first, int64_t count,
                 bool training, State& state, Totals& totals);
  void run_steps(const at::Tensor& input, int64_t count, bool training,
                 State& state, Totals& totals);
  at::Tensor value_of(size_t node, int64_t count, bool training,
                      const Values& values, State& state, Totals& totals);
  std::vector<at::Tensor> inputs_of(size_t node, const Values& values,
                                    const State& state) const;
  at::Tensor evaluate(size_t node, std::vector<at::Tensor> inputs,
                      bool training);
  at::Tensor evaluate_flat(size_t node, const std::vector<at::Tensor>& inputs,
                           bool training);
  at::Tensor in_bf16(size_t node, const at::Tensor& x) const;
  at::Tensor normalised(size_t node, const at::Tensor& x, bool training) const;
  at::Tensor fire(size_t node, const at::Tensor& current, int64_t count,
                  NodeState& state, Totals& totals) const;
  at::Tensor integrate(size_t node, const at::Tensor& z, int64_t count,
                       NodeState& state) const;
  void read_out(const at::Tensor& read, int64_t count, Totals& totals) const;
  Trace trace_of(const Totals& totals) const;
  void watch(size_t node, const at::Tensor& values);

  std::pair<at::Tensor, Trace> learn_in_chunks(const at::Tensor& input,
                                               const Loss& loss, int64_t chunk);
  void add(Totals& totals, const Totals& more) const;
  static State leaves(const State& state);
  State backward(const at::Tensor& input, int64_t first, int64_t count,
                 const State& border, const State& gradients,
                 const Totals& wanted);

  Graph graph_;
  TrainOptions options_;
  SurrogateShape surrogate_;
  bool integers_;
  bool exact_;
  bool feeds_back_ = false;
  int64_t steps_;
  std::vector<std::vector<Slot>> slots_;
  CurrentLimit current_limit_;
  TorchEvaluator evaluator_;
  size_t output_;
  double scale_;
  std::vector<std::vector<size_t>> sources_;
  std::vector<size_t> last_reader_;
  std::vector<at::ScalarType> membrane_types_;   // and of all that meets them
  std::vector<std::vector<at::Tensor>> values_;  // what the slots stand for
  bool watching_ = false;
  std::string not_finite_;
};

}  // namespace nc
