#include <algorithm>

#include "backends/hls/types.h"
#include "backends/rtl/parameters.h"

namespace nc {
namespace {

int64_t power_of_two_from(int64_t count) {
  int64_t power = 1;
  while (power < count) power *= 2;
  return power;
}

size_t index_in(const RtlImage& image, int64_t c, int64_t y, int64_t x) {
  return static_cast<size_t>((c * image.h + y) * image.w + x);
}

// Whether all pixels of a channel have the same.
bool is_by_channel(const std::vector<int64_t>& values, const RtlImage& image) {
  auto pixels = static_cast<size_t>(image.h * image.w);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != values[i / pixels * pixels]) return false;
  }
  return true;
}

int64_t at_or(const std::vector<int64_t>& values, size_t i, int64_t missing) {
  return values.empty() ? missing : values[i];
}

// Where membranes are clamped; 0 where they never get there.
int64_t limit_of(const RtlLayer& layer) {
  int64_t bits = layer.neuron.membrane_bits;
  if (bits == 0 || bits > layer.layout.bits) return 0;
  return (int64_t{1} << (bits - 1)) - 1;
}

struct ConstantBits {
  int64_t bias, threshold, decay;
};

ConstantBits bits_of(const RtlLayer& layer) {
  int64_t bias = std::max(2, bits_for(range_of(layer.bias)));
  int64_t threshold =
      unsigned_bits(std::max<int64_t>(1, range_of(layer.threshold).high));
  return {bias, threshold, layer.leaks ? 13 : 1};
}

RtlTable constants_of(const RtlLayer& layer, bool by_row,
                      const ConstantBits& bits) {
  const RtlLayout& layout = layer.layout;
  const RtlImage& image = layout.image;
  RtlTable table;
  for (int64_t y = 0; y < (by_row ? image.h : 1); ++y) {
    for (int64_t x = 0; x < (by_row ? image.w : 1); ++x) {
      for (int64_t block = 0; block < layout.blocks(); ++block) {
        RtlWord word;
        for (int64_t lane = 0; lane < layout.lanes; ++lane) {
          int64_t c = block * layout.lanes + lane;
          bool has = c < image.c;
          size_t i = has ? index_in(image, c, y, x) : 0;
          word.add(has ? at_or(layer.bias, i, 0) : 0, bits.bias);
          word.add(has ? at_or(layer.threshold, i, 1) : 1, bits.threshold);
          word.add(has ? at_or(layer.decay, i, 0) : 0, bits.decay);
        }
        table.add(word);
      }
    }
  }
  return table;
}

}  // namespace

// ---- Layers ----------------------------------------------------------------

RtlLayout RtlPlanner::layout_of(const RtlImage& image, int64_t bits) const {
  RtlLayout layout;
  layout.image = image;
  layout.lanes = std::min(options_.columns, power_of_two_from(image.c));
  layout.bits = bits;
  return layout;
}

double RtlPlanner::activity(const std::string& node) const {
  for (const HlsTrain& train : golden_.trains) {
    if (train.node != node || train.spikes.empty()) continue;
    auto silent = std::count(train.spikes.begin(), train.spikes.end(), 0);
    auto all = static_cast<std::ptrdiff_t>(train.spikes.size());
    return static_cast<double>(all - silent) /
           static_cast<double>(golden_.samples * train.steps);
  }
  return static_cast<double>(image().size());
}

