#include <algorithm>
#include <cmath>

#include "backends/hls/geometry.h"
#include "backends/hls/hls.h"
#include "backends/hls/types.h"
#include "backends/hls/walk.h"
#include "ir/shapes.h"
#include "ir/text.h"

namespace nc {
namespace {

constexpr int64_t kMostValues = int64_t{1} << 26;  // of one array
constexpr int64_t kMostSpikes = (int64_t{1} << 30) - 1;

template <class Kind>
constexpr bool has_hardware_form() {
  return !std::is_same_v<Kind, BatchNorm> && !std::is_same_v<Kind, Clip> &&
         !std::is_same_v<Kind, LeakyRelu> && !std::is_same_v<Kind, Silu> &&
         !std::is_same_v<Kind, Gelu> && !std::is_same_v<Kind, Sigmoid> &&
         !std::is_same_v<Kind, Tanh> && !std::is_same_v<Kind, Qcfs> &&
         !std::is_same_v<Kind, AvgPool> &&
         !std::is_same_v<Kind, AdaptiveAvgPool>;
}

class Checker {
 public:
  Checker(const Graph& graph, const HlsOptions& options)
      : graph_(graph), options_(options) {}

  std::vector<Problem> run() {
    check_kinds();
    if (problems_.empty()) check_numbers();
    return std::move(problems_);
  }

 private:
  void report(const Node& node, const std::string& message) {
    problems_.push_back({node.name, message});
  }

  // ---- What can be said without widths -------------------------------------

  void check_kinds() {
    if (!is_spiking(graph_)) {
      problems_.push_back({"",
                           "expected a spiking network, found no neurons or "
                           "no timesteps (run nc-spike first)"});
    }
    for (const Node& node : graph_.nodes) {
      if (holds_fractions(node.op)) {
        report(node, "expected integers, found f32 (run nc-spike with --bits)");
      }
      std::visit([&](const auto& op) { check_kind(node, op); }, node.op);
      check_feedback(node);
    }
    check_preprocessing();
  }

  // The library that is built with the hardware applies it.
  void check_preprocessing() {
    const Preprocessing& given = graph_.run.preprocessing;
    const Node& input = graph_.input();
    int64_t size = element_count(std::get<Input>(input.op).shape);
    bool is_finite = std::isfinite(given.scale);
    for (const std::vector<double>* list : {&given.mean, &given.std}) {
      auto count = static_cast<int64_t>(list->size());
      if (count > 0 && size % count != 0) {
        report(input, "mean or std is given for " + std::to_string(count) +
                          " channels of " + std::to_string(size) + " values");
      }
      is_finite &= std::all_of(list->begin(), list->end(),
                               [](double x) { return std::isfinite(x); });
    }
    if (!is_finite) report(input, "scale, mean or std is not finite");
  }

  template <class Kind>
  void check_kind(const Node& node, const Kind& op) {
    if (!has_hardware_form<Kind>()) {
      report(node, std::string(Kind::kind) + " has no hardware form");
    }
    if constexpr (std::is_same_v<Kind, Input>) {
      if (op.step <= 0) {
        report(node, "the input is not quantised (run nc-spike with --bits)");
      }
    } else if constexpr (IsNeuron<Kind> || std::is_same_v<Kind, Li>) {
      check_window_form(node, op);
    }
  }

  bool is_exact() const { return graph_.run.schedule == Schedule::exact; }

  template <class Kind>
  void check_window_form(const Node& node, const Kind& op) {
    bool differs = !std::is_same_v<Kind, If>;
    if constexpr (IsNeuron<Kind>) {
      differs |= op.reset != Reset::subtract || op.strict;
    }
    if (is_exact() && differs) {
      report(node,
             "schedule=exact needs neurons that fire at v >= threshold, "
             "without leak, reset by subtraction");
    }
  }

  void check_feedback(const Node& node) {
    bool feeds_back =
        std::any_of(node.inputs.begin(), node.inputs.end(), is_feedback);
    if (!feeds_back) return;
    if (is_exact()) report(node, "schedule=exact has no feedback");
    if (options_.io == HlsIo::stream) {
      report(node, "feedback has no form with --io stream (use parallel)");
    }
  }

