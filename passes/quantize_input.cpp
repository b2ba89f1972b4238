#include "passes/quantize_input.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"
#include "passes/rewrite.h"

namespace nc {
namespace {

// Step and limits of the integers that stand for the range.
Input quantized(Input input, const StoredRange& range, int64_t bits) {
  int64_t count = int64_t{1} << bits;
  if (range.whole) {
    input.step = 1;
    input.low = static_cast<int64_t>(range.low);
    input.high = static_cast<int64_t>(range.high);
  } else if (range.low >= 0) {
    input.step = range.high / static_cast<double>(count - 1);
    input.low = 0;
    input.high = count - 1;
  } else {
    double reach = std::max(-range.low, range.high);
    input.step = reach / static_cast<double>(count / 2 - 1);
    input.low = -(count / 2 - 1);
    input.high = count / 2 - 1;
  }
  return input;
}

}  // namespace

Graph quantize_input(Graph graph, int64_t bits) {
  Node* node = graph.find(graph.input().name);
  const StoredRange& range = graph.run.range;
  if (!graph.run.preprocessing.is_identity()) {
    throw Error("node '" + node->name +
                "': the preprocessing is not folded: run nc-fold");
  }
  if (range.low == range.high) {
    throw Error("node '" + node->name +
                "': the range of the input is not known: calibrate with " +
                "--data, or give --input-range LOW:HIGH");
  }
  Input input = quantized(std::get<Input>(node->op), range, bits);
  node->op = input;
  if (input.step == 1) return graph;
  Tensor step({1}, std::vector<float>{static_cast<float>(input.step)});
  insert_after(graph, node->name, node->name + "_step", Scale{step, {}});
  return graph;
}

}  // namespace nc
