#include "passes/lower_pools.h"

#include <map>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/rewrite.h"
#include "passes/weighted.h"
#include "runtime/evaluate.h"

namespace nc {
namespace {

// The average pool with equal windows that does the same.
AvgPool equal_windows(const AdaptiveAvgPool& pool, const Shape& input) {
  Shape kernel;
  for (size_t i = 0; i < pool.output_size.size(); ++i) {
    if (input[i + 1] % pool.output_size[i] != 0) {
      throw Error("expected windows of equal size, found " +
                  std::to_string(input[i + 1]) + " cells in " +
                  std::to_string(pool.output_size[i]) + " windows");
    }
    kernel.push_back(input[i + 1] / pool.output_size[i]);
  }
  return {kernel, kernel, Shape(kernel.size(), 0)};
}

// What to multiply each window's sum by: both pools are asked about an image of
// ones, and average / sum is 1 / cells.
std::vector<double> factors(const AvgPool& pool, const SumPool& sum,
                            const Shape& input) {
  Graph graph;
  graph.nodes = {{"x", Input{input}, {}, {}},
                 {"average", pool, {"x"}, {}},
                 {"sum", sum, {"x"}, {}}};
  Evaluator<double> evaluator(graph);
  std::vector<double> ones(static_cast<size_t>(element_count(input)), 1);
  std::vector<double> average = evaluator.evaluate(1, {&ones}, 1);
  std::vector<double> total = evaluator.evaluate(2, {&ones}, 1);
  for (size_t i = 0; i < average.size(); ++i) average[i] /= total[i];
  return average;
}

void lower(Graph& graph, const std::string& name, const AvgPool& pool,
           const Shape& input, const Shape& output) {
  SumPool sum{pool.kernel, pool.stride, pool.padding, pool.ceil_mode};
  Tensor factor = compact(factors(pool, sum, input), output, false);
  graph.find(name)->op = sum;
  insert_after(graph, name, name + "_mean", Scale{factor, {}});
}

}  // namespace

Graph lower_pools(Graph graph) {
  const std::map<std::string, Shape> shapes = infer_shapes(graph);
  const Graph before = graph;
  for (const Node& node : before.nodes) {
    if (node.inputs.empty()) continue;
    const Shape& input = shapes.at(source_of(node.inputs[0]));
    const Shape& output = shapes.at(node.name);
    try {
      if (const auto* adaptive = std::get_if<AdaptiveAvgPool>(&node.op)) {
        lower(graph, node.name, equal_windows(*adaptive, input), input, output);
      } else if (const auto* pool = std::get_if<AvgPool>(&node.op)) {
        lower(graph, node.name, *pool, input, output);
      }
    } catch (const Error& error) {
      throw error.in("node '" + node.name + "'");
    }
  }
  return graph;
}

}  // namespace nc
