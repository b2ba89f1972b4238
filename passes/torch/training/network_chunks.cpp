#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "passes/torch/training/network.h"

namespace nc {
namespace {

bool has_batch_norm(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) {
                       return std::holds_alternative<BatchNorm>(node.op);
                     });
}

}  // namespace

int64_t TrainableNetwork::chunk_for(int64_t samples) const {
  if (exact_ || has_batch_norm(graph_)) return steps_;
  if (options_.time_chunk > 0) return std::min(options_.time_chunk, steps_);
  constexpr int64_t kOfNeuron = 5;  // v, spikes, sums and what they are made of
  constexpr int64_t kOfOther = 2;
  int64_t elements = 0;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    int64_t copies = as_neuron(graph_.nodes[i].op) ? kOfNeuron : kOfOther;
    elements += copies * element_count(evaluator_.shape(i));
  }
  auto size = static_cast<int64_t>(evaluator_.options().dtype().itemsize());
  int64_t step = elements * size * samples;
  return std::clamp<int64_t>((options_.megabytes << 20) / step, 1, steps_);
}

std::pair<at::Tensor, Trace> TrainableNetwork::learn(const at::Tensor& input,
                                                     const Loss& loss) {
  int64_t chunk = chunk_for(input.size(1));
  if (chunk < steps_) return learn_in_chunks(input, loss, chunk);
  Trace trace = forward(input, /*training=*/true);
  at::Tensor value = loss(trace);
  value.backward();
  return {value.detach(), {trace.logits.detach(), {}}};
}

std::pair<at::Tensor, Trace> TrainableNetwork::learn_in_chunks(
    const at::Tensor& input, const Loss& loss, int64_t chunk) {
  std::vector<State> borders;
  Totals totals;
  {
    at::NoGradGuard guard;
    use_parameters();
    State state(graph_.nodes.size());
    for (int64_t first = 0; first < steps_; first += chunk) {
      borders.push_back(state);
      Totals part;
      int64_t count = std::min(chunk, steps_ - first);
      run_chunk(input, first, count, true, state, part);
      add(totals, part);
    }
  }
  totals.read = totals.read.detach().requires_grad_();
  for (at::Tensor& each : totals.activity) {
    if (each.defined()) each = each.detach().requires_grad_();
  }
  Trace trace = trace_of(totals);
  at::Tensor value = loss(trace);
  value.backward();
  Totals wanted{totals.read.grad(), {}};
  for (const at::Tensor& each : totals.activity) {
    wanted.activity.push_back(each.defined() ? each.grad() : at::Tensor());
  }
  State gradients(graph_.nodes.size());
  for (size_t k = borders.size(); k-- > 0;) {
    int64_t first = static_cast<int64_t>(k) * chunk;
    int64_t count = std::min(chunk, steps_ - first);
    gradients = backward(input, first, count, borders[k], gradients, wanted);
    if (graph_.run.readout == Readout::membrane) wanted.read = at::Tensor();
  }
  return {value.detach(), {trace.logits.detach(), {}}};
}

void TrainableNetwork::add(Totals& totals, const Totals& more) const {
  if (graph_.run.readout == Readout::membrane) totals.read = at::Tensor();
  add_to(totals.read, more.read);
  totals.activity.resize(more.activity.size());
  for (size_t i = 0; i < more.activity.size(); ++i) {
    if (more.activity[i].defined()) {
      add_to(totals.activity[i], more.activity[i]);
    }
  }
}

// The same state, as the start of gradients.
TrainableNetwork::State TrainableNetwork::leaves(const State& state) {
  State result = state;
  for (NodeState& each : result) {
    for (at::Tensor* value : {&each.memory.membrane, &each.previous}) {
      if (value->defined()) *value = value->detach().requires_grad_();
    }
  }
  return result;
}

// Runs one chunk with gradients; `gradients` are those of the state that it
// leaves. Gives those of the state that it starts from.
TrainableNetwork::State TrainableNetwork::backward(const at::Tensor& input,
                                                   int64_t first, int64_t count,
                                                   const State& border,
                                                   const State& gradients,
                                                   const Totals& wanted) {
  use_parameters();
  State start = leaves(border);
  State state = start;
  Totals part;
  run_chunk(input, first, count, true, state, part);
  std::vector<at::Tensor> roots, slopes;
  auto ask = [&](const at::Tensor& root, const at::Tensor& slope) {
    if (!root.defined() || !root.requires_grad() || !slope.defined()) return;
    roots.push_back(root);
    slopes.push_back(slope);
  };
  ask(part.read, wanted.read);
  for (size_t i = 0; i < part.activity.size(); ++i) {
    ask(part.activity[i], wanted.activity[i]);
  }
  for (size_t i = 0; i < state.size(); ++i) {
    ask(state[i].memory.membrane, gradients[i].memory.membrane);
    ask(state[i].previous, gradients[i].previous);
  }
  torch::autograd::backward(roots, slopes);
  State result(state.size());
  for (size_t i = 0; i < state.size(); ++i) {
    if (start[i].memory.membrane.defined()) {
      result[i].memory.membrane = start[i].memory.membrane.grad();
    }
    if (start[i].previous.defined()) {
      result[i].previous = start[i].previous.grad();
    }
  }
  return result;
}

}  // namespace nc