  // ---- Sizes and widths ----------------------------------------------------

  void check_numbers() {
    shapes_ = infer_shapes(graph_);
    std::vector<Width> all = widths(graph_);
    for (size_t i = 0; i < all.size(); ++i) {
      const Node& node = graph_.nodes[i];
      check_size(node);
      std::visit([&](const auto& op) { check_form(node, op); }, node.op);
      check_widths(node, all[i]);
    }
  }

  const Shape& shape_of(const Node& node) const {
    return shapes_.at(node.name);
  }
  const Shape& input_shape(const Node& node) const {
    return shapes_.at(source_of(node.inputs.at(0)));
  }

  void check_size(const Node& node) {
    int64_t size = element_count(shape_of(node));
    std::visit(
        [&](const auto& op) {
          for_each_field(op, [&](const auto&, const auto& value) {
            if constexpr (std::is_same_v<decltype(value), const Tensor&>) {
              size = std::max(size, value.size());
            }
          });
        },
        node.op);
    bool is_input = std::holds_alternative<Input>(node.op);
    if (is_input) size = saturating_multiply(size, graph_.run.timesteps);
    if (size == 0) report(node, "it has no values");
    if (size > kMostValues) {
      report(node, "expected at most " + std::to_string(kMostValues) +
                       " values, found " + std::to_string(size));
    }
  }

  template <class Kind>
  void check_form(const Node& node, const Kind& op) {
    if constexpr (IsConvolution<Kind> || std::is_same_v<Kind, SumPool> ||
                  std::is_same_v<Kind, MaxPool>) {
      if (is_too_wide(window_of(op, input_shape(node), shape_of(node)))) {
        report(node, "its window reaches further than 2^28 cells");
      }
    } else if constexpr (std::is_same_v<Kind, Permute>) {
      check_walk(node, walk_of(op, input_shape(node)));
    } else if constexpr (std::is_same_v<Kind, Slice> ||
                         std::is_same_v<Kind, Pad>) {
      check_walk(node, walk_of(op, input_shape(node), shape_of(node)));
    } else if constexpr (IsNeuron<Kind>) {
      int64_t most = (int64_t{1} << op.levels) - 1;
      if (is_exact()) most = saturating_multiply(most, graph_.run.timesteps);
      if (most > kMostSpikes) {
        report(node, "expected at most 2^30 - 1 spikes at once, found " +
                         std::to_string(most));
      }
    }
    if constexpr (std::is_same_v<Kind, Pad>) check_whole(node, op.value);
    if constexpr (IsNeuron<Kind>) check_whole(node, op.reset_value);
  }

  void check_whole(const Node& node, double value) {
    constexpr double kMost = 1 << 30;
    if (std::abs(value) <= kMost && value == std::trunc(value)) return;
    report(node, "expected a whole value of at most 2^30, found " +
                     number_text(value));
  }

  void check_walk(const Node& node, const Walk& walk) {
    if (along_four_axes(walk)) return;
    report(node, "it moves values along more than 4 axes");
  }

  // One complaint for each node.
  void check_widths(const Node& node, const Width& width) {
    bool reads_out = std::holds_alternative<Output>(node.op);
    check_bits(node, "sums", width.accumulator) &&
        check_bits(node, "values", width.value) &&
        check_bits(node, reads_out ? "readouts" : "membranes", width.membrane);
  }

  bool check_bits(const Node& node, const char* what, const Interval& range) {
    bool unknown = range.low == -kUnbounded || range.high == kUnbounded;
    int bits = bits_for(range);
    if (!unknown && bits <= options_.max_bits) return true;
    std::string found =
        unknown ? "no bound" : "a need of " + std::to_string(bits) + " bits";
    report(node, "expected " + std::string(what) + " of at most " +
                     std::to_string(options_.max_bits) +
                     " bits (--max-bits), found " + found);
    return false;
  }

  const Graph& graph_;
  const HlsOptions& options_;
  std::map<std::string, Shape> shapes_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> hls_problems(const Graph& graph,
                                  const HlsOptions& options) {
  return Checker(graph, options).run();
}

}  // namespace nc
