#include "passes/torch/calibrated.h"

#include "passes/rewrite.h"
#include "passes/weighted.h"

namespace nc {
namespace {

Tensor from_torch(const at::Tensor& values) {
  at::Tensor flat = values.to(at::kFloat).contiguous();
  const float* first = flat.data_ptr<float>();
  Shape shape = values.sizes().vec();
  return Tensor(shape, std::vector<float>(first, first + flat.numel()));
}

// The edge from a layer that nobody else reads, so that nc-fold can merge the
// correction into that layer's bias; else the first.
size_t edge_for_correction(const Graph& graph, const Node& node) {
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Node& source = graph.at(source_of(node.inputs[i]));
    bool adds = weighted(source.op).has_value() ||
                std::holds_alternative<BatchNorm>(source.op);
    if (adds && reader_names(graph, source.name).size() == 1) return i;
  }
  return 0;
}

void add_correction(Graph& graph, const std::string& name,
                    const Tensor& correction) {
  size_t edge = edge_for_correction(graph, graph.at(name));
  Tensor one({1}, std::vector<float>{1.0F});
  insert_on_edge(graph, name, edge, name + "_correction",
                 Scale{one, correction});
}

void add_to_weights(Node& layer, const at::Tensor& change) {
  Weighted parameters = *weighted(layer.op);
  std::vector<double> values = parameters.weight.to_doubles();
  at::Tensor flat = change.to(at::kDouble).flatten().contiguous();
  const double* more = flat.data_ptr<double>();
  for (size_t i = 0; i < values.size(); ++i) values[i] += more[i];
  layer.op =
      with_parameters(layer.op, float_tensor(parameters.weight.shape(), values),
                      parameters.bias);
}

}  // namespace

Graph with_findings(Graph graph, const std::vector<Finding>& findings,
                    int64_t levels) {
  for (const Finding& each : findings) {
    if (!each.layer.empty()) {
      add_to_weights(*graph.find(each.layer), each.weight);
    }
    if (each.threshold.defined()) {
      graph.find(each.node)->op = Qcfs{from_torch(each.threshold), levels};
    }
    if (each.correction.defined()) {
      add_correction(graph, each.node, from_torch(each.correction));
    }
  }
  return graph;
}

}  // namespace nc
