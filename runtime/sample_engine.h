// An engine that takes one sample at a time through a network, node by node and
// step by step, as the rules are written down; it is what the reference engine
// is made of.
//
// Evaluator computes the ops without memory (runtime/evaluate.h is one); its
// `number` is the type of all values.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/engine.h"
#include "runtime/evaluate.h"
#include "runtime/neuron.h"
#include "runtime/parallel.h"

namespace nc {

template <class Number>
using Inputs = std::vector<const Values<Number>*>;

// A tensor spread over the neurons it is given for.
template <class Number>
Values<Number> per_neuron(const Tensor& tensor, const Shape& shape) {
  size_t count = static_cast<size_t>(element_count(shape));
  size_t group = static_cast<size_t>(group_size(tensor, shape));
  std::vector<double> values = tensor.to_doubles();
  Values<Number> spread(count);
  for (size_t i = 0; i < count; ++i) {
    spread[i] = static_cast<Number>(values[i / group]);
  }
  return spread;
}

// The constants of a node with memory, one entry per neuron.
template <class Number>
struct Memory {
  Values<Number> threshold;   // empty for Li
  Values<Number> decay;       // empty for If
  std::vector<size_t> delay;  // of Delay alone, in steps
};

template <class Number>
Memory<Number> memory_of(const Node& node, const Shape& shape) {
  return std::visit(
      Overload{
          [&](const If& op) -> Memory<Number> {
            return {per_neuron<Number>(op.threshold, shape), {}, {}};
          },
          [&](const Lif& op) -> Memory<Number> {
            return {per_neuron<Number>(op.threshold, shape),
                    per_neuron<Number>(op.decay, shape),
                    {}};
          },
          [&](const Li& op) -> Memory<Number> {
            return {{}, per_neuron<Number>(op.decay, shape), {}};
          },
          [&](const Delay& op) -> Memory<Number> {
            return {{}, {}, per_neuron<size_t>(op.steps, shape)};
          },
          [](const auto&) { return Memory<Number>{}; },
      },
      node.op);
}

// How each node finds what it reads.
struct Edges {
  std::vector<size_t> sources;
  std::vector<bool> feedback;
};

inline std::vector<Edges> edges_of(const Graph& graph) {
  std::vector<Edges> edges;
  for (const Node& node : graph.nodes) {
    Edges each;
    for (const std::string& input : node.inputs) {
      each.sources.push_back(index_of(graph, source_of(input)));
      each.feedback.push_back(is_feedback(input));
    }
    edges.push_back(std::move(each));
  }
  return edges;
}

inline bool has_feedback(const std::vector<Edges>& edges) {
  return std::any_of(edges.begin(), edges.end(), [](const Edges& each) {
    return std::count(each.feedback.begin(), each.feedback.end(), true) > 0;
  });
}

template <class Evaluator>
class SampleEngine : public Engine {
  using Number = typename Evaluator::number;

 public:
  SampleEngine(std::string name, const Graph& graph, int threads)
      : name_(std::move(name)),
        graph_(graph),
        threads_(threads),
        steps_(std::max<int64_t>(graph.run.timesteps, 1)),
        exact_(is_spiking(graph) && graph.run.schedule == Schedule::exact),
        evaluator_(graph_),
        edges_(edges_of(graph_)),
        feeds_back_(has_feedback(edges_)),
        output_(index_of(graph_, graph_.output().name)),
        scale_(std::get<Output>(graph_.output().op).scale) {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      memories_.push_back(
          memory_of<Number>(graph_.nodes[i], evaluator_.shape(i)));
    }
    require_window_form(graph_);
  }

  std::string name() const override { return name_; }

  Outputs run(const Batch& batch, const Wishes& wishes) override {
    require_fit(graph_, batch);
    Outputs outputs = prepare(batch, wishes);
    std::vector<Counts> counts(static_cast<size_t>(batch.samples));
    parallel_for(batch.samples, threads_, [&](int64_t sample) {
      Sample state(*this, batch, sample, outputs, wishes);
      state.counts.resize(graph_.nodes.size());
      exact_ ? state.run_window() : state.run_steps();
      counts[static_cast<size_t>(sample)] = std::move(state.counts);
    });
    add_counts(outputs, counts);
    return outputs;
  }

 private:
  struct Count {
    int64_t spikes = 0;
    int64_t events = 0;
  };
  using Counts = std::vector<Count>;

  bool is_train(size_t node) const {
    return as_neuron(graph_.nodes[node].op) != nullptr;
  }

