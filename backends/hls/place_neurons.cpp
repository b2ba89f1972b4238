#include <bit>

#include "backends/hls/planner.h"

namespace nc {

void HlsPlanner::place(const If& op) { place_neuron(op, {}); }
void HlsPlanner::place(const Lif& op) { place_neuron(op, op.decay); }

void HlsPlanner::place_neuron(const Neuron& op, const Tensor& decay) {
  HlsLayer layer = layer_of(exact_ ? "count_spikes" : "fire");
  int64_t most = (int64_t{1} << op.levels) - 1;
  layer.types.emplace_back("membrane_t", hls_type(with_zero(width().membrane)));
  layer.numbers.emplace_back("kLayer", trains_++);
  layer.numbers.emplace_back("kStartsHalf", op.initial == Initial::half);
  if (!exact_) add_steps(layer, op, decay);
  add_table(layer, "threshold", "kThresholdGroup",
            hls_table(id() + "_threshold", op.threshold.to_integers()), size());
  if (exact_) {
    most *= graph_.run.timesteps;
    layer.numbers.emplace_back("kMost", most);
    layer.numbers.emplace_back("kCountBits",
                               std::bit_width(static_cast<uint64_t>(most)));
  } else {
    add_decay(layer, decay);
    layer.last_arguments = {"first"};
  }
  done(layer);
}

void HlsPlanner::add_steps(HlsLayer& layer, const Neuron& op,
                           const Tensor& decay) {
  Interval sum = sum_of(with_zero(width().membrane), with_zero(in_));
  int64_t limit = 0;
  if (op.membrane_bits > 0) {
    limit = (int64_t{1} << (op.membrane_bits - 1)) - 1;
    if (sum.low >= -limit && sum.high <= limit) limit = 0;
  }
  layer.types.emplace_back("wide_t", hls_type(hull_of(sum, {-limit, limit})));
  HlsType count = hls_type({0, op.is_signed ? graph_.run.timesteps : 0});
  layer.types.emplace_back("count_t", count);
  layer.numbers.emplace_back("kMembraneLimit", limit);
  layer.numbers.emplace_back("kLevels", op.levels);
  layer.numbers.emplace_back("kIsStrict", op.strict);
  layer.numbers.emplace_back("kReset", static_cast<int64_t>(op.reset));
  layer.numbers.emplace_back("kResetValue",
                             static_cast<int64_t>(op.reset_value));
  layer.numbers.emplace_back("kIsSigned", op.is_signed);
  layer.numbers.emplace_back("kLeaks", !decay.empty());
  layer.states.push_back(
      {id() + "_membrane", hls_type(with_zero(width().membrane)), size()});
  layer.states.push_back(
      {id() + "_count", count, op.is_signed ? size() : 1, 2, op.is_signed});
}

// A neuron that does not leak decays by 1.
void HlsPlanner::add_decay(HlsLayer& layer, const Tensor& decay) const {
  bool leaks = !decay.empty();
  HlsTable values =
      hls_table(id() + "_decay",
                leaks ? decay.to_integers() : std::vector<int64_t>{4096});
  values.is_used = leaks;
  add_table(layer, "decay", "kDecayGroup", values, size());
}

void HlsPlanner::place(const Li& op) {
  HlsLayer layer = layer_of("integrate");
  HlsType type = hls_type(with_zero(width().value));
  layer.types.emplace_back("membrane_t", type);
  layer.states.push_back({id() + "_membrane", type, size()});
  add_decay(layer, op.decay);
  layer.last_arguments = {"first"};
  done(layer);
}

}  // namespace nc