size_t RtlPlanner::place_layer(const RtlLayer& layer, Index fixed,
                               Index changing) {
  const RtlLayout& layout = layer.layout;
  const RtlImage& image = layout.image;
  require_words(layout.rows());
  RtlStream sent;
  sent.name = layer.name + "_spikes";
  sent.image = image;
  sent.value = layer.value;
  sent.events = layer.events;
  size_t to = add_stream(sent);
  RtlInstance neurons = instance_of("snn_neurons", layer.name + "_neurons");
  number(neurons, "LANES", layout.lanes);
  number(neurons, "LANE_BITS", layout.lane_bits());
  number(neurons, "CHANNELS", image.c);
  number(neurons, "WIDTH", image.w);
  number(neurons, "BLOCK_BITS", unsigned_bits(layout.blocks() - 1));
  number(neurons, "C_BITS", image.c_bits());
  number(neurons, "Y_BITS", image.y_bits());
  number(neurons, "X_BITS", image.x_bits());
  number(neurons, "ROWS", std::max<int64_t>(2, layout.rows()));
  number(neurons, "USED_ROWS", layout.rows());
  number(neurons, "ROW_BITS", layout.row_bits());
  number(neurons, "HAS_IN", changing.has_value());
  number(neurons, "HAS_FIXED", fixed.has_value());
  number(neurons, "STEPS", layer.steps);
  number(neurons, "STEP_BITS", unsigned_bits(layer.steps - 1));
  number(neurons, "EMITS_LAST", layer.emits_last);
  number(neurons, "SENDS_ALL", layer.sends_all);
  number(neurons, "MODE", layer.mode);
  number(neurons, "BITS", layout.bits);
  number(neurons, "VALUE_BITS", layer.value.bits);
  number(neurons, "RECTIFIES", layer.rectifies);
  const Neuron& neuron = layer.neuron;
  int64_t net_bits = 1;
  if (layer.mode == RtlLayer::fires) {
    int64_t limit = limit_of(layer);
    if (limit != static_cast<int32_t>(limit)) {
      refuse("membranes clamped at more than 32 bits have no RTL form");
    }
    int64_t most = (int64_t{1} << neuron.levels) - 1;
    if (neuron.is_signed) net_bits = unsigned_bits(layer.steps * most);
    number(neurons, "LIMIT", limit);
    number(neurons, "LEVELS", neuron.levels);
    number(neurons, "STRICT", neuron.strict);
    number(neurons, "SIGNED", neuron.is_signed);
    number(neurons, "NET_BITS", net_bits);
    number(neurons, "RESETS", neuron.reset != Reset::subtract);
    number(neurons, "RESET_VALUE",
           neuron.reset == Reset::value
               ? static_cast<int64_t>(neuron.reset_value)
               : 0);
    number(neurons, "HALF", neuron.initial == Initial::half);
  }
  number(neurons, "LEAKS", layer.leaks);
  ConstantBits bits = bits_of(layer);
  bool by_row = !is_by_channel(layer.bias, image) ||
                !is_by_channel(layer.threshold, image) ||
                !is_by_channel(layer.decay, image);
  RtlTable constants = constants_of(layer, by_row, bits);
  constants.file = "weights/" + neurons.name + ".hex";
  int64_t words = constants.size();
  number(neurons, "BIAS_BITS", bits.bias);
  number(neurons, "THRESHOLD_BITS", bits.threshold);
  number(neurons, "DECAY_BITS", bits.decay);
  number(neurons, "TABLE_BY_ROW", by_row);
  number(neurons, "TABLE_WORDS", std::max<int64_t>(2, words));
  number(neurons, "TABLE_BITS", unsigned_bits(words - 1));
  neurons.parameters.emplace_back("TABLE", table(neurons, constants));
  int64_t row = layout.lanes * layout.bits;
  neurons.memories.push_back({neurons.name + " membranes", layout.rows(), row});
  if (fixed) {
    neurons.memories.push_back(
        {neurons.name + " currents", layout.rows(), row});
  }
  if (neuron.is_signed && layer.mode == RtlLayer::fires) {
    neurons.memories.push_back(
        {neurons.name + " counts", layout.rows(), layout.lanes * net_bits});
  }
  neurons.cycles = static_cast<double>(layout.rows() + 8);
  neurons.luts =
      120 + static_cast<double>(row * (6 + (fixed ? 3 : 0) + neuron.levels));
  auto connect = [&](const Index& from, const char* port) {
    if (from) {
      reads(neurons, port, *from);
    } else {
      std::string name = port;
      std::string width = std::to_string(layout.update_bits());
      neurons.ports.emplace_back(name + "_valid", "1'b0");
      neurons.ports.emplace_back(name + "_ready", "");
      neurons.ports.emplace_back(name + "_data", "{" + width + "{1'b0}}");
    }
  };
  connect(changing, "in");
  connect(fixed, "fixed");
  writes(neurons, "out", to);
  plan_.instances.push_back(neurons);
  return to;
}

// ---- What arrives ----------------------------------------------------------

void RtlPlanner::reach(size_t from, const RtlLayout& layout,
                       Arrivals& arrivals) {
  if (!is_part(from)) {
    const Value& value = values_[from];
    const std::string& name = ids_[from];
    if (value.fixed) {
      arrivals.fixed.push_back(
          relayed(name + "_fixed", *value.fixed, layout, nullptr, {}));
    }
    if (value.changing) {
      arrivals.changing.push_back(
          relayed(name, *value.changing, layout, nullptr, {}));
    }
    add_to(arrivals.constants, value.constants);
    return;
  }
  Value in = sum_of_inputs(graph_.nodes[from], ids_[from]);
  if (in.fixed) arrivals.fixed.push_back(weighted(from, *in.fixed, layout));
  if (in.changing) {
    arrivals.changing.push_back(weighted(from, *in.changing, layout));
  }
  add_to(arrivals.constants, weighted_constants(from, in.constants));
}

