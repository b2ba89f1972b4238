#include "runtime/cpu/float_engine.h"

#include <algorithm>
#include <optional>

#include "ir/shapes.h"
#include "runtime/cpu/convolution.h"
#include "runtime/sample_engine.h"

namespace nc {
namespace {

// Convolutions and affine ops by oneDNN, all others as plain loops.
class FastEvaluator : public Evaluator<float> {
 public:
  explicit FastEvaluator(const Graph& graph)
      : Evaluator<float>(graph),
        fast_(graph.nodes.size()),
        quantised_(graph.nodes.size()) {
    std::map<std::string, Shape> shapes = infer_shapes(graph);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      if (node.inputs.empty()) continue;
      const Shape& in = shapes.at(source_of(node.inputs.front()));
      std::visit([&](const auto& op) { prepare(i, op, in); }, node.op);
    }
  }

  Values<float> evaluate(size_t node,
                         const std::vector<const Values<float>*>& inputs,
                         float steps) const {
    const std::optional<Fast>& fast = fast_[node];
    if (!fast && !quantised_[node].threshold.empty()) {
      return quantised(quantised_[node], sum(inputs));
    }
    if (!fast) return Evaluator<float>::evaluate(node, inputs, steps);
    Values<float> x = sum(inputs);
    Values<float> in(x.size()), out(fast->to.size());
    for (size_t i = 0; i < x.size(); ++i) {
      in[static_cast<size_t>(fast->from[i])] = x[i];
    }
    ConvolutionThreads threads(1);  // each thread has a sample of its own
    fast->convolution.run(in.data(), out.data(), 1);
    Values<float> y(out.size());
    size_t group = fast->bias.empty() ? 1 : y.size() / fast->bias.size();
    for (size_t i = 0; i < y.size(); ++i) {
      y[i] = out[static_cast<size_t>(fast->to[i])];
      if (!fast->bias.empty()) y[i] += fast->bias[i / group] * steps;
    }
    return y;
  }

 private:
  struct Fast {
    FloatConvolution convolution;
    Values<float> bias;
    std::vector<int64_t> from, to;  // the stored order of inputs and outputs
  };

  struct Quantised {
    Values<float> threshold;
    float levels = 0;
  };

  // Qcfs without a call of floor(): what is cut off is never below 0.
  static Values<float> quantised(const Quantised& op, Values<float> x) {
    size_t group = x.size() / op.threshold.size();
    for (size_t c = 0; c < op.threshold.size(); ++c) {
      float scale = op.levels / op.threshold[c];
      float step = op.threshold[c] / op.levels;
      for (float* v = &x[c * group]; v < x.data() + (c + 1) * group; ++v) {
        float level = std::clamp(*v * scale + 0.5F, 0.0F, op.levels);
        *v = static_cast<float>(static_cast<int32_t>(level)) * step;
      }
    }
    return x;
  }

  template <class Op>
  void prepare(size_t, const Op&, const Shape&) {}

  void prepare(size_t node, const Qcfs& op, const Shape&) {
    if (op.levels > INT16_MAX) return;
    quantised_[node] = {floats(op.threshold), static_cast<float>(op.levels)};
  }

  void prepare(size_t node, const Affine& op, const Shape& in) {
    add(node, op, in, Window{layout_of(in), layout_of(shape(node))});
  }

  template <IsConvolution Op>
  void prepare(size_t node, const Op& op, const Shape& in) {
    Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
    Window window =
        window_of(op, kernel, layout_of(in), layout_of(shape(node)));
    window.groups = op.groups;
    add(node, op, in, window);
  }

  template <class Op>
  void add(size_t node, const Op& op, const Shape& in, const Window& window) {
    Values<float> weight = floats(op.weight);
    fast_[node].emplace(Fast{FloatConvolution(window, weight), floats(op.bias),
                             stored_index(in), stored_index(shape(node))});
  }

  static Values<float> floats(const Tensor& tensor) {
    if (tensor.empty()) return {};
    std::vector<double> doubles = tensor.to_doubles();
    return Values<float>(doubles.begin(), doubles.end());
  }

  std::vector<std::optional<Fast>> fast_;
  std::vector<Quantised> quantised_;
};

class FloatEngine : public CpuEngine {
 public:
  FloatEngine(const Graph& graph, int threads)
      : engine_("cpu", graph, threads) {}

  std::string name() const override { return "cpu"; }
  Outputs run(const Batch& batch, const Wishes& wishes) override {
    return engine_.run(batch, wishes);
  }

 private:
  SampleEngine<FastEvaluator> engine_;
};

}  // namespace

std::unique_ptr<CpuEngine> make_float_engine(const Graph& graph, int threads) {
  return std::make_unique<FloatEngine>(graph, threads);
}

}  // namespace nc
