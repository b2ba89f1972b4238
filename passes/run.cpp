#include "passes/run.h"

#include "ir/error.h"
#include "ir/verify.h"

namespace nc {

Graph run_passes(Graph graph, const std::vector<Pass>& passes,
                 const Observer& observer) {
  require_valid(graph);
  for (const Pass& pass : passes) {
    graph = pass.apply(std::move(graph));
    try {
      require_valid(graph);
    } catch (const Error& error) {
      throw error.in("internal error: the graph is broken after pass '" +
                     pass.name + "'");
    }
    if (observer) observer(pass.name, graph);
  }
  return graph;
}

}  // namespace nc
