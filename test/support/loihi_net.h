// Small quantised networks with random weights, and the Loihi engine beside the
// reference engine on them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/engine.h"

namespace nc::test {

// A quantised network, node after node; each reads the one before unless told
// otherwise.
class Net {
 public:
  explicit Net(Shape shape, int64_t low = 0, int64_t high = 63, int seed = 1)
      : random_(static_cast<unsigned>(seed)) {
    graph_.name = "net";
    graph_.run.timesteps = 6;
    add("in", Input{std::move(shape), 1.0, low, high}, {});
  }

  Net& add(const std::string& name, Op op, std::vector<std::string> inputs) {
    graph_.nodes.push_back({name, std::move(op), std::move(inputs), {}});
    return *this;
  }

  Net& add(const std::string& name, Op op) {
    return add(name, std::move(op), {graph_.nodes.back().name});
  }

  Tensor draw(Shape shape, int64_t low, int64_t high) {
    std::uniform_int_distribution<int64_t> uniform(low, high);
    std::vector<int64_t> values(static_cast<size_t>(element_count(shape)));
    for (int64_t& value : values) value = uniform(random_);
    return integer_tensor(std::move(shape), values);
  }

  Tensor weight(Shape shape) { return draw(std::move(shape), -50, 50); }
  Tensor bias(int64_t size) { return draw({size}, -90, 90); }

  // Thresholds per channel, about as large as the currents of the tests.
  Neuron neuron(int64_t channels, int64_t low = 40, int64_t high = 400) {
    Neuron made;
    made.threshold = draw({channels}, low, high);
    return made;
  }

  If fires(int64_t channels, int64_t low = 40, int64_t high = 400) {
    return If{neuron(channels, low, high)};
  }

  Affine affine(int64_t in, int64_t out) {
    return {weight({out, in}), bias(out)};
  }

  Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t padding) {
    Conv2d op;
    op.weight = weight({out, in, kernel, kernel});
    op.bias = bias(out);
    op.padding = {padding, padding};
    return op;
  }

  Net& schedule(Schedule schedule) {
    graph_.run.schedule = schedule;
    return *this;
  }

  Graph& graph() { return graph_; }

  Graph finish() {
    if (!graph_.find("out")) add("out", Output{0.125});
    return graph_;
  }

 private:
  Graph graph_;
  std::mt19937 random_;
};

// Random inputs, three in ten of them 0.
Batch batch_for(const Graph& graph, int64_t samples, int64_t steps,
                int seed = 3);

// Outputs by step, counts, trains.
inline constexpr Wishes kAll = {true, true, true};

Outputs run_loihi(const Graph& graph, const Batch& batch, int threads = 1);

// Outputs, counts and trains.
void require_equal(const Outputs& loihi, const Outputs& reference);

// Runs both engines; every layer must spike, else the test shows nothing.
Outputs check_equal(const Graph& graph, int64_t steps = 1);

// The same, and nothing saturates.
void check_exact(const Graph& graph, int64_t steps = 1);

// Input [20], three layers, 5 outputs; input [2, 8, 8], a residual block whose
// skip has a scale, sum pool, 4 outputs.
Graph loihi_mlp();
Graph loihi_residual(int seed = 1);

}  // namespace nc::test