RtlPlanner::Arrivals RtlPlanner::arrivals_of(const RtlLayout& layout) {
  Arrivals arrivals;
  for (const std::string& input : node().inputs) {
    reach(source(input), layout, arrivals);
  }
  return arrivals;
}

RtlPlanner::Index RtlPlanner::merged_updates(const std::vector<size_t>& updates,
                                             const std::string& name) {
  if (updates.empty()) return std::nullopt;
  return merged(updates, name);
}

RtlPlanner::Value RtlPlanner::place_sums(RtlLayer layer,
                                         const Arrivals& arrivals) {
  layer.name = ids_[at_];
  layer.bias = arrivals.constants;
  Index fixed = merged_updates(arrivals.fixed, ids_[at_] + "_fixed_deltas");
  Index changing = merged_updates(arrivals.changing, ids_[at_] + "_all_deltas");
  Value result;
  result.image = image();
  result.changing = place_layer(layer, fixed, changing);
  return result;
}

// ---- Neurons ---------------------------------------------------------------

void RtlPlanner::place(const If& op) { place_neuron(op, {}); }
void RtlPlanner::place(const Lif& op) { place_neuron(op, op.decay); }

void RtlPlanner::place_neuron(const Neuron& op, const Tensor& decay) {
  RtlLayer layer;
  layer.neuron = op;
  layer.steps = graph_.run.timesteps;
  layer.threshold = spread(op.threshold, shape_of(at_));
  layer.leaks = !decay.empty();
  if (layer.leaks) layer.decay = spread(decay, shape_of(at_));
  layer.events = activity(node().name);
  // Sums may wrap on their way: what counts is that the last one fits.
  Interval v = with_zero(width().membrane);
  if (op.membrane_bits > 0) v = sum_of(v, with_zero(width().accumulator));
  int64_t threshold = unsigned_bits(range_of(layer.threshold).high) + op.levels;
  layer.layout = layout_of(image(), std::max<int64_t>(threshold, bits_for(v)));
  if (op.levels > 1) {
    layer.value = {op.is_signed ? RtlValue::number : RtlValue::natural,
                   op.levels + op.is_signed};
  } else if (op.is_signed) {
    layer.value = {RtlValue::sign, 2};
  }
  Arrivals arrivals = arrivals_of(layer.layout);
  Value sent = place_sums(layer, arrivals);
  plan_.monitors.push_back({node().name, ids_[at_], stream(*sent.changing).name,
                            image(), layer.value});
  sent.changing = buffered(*sent.changing);
  value() = sent;
}

void RtlPlanner::place(const Li& op) {
  RtlLayer layer;
  layer.mode = RtlLayer::keeps;
  layer.steps = graph_.run.timesteps;
  layer.leaks = true;
  layer.decay = spread(op.decay, shape_of(at_));
  layer.layout =
      layout_of(image(), std::max(2, bits_for(with_zero(width().value))));
  layer.value = {RtlValue::number, layer.layout.bits};
  layer.events = static_cast<double>(image().size());
  value() = place_sums(layer, arrivals_of(layer.layout));
}

void RtlPlanner::place(const Relu&) {
  RtlLayer layer;
  layer.mode = RtlLayer::restarts;
  layer.rectifies = true;
  layer.layout =
      layout_of(image(), std::max(2, bits_for(with_zero(width().accumulator))));
  layer.value = {RtlValue::number, layer.layout.bits};
  layer.events = static_cast<double>(image().size());
  Arrivals arrivals = arrivals_of(layer.layout);
  bool is_fixed = arrivals.changing.empty();
  layer.steps = is_fixed ? 1 : graph_.run.timesteps;
  Value sent = place_sums(layer, arrivals);
  if (is_fixed) {
    stream(*sent.changing).is_fixed = true;
    std::swap(sent.fixed, sent.changing);
  }
  value() = sent;
}

void RtlPlanner::place(const Output&) {
  bool is_membrane = graph_.run.readout == Readout::membrane;
  RtlLayer layer;
  layer.mode = is_membrane ? RtlLayer::restarts : RtlLayer::keeps;
  layer.steps = graph_.run.timesteps;
  layer.emits_last = true;
  layer.sends_all = true;
  layer.layout =
      layout_of(image(), std::max(2, bits_for(with_zero(width().membrane))));
  layer.value = {RtlValue::number, layer.layout.bits};
  layer.events = static_cast<double>(image().size());
  Value sent = place_sums(layer, arrivals_of(layer.layout));
  plan_.output = stream(*sent.changing);
  value() = sent;
}

}  // namespace nc
