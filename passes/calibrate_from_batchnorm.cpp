#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/calibrate.h"
#include "passes/weighted.h"
#include "runtime/evaluate.h"

namespace nc {
namespace {

using Doubles = std::vector<double>;

// What is assumed of every value: normal, independent of its neighbours.
struct Moments {
  Doubles mean;
  Doubles variance;
};

struct Normal {
  double mean = 0;
  double deviation = 0;
};

// Evenly likely values of a normal distribution, smallest first.
constexpr int kPoints = 513;

Doubles standard_points() {
  Doubles points;
  for (int i = 0; i < kPoints; ++i) {
    double wanted = (i + 0.5) / kPoints;
    double low = -8;
    double high = 8;
    for (int step = 0; step < 60; ++step) {  // bisection of Phi
      double middle = (low + high) / 2;
      double phi = 0.5 * std::erfc(-middle / std::sqrt(2.0));
      (phi < wanted ? low : high) = middle;
    }
    points.push_back(low);
  }
  return points;
}

class MomentWalk {
 public:
  MomentWalk(const Graph& graph, const CalibrationOptions& options)
      : graph_(graph),
        options_(options),
        evaluator_(graph_),
        squared_(with_squared_weights(graph_)),
        squares_(squared_),
        points_(standard_points()) {}

  Graph run() {
    Graph result = graph_;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      visit(i);
      if (!thresholds_.contains(i)) continue;
      const Doubles& theta = thresholds_.at(i);
      Shape shape = {static_cast<int64_t>(theta.size())};
      result.nodes[i].op = Qcfs{float_tensor(shape, theta), options_.levels()};
    }
    return result;
  }

 private:
  // Variances go through a linear layer as its squared weights, without bias.
  static Graph with_squared_weights(Graph graph) {
    for (Node& node : graph.nodes) {
      std::optional<Weighted> w = weighted(node.op);
      if (!w) continue;
      Doubles weight = w->weight.to_doubles();
      for (double& each : weight) each *= each;
      node.op =
          with_parameters(node.op, float_tensor(w->weight.shape(), weight), {});
    }
    return graph;
  }

  void visit(size_t node) {
    const Op& op = graph_.nodes[node].op;
    size_t count = static_cast<size_t>(element_count(evaluator_.shape(node)));
    if (std::holds_alternative<Input>(op)) {
      moments_.push_back(input_moments(count));
    } else if (const auto* norm = std::get_if<BatchNorm>(&op)) {
      moments_.push_back(learned(*norm, evaluator_.shape(node)));
    } else {
      Moments now = through(node);
      if (double cap = upper_end(op); cap > 0) {
        thresholds_[node] = find_thresholds(node, now, cap);
        rectify(now, cap);
      }
      moments_.push_back(std::move(now));
    }
  }

  // 0 where the op is no activation that can spike.
  static double upper_end(const Op& op) {
    if (std::holds_alternative<Relu>(op)) {
      return std::numeric_limits<double>::infinity();
    }
    const auto* clip = std::get_if<Clip>(&op);
    return clip && clip->low == 0 ? clip->high : 0;
  }

  // Images, evenly spread over 0 to 1; standardised ones are unit normal.
  Moments input_moments(size_t count) const {
    bool standardised = !graph_.run.preprocessing.std.empty();
    return {Doubles(count, standardised ? 0 : 0.5),
            Doubles(count, standardised ? 1 : 1.0 / 12)};
  }

  // BatchNorm's own output: bias and weight squared, whatever comes in.
  static Moments learned(const BatchNorm& norm, const Shape& shape) {
    Moments moments{spread(norm.bias, shape, 0), spread(norm.weight, shape, 1)};
    for (double& each : moments.variance) each *= each;
    return moments;
  }

  Moments through(size_t node) const {
    const Node& reader = graph_.nodes[node];
    std::vector<const Doubles*> means;
    std::vector<const Doubles*> variances;
    for (const std::string& input : reader.inputs) {
      const Moments& read = moments_[index_of(graph_, source_of(input))];
      means.push_back(&read.mean);
      variances.push_back(&read.variance);
    }
    if (upper_end(reader.op) > 0) {
      return {Evaluator<double>::sum(means), Evaluator<double>::sum(variances)};
    }
    return {evaluator_.evaluate(node, means, 1),
            squares_.evaluate(node, variances, 1)};
  }

  // One normal per channel, that of its average neuron; or one for the layer.
  std::vector<Normal> groups(size_t node, const Moments& now) const {
    size_t channels = static_cast<size_t>(evaluator_.shape(node).at(0));
    size_t count = options_.per_layer ? 1 : channels;
    std::vector<Normal> result(count);
    size_t size = now.mean.size() / count;
    for (size_t i = 0; i < now.mean.size(); ++i) {
      result[i / size].mean += now.mean[i] / static_cast<double>(size);
      result[i / size].deviation += now.variance[i] / static_cast<double>(size);
    }
    for (Normal& each : result) {
      each.deviation = std::sqrt(std::max(each.deviation, 1e-12));
    }
    return result;
  }

  Doubles find_thresholds(size_t node, const Moments& now, double cap) const {
    Doubles theta;
    double most = 1e-6;
    for (const Normal& normal : groups(node, now)) {
      theta.push_back(fixed_point(normal, cap));
      most = std::max(most, theta.back());
    }
    for (double& each : theta) each = std::max(each, 1e-3 * most);
    return theta;
  }

  // Lloyd's iteration on evenly likely values of the distribution.
  double fixed_point(const Normal& normal, double cap) const {
    double levels = static_cast<double>(options_.levels());
    double theta =
        std::min(normal.mean + normal.deviation * points_.back(), cap);
    if (theta <= 0) return 0;
    for (int i = 0; i < 60; ++i) {
      double cross = 0;
      double square = 0;
      for (double point : points_) {
        double z = normal.mean + normal.deviation * point;
        double level = std::floor(z * levels / theta + 0.5);
        double f = std::clamp(level, 0.0, levels) * theta / levels;
        cross += std::clamp(z, 0.0, cap) * f;
        square += f * f;
      }
      if (square == 0) break;
      theta *= cross / square;
    }
    return theta;
  }

  // Mean and variance of clip(z, 0, cap) for normal z.
  void rectify(Moments& now, double cap) const {
    for (size_t i = 0; i < now.mean.size(); ++i) {
      double deviation = std::sqrt(std::max(now.variance[i], 0.0));
      double sum = 0;
      double squares = 0;
      for (double point : points_) {
        double y = std::clamp(now.mean[i] + deviation * point, 0.0, cap);
        sum += y;
        squares += y * y;
      }
      now.mean[i] = sum / kPoints;
      now.variance[i] = squares / kPoints - now.mean[i] * now.mean[i];
    }
  }

  const Graph& graph_;
  CalibrationOptions options_;
  Evaluator<double> evaluator_;
  Graph squared_;
  Evaluator<double> squares_;
  Doubles points_;
  std::vector<Moments> moments_;
  std::map<size_t, Doubles> thresholds_;
};

}  // namespace

Graph calibrate_from_batchnorm(Graph graph, const CalibrationOptions& options) {
  for (const Node& node : graph.nodes) {
    if (!as_neuron(node.op) && !std::holds_alternative<Qcfs>(node.op)) continue;
    throw Error("node '" + node.name + "': expected an ANN to calibrate, " +
                "found " + kind_of(node.op) + " (it is calibrated already)");
  }
  return MomentWalk(graph, options).run();
}

}  // namespace nc
