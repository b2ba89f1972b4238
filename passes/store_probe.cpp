#include "passes/store_probe.h"

#include <algorithm>
#include <random>

#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/reference.h"

namespace nc {

Graph store_probe(Graph graph, const Batch& batch) {
  require_quantized(graph);
  Outputs outputs =
      make_reference_engine(graph)->run(batch, Wishes{.spikes = true});
  Shape shape = batch.shape;
  if (batch.steps != 1) shape.insert(shape.begin(), batch.steps);
  shape.insert(shape.begin(), batch.samples);
  std::vector<int64_t> values(batch.values.begin(), batch.values.end());
  graph.run.probe.input = integer_tensor(shape, values);
  graph.run.probe.spikes = spike_hashes(outputs);
  return graph;
}

Batch random_probe(const Graph& graph, int64_t samples) {
  const Input& input = std::get<Input>(graph.input().op);
  Batch batch{samples, 1, input.shape, {}};
  // minstd_rand and a modulus: the same numbers with every standard library.
  std::minstd_rand next(1);
  uint64_t count = static_cast<uint64_t>(input.high - input.low + 1);
  int64_t size = samples * element_count(input.shape);
  for (int64_t i = 0; i < size; ++i) {
    int64_t value = input.low + static_cast<int64_t>(next() % count);
    batch.values.push_back(static_cast<float>(value));
  }
  return batch;
}

Batch probe_batch(const Graph& graph) {
  const Tensor& stored = graph.run.probe.input;
  if (stored.empty()) throw Error("the graph holds no probe input");
  const Shape& shape = std::get<Input>(graph.input().op).shape;
  if (stored.shape().size() < shape.size() + 1 ||
      !std::equal(shape.rbegin(), shape.rend(), stored.shape().rbegin())) {
    throw Error("the probe has shape " + to_string(stored.shape()) +
                ", the input " + to_string(shape));
  }
  Batch batch{stored.size(0), 1, shape, {}};
  if (stored.shape().size() == shape.size() + 2) batch.steps = stored.size(1);
  for (double value : stored.to_doubles()) {
    batch.values.push_back(static_cast<float>(value));
  }
  return batch;
}

}  // namespace nc