  Outputs prepare(const Batch& batch, const Wishes& wishes) const {
    Outputs outputs;
    outputs.samples = batch.samples;
    outputs.shape = evaluator_.shape(output_);
    size_t count =
        static_cast<size_t>(batch.samples * element_count(outputs.shape));
    outputs.values.resize(count);
    if (wishes.by_step && !exact_) {
      outputs.by_step.resize(count * static_cast<size_t>(steps_));
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!is_train(i)) continue;
      int64_t neurons = element_count(evaluator_.shape(i));
      outputs.layers.push_back({graph_.nodes[i].name, neurons, 0, 0});
      if (!wishes.spikes && !wishes.membranes) continue;
      Train& train = outputs.trains[graph_.nodes[i].name];
      train.steps = exact_ ? 1 : steps_;
      train.neurons = neurons;
      size_t size = static_cast<size_t>(batch.samples * train.steps * neurons);
      train.spikes.resize(size);
      if (wishes.membranes) train.membrane.resize(size);
    }
    return outputs;
  }

  void add_counts(Outputs& outputs, const std::vector<Counts>& counts) const {
    for (LayerCount& layer : outputs.layers) {
      size_t node = index_of(graph_, layer.name);
      for (const Counts& each : counts) {
        layer.spikes += each[node].spikes;
        layer.events += each[node].events;
      }
    }
  }

  // One sample on its way through the network.
  struct Sample {
    Sample(const SampleEngine& e, const Batch& b, int64_t s, Outputs& o,
           const Wishes& w)
        : engine(e), batch(b), sample(s), outputs(o), wishes(w) {
      values.resize(e.graph_.nodes.size());
      previous.resize(e.graph_.nodes.size());
      states.resize(e.graph_.nodes.size());
      pasts.resize(e.graph_.nodes.size());
      for (size_t i = 0; i < states.size(); ++i) start(i);
    }

    void start(size_t node) {
      size_t count =
          static_cast<size_t>(element_count(engine.evaluator_.shape(node)));
      previous[node].resize(count);
      const Memory<Number>& memory = engine.memories_[node];
      if (memory.threshold.empty() && memory.decay.empty()) return;
      states[node].resize(count);
      const Neuron* neuron = as_neuron(engine.graph_.nodes[node].op);
      for (size_t i = 0; neuron && i < count; ++i) {
        states[node][i].membrane =
            initial_membrane(*neuron, memory.threshold[i]);
      }
    }

    Values<Number> input(int64_t step) const {
      size_t count = static_cast<size_t>(element_count(batch.shape));
      int64_t row = sample * batch.steps + (batch.steps == 1 ? 0 : step);
      auto first =
          batch.values.begin() + static_cast<std::ptrdiff_t>(count) * row;
      Values<Number> now(count);
      std::transform(first, first + static_cast<std::ptrdiff_t>(count),
                     now.begin(),
                     [](float x) { return static_cast<Number>(x); });
      return now;
    }

    Values<Number> input_over_window() const {
      Values<Number> total = input(0);
      for (int64_t step = 1; step < engine.steps_; ++step) {
        Values<Number> more = input(step);
        for (size_t i = 0; i < total.size(); ++i) total[i] += more[i];
      }
      return total;
    }

    Inputs<Number> inputs_of(size_t node) const {
      Inputs<Number> inputs;
      const Edges& edges = engine.edges_[node];
      for (size_t i = 0; i < edges.sources.size(); ++i) {
        size_t source = edges.sources[i];
        inputs.push_back(edges.feedback[i] ? &previous[source]
                                           : &values[source]);
      }
      return inputs;
    }

    void run_steps() {
      Values<Number> total;
      for (int64_t step = 0; step < engine.steps_; ++step) {
        for (size_t node = 0; node < values.size(); ++node) {
          values[node] = step_node(node, step);
        }
        read_out(values[engine.output_], step, total);
        if (engine.feeds_back_) previous = values;
      }
    }

    Values<Number> step_node(size_t node, int64_t step) {
      const Op& op = engine.graph_.nodes[node].op;
      if (std::holds_alternative<Input>(op)) return input(step);
      if (std::holds_alternative<Li>(op)) return leak_and_add(node);
      if (std::holds_alternative<Delay>(op)) return delayed(node);
      if (const Neuron* neuron = as_neuron(op)) {
        return fire_all(node, *neuron, step);
      }
      return engine.evaluator_.evaluate(node, inputs_of(node), 1);
    }

    Values<Number> leak_and_add(size_t node) {
      Values<Number> z = Evaluator::sum(inputs_of(node));
      const Values<Number>& decay = engine.memories_[node].decay;
      for (size_t i = 0; i < z.size(); ++i) {
        Number& v = states[node][i].membrane;
        v = leaked(v, decay[i]) + z[i];
        z[i] = v;
      }
      return z;
    }

    Values<Number> delayed(size_t node) {
      Values<Number> z = Evaluator::sum(inputs_of(node));
      const std::vector<size_t>& delay = engine.memories_[node].delay;
      std::deque<Values<Number>>& past = pasts[node];  // latest first
      past.push_front(z);
      size_t longest = 0;
      for (size_t i = 0; i < z.size(); ++i) {
        z[i] = delay[i] < past.size() ? past[delay[i]][i] : Number{0};
        longest = std::max(longest, delay[i]);
      }
      if (past.size() > longest) past.pop_back();
      return z;
    }

    Values<Number> fire_all(size_t node, const Neuron& neuron, int64_t step) {
      Values<Number> z = Evaluator::sum(inputs_of(node));
      const Memory<Number>& memory = engine.memories_[node];
      for (size_t i = 0; i < z.size(); ++i) {
        NeuronState<Number>& state = states[node][i];
        if (!memory.decay.empty()) {
          state.membrane = leaked(state.membrane, memory.decay[i]);
        }
        int64_t spike = fire(neuron, memory.threshold[i], z[i], state);
        record(node, step, i, spike, state.membrane);
        z[i] = static_cast<Number>(spike);
      }
      return z;
    }

    void run_window() {
      Number steps = static_cast<Number>(engine.steps_);
      for (size_t node = 0; node < values.size(); ++node) {
        const Op& op = engine.graph_.nodes[node].op;
        if (std::holds_alternative<Input>(op)) {
          values[node] = input_over_window();
        } else if (const Neuron* neuron = as_neuron(op)) {
          values[node] = count_all(node, *neuron);
        } else {
          values[node] =
              engine.evaluator_.evaluate(node, inputs_of(node), steps);
        }
      }
      Values<Number> total;
      read_out(values[engine.output_], engine.steps_ - 1, total);
    }

    Values<Number> count_all(size_t node, const Neuron& neuron) {
      Values<Number> z = Evaluator::sum(inputs_of(node));
      const Values<Number>& threshold = engine.memories_[node].threshold;
      for (size_t i = 0; i < z.size(); ++i) {
        int64_t count = exact_count(neuron, threshold[i], z[i], engine.steps_);
        Number rest = z[i] + initial_membrane(neuron, threshold[i]) -
                      threshold[i] * static_cast<Number>(count);
        record(node, 0, i, count, rest);
        z[i] = static_cast<Number>(count);
      }
      return z;
    }

    void record(size_t node, int64_t step, size_t neuron, int64_t spike,
                Number membrane) {
      counts[node].spikes += std::abs(spike);
      counts[node].events += spike != 0;
      if (!wishes.spikes && !wishes.membranes) return;
      Train& train = outputs.trains.at(engine.graph_.nodes[node].name);
      size_t at =
          static_cast<size_t>((sample * train.steps + step) * train.neurons) +
          neuron;
      train.spikes[at] = static_cast<int32_t>(spike);
      if (wishes.membranes) train.membrane[at] = static_cast<double>(membrane);
    }

    // The readout over the steps so far; the mean over them, so that it is
    // comparable with the ANN's output.
    void read_out(const Values<Number>& now, int64_t step,
                  Values<Number>& total) {
      bool membrane = engine.graph_.run.readout == Readout::membrane;
      total.resize(now.size());
      double scale = engine.scale_;
      if (!membrane) scale /= static_cast<double>(step + 1);
      size_t first = static_cast<size_t>(sample) * now.size();
      for (size_t i = 0; i < now.size(); ++i) {
        total[i] = membrane ? now[i] : static_cast<Number>(total[i] + now[i]);
        double value = static_cast<double>(total[i]) * scale;
        outputs.values[first + i] = value;
        if (outputs.by_step.empty()) continue;
        outputs.by_step[static_cast<size_t>(step) * outputs.values.size() +
                        first + i] = value;
      }
    }

    const SampleEngine& engine;
    const Batch& batch;
    int64_t sample;
    Outputs& outputs;
    const Wishes& wishes;
    Counts counts;
    std::vector<Values<Number>> values;    // of this step, per node
    std::vector<Values<Number>> previous;  // of the step before
    std::vector<std::vector<NeuronState<Number>>> states;
    std::vector<std::deque<Values<Number>>> pasts;  // of Delay nodes
  };

  std::string name_;
  Graph graph_;
  int threads_;
  int64_t steps_;
  bool exact_;
  Evaluator evaluator_;
  std::vector<Edges> edges_;
  bool feeds_back_;
  std::vector<Memory<Number>> memories_;
  size_t output_;
  double scale_;
};

}  // namespace nc
