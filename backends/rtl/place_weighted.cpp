#include <algorithm>

#include "backends/hls/geometry.h"
#include "backends/hls/types.h"
#include "backends/rtl/planner.h"
#include "ir/saturate.h"
#include "ir/shapes.h"

namespace nc {
namespace {

int64_t signed_bits(const std::vector<int64_t>& values) {
  return std::max(2, bits_for(range_of(values)));
}

// How snn_times reads a value.
int64_t code_of(const RtlValue& value) {
  switch (value.kind) {
    case RtlValue::one:
      return 0;
    case RtlValue::sign:
      return 1;
    case RtlValue::number:
      return 2;
    case RtlValue::natural:
      return 3;
  }
  return 2;
}

void number(RtlInstance& instance, const std::string& key, int64_t value) {
  instance.parameters.emplace_back(key, std::to_string(value));
}

void add_source(RtlInstance& instance, const RtlStream& from) {
  number(instance, "C_BITS", from.image.c_bits());
  number(instance, "Y_BITS", from.image.y_bits());
  number(instance, "X_BITS", from.image.x_bits());
  number(instance, "VALUES", code_of(from.value));
  number(instance, "VALUE_BITS", from.value.bits);
}

void add_layout(RtlInstance& instance, const RtlLayout& layout) {
  number(instance, "LANES", layout.lanes);
  number(instance, "ROW_BITS", layout.row_bits());
  number(instance, "BITS", layout.bits);
}

// In more blocks of RAM than a clock can choose from and go on.
bool is_large(const RtlTable& table) {
  constexpr int64_t kMostBits = 1 << 17;
  return table.size() * table.bits > kMostBits;
}

double multiplier_luts(const RtlValue& value, int64_t bits) {
  if (value.kind == RtlValue::one) return 0;
  if (value.kind == RtlValue::sign) return static_cast<double>(2 * bits);
  return static_cast<double>(2 * bits * value.bits);
}

double mean_count(const Axis& axis) {
  int64_t count = 0;
  for (const AxisEntry& each : axis.entries) count += each.count;
  return static_cast<double>(count) / static_cast<double>(axis.in);
}

struct ConvAxes {
  Axis y, x;
};

ConvAxes conv_axes(const HlsWindow& w) {
  return {window_axis({w.in_height, w.out_height, w.kernel_height,
                       w.stride_height, w.padding_height, w.dilation_height}),
          window_axis({w.in_width, w.out_width, w.kernel_width, w.stride_width,
                       w.padding_width, w.dilation_width})};
}

// Which rows of a window a channel's group needs: `rows` of them for all
// groups, the first one by input channel.
struct Groups {
  int64_t rows = 0;
  std::vector<int64_t> first;
};

Groups groups_of(int64_t groups, int64_t inputs, int64_t outputs,
                 const RtlLayout& layout) {
  Groups result;
  int64_t size = outputs / groups;
  for (int64_t g = 0; g < groups; ++g) {
    int64_t low = g * size / layout.lanes;
    int64_t high = ((g + 1) * size - 1) / layout.lanes;
    result.rows = std::max(result.rows, high - low + 1);
  }
  for (int64_t c = 0; c < inputs; ++c) {
    int64_t low = c / (inputs / groups) * size / layout.lanes;
    result.first.push_back(std::min(low, layout.blocks() - result.rows));
  }
  return result;
}

}  // namespace

size_t RtlPlanner::update_stream(const std::string& name,
                                 const RtlLayout& layout, bool is_fixed,
                                 double events) {
  RtlStream updates;
  updates.name = name;
  updates.bits = layout.update_bits();
  updates.image = {0, 0, 0};
  updates.is_fixed = is_fixed;
  updates.events = events;
  return add_stream(updates);
}

// ---- Dense -----------------------------------------------------------------

size_t RtlPlanner::dense(size_t node, const Affine& op, size_t from,
                         const RtlLayout& layout) {
  const RtlImage before = stream(from).image;
  const RtlValue value = stream(from).value;
  int64_t outputs = op.weight.size(0);
  int64_t inputs = op.weight.size(1);
  int64_t rows = layout.rows();
  require_words(saturating_multiply(inputs, rows));
  std::vector<int64_t> weights = op.weight.to_integers();
  int64_t bits = signed_bits(weights);
  RtlTable table_of;
  RtlInstance synapses = instance_of("snn_synapses", ids_[node] + "_synapses");
  synapses.node = graph_.nodes[node].name;
  table_of.file = "weights/" + synapses.name + ".hex";
  for (int64_t i = 0; i < inputs; ++i) {
    for (int64_t row = 0; row < rows; ++row) {
      RtlWord word;
      for (int64_t lane = 0; lane < layout.lanes; ++lane) {
        int64_t o = row * layout.lanes + lane;
        word.add(o < outputs ? weights[static_cast<size_t>(o * inputs + i)] : 0,
                 bits);
      }
      table_of.add(word);
    }
  }
  add_source(synapses, stream(from));
  add_layout(synapses, layout);
  number(synapses, "WEIGHT_BITS", bits);
  number(synapses, "WORDS", std::max<int64_t>(2, table_of.size()));
  number(synapses, "WORD_BITS", unsigned_bits(table_of.size() - 1));
  number(synapses, "C_WORDS", before.h * before.w * rows);
  number(synapses, "Y_WORDS", before.w * rows);
  number(synapses, "X_WORDS", rows);
  number(synapses, "ROWS_EACH", rows);
  number(synapses, "EACH_BITS", unsigned_bits(rows - 1));
  number(synapses, "REGISTERED", is_large(table_of));
  synapses.parameters.emplace_back("WEIGHTS", table(synapses, table_of));
  synapses.cycles = stream(from).events * static_cast<double>(rows);
  synapses.luts =
      120 + static_cast<double>(layout.lanes) * multiplier_luts(value, bits);
  size_t to = update_stream(ids_[node] + "_deltas", layout,
                            stream(from).is_fixed, synapses.cycles);
  reads(synapses, "in", from);
  writes(synapses, "out", to);
  plan_.instances.push_back(synapses);
  return to;
}

// ---- Convolutions ----------------------------------------------------------

template <class Conv>
size_t RtlPlanner::convolved(size_t node, const Conv& op, size_t from,
                             const RtlLayout& layout) {
  const Node& conv = graph_.nodes[node];
  HlsWindow w =
      window_of(op, shape_of(source(conv.inputs.at(0))), shape_of(node));
  ConvAxes axes = conv_axes(w);
  int64_t inputs = stream(from).image.c;
  int64_t outputs = op.weight.size(0);
  int64_t per_group = op.weight.size(1);
  Groups groups = groups_of(op.groups, inputs, outputs, layout);
  std::vector<int64_t> weights = op.weight.to_integers();
  int64_t bits = signed_bits(weights);
  int64_t taps = w.kernel_height * w.kernel_width;
  require_words(saturating_multiply(inputs * taps, groups.rows));
  RtlInstance synapses = instance_of("snn_synapses", ids_[node] + "_synapses");
  synapses.node = graph_.nodes[node].name;
  RtlTable table_of;
  table_of.file = "weights/" + synapses.name + ".hex";
  for (int64_t i = 0; i < inputs; ++i) {
    int64_t group = i / per_group;
    int64_t low = group * (outputs / op.groups);
    int64_t high = low + outputs / op.groups;
    for (int64_t tap = 0; tap < taps; ++tap) {
      for (int64_t row = 0; row < groups.rows; ++row) {
        RtlWord word;
        for (int64_t lane = 0; lane < layout.lanes; ++lane) {
          int64_t o =
              (groups.first[static_cast<size_t>(i)] + row) * layout.lanes +
              lane;
          int64_t at = (o * per_group + i % per_group) * taps + tap;
          bool has = o >= low && o < high;
          word.add(has ? weights[static_cast<size_t>(at)] : 0, bits);
        }
        table_of.add(word);
      }
    }
  }
  int64_t words = std::max<int64_t>(2, table_of.size());
  int64_t word_bits = unsigned_bits(words - 1);
  int64_t count_bits = unsigned_bits(std::max(axes.y.most(), axes.x.most()));
  add_source(synapses, stream(from));
  add_layout(synapses, layout);
  number(synapses, "WEIGHT_BITS", bits);
  number(synapses, "WORDS", words);
  number(synapses, "WORD_BITS", word_bits);
  number(synapses, "C_WORDS", taps * groups.rows);
  number(synapses, "ROWS_EACH", groups.rows);
  number(synapses, "EACH_BITS", unsigned_bits(groups.rows - 1));
  number(synapses, "WINDOWED", 1);
  number(synapses, "COUNT_BITS", count_bits);
  int64_t y_word = w.kernel_width * groups.rows;
  int64_t y_row = w.out_width * layout.blocks();
  auto add_axis = [&](const std::string& word, const Axis& axis,
                      int64_t tap_words, int64_t window_rows) {
    RtlTable entries;
    entries.file =
        "weights/" + synapses.name + (word == "Y" ? "_y" : "_x") + ".hex";
    for (const AxisEntry& each : axis.entries) {
      entries.add(RtlWord()
                      .add(each.first * window_rows, layout.row_bits())
                      .add(each.tap * tap_words, word_bits)
                      .add(each.count, count_bits));
    }
    synapses.parameters.emplace_back(word + "_TABLE", table(synapses, entries));
    number(synapses, word + "_SIZE", std::max<int64_t>(2, axis.in));
    number(synapses, word + "_TAP", axis.tap_step * tap_words);
    number(synapses, word + "_ROW", axis.window_step * window_rows);
  };
  add_axis("Y", axes.y, y_word, y_row);
  add_axis("X", axes.x, groups.rows, layout.blocks());
  if (op.groups > 1) {
    RtlTable firsts;
    firsts.file = "weights/" + synapses.name + "_c.hex";
    for (int64_t each : groups.first) {
      firsts.add(RtlWord().add(each, layout.row_bits()));
    }
    number(synapses, "GROUPED", 1);
    number(synapses, "C_SIZE", std::max<int64_t>(2, inputs));
    synapses.parameters.emplace_back("C_TABLE", table(synapses, firsts));
  }
  number(synapses, "REGISTERED", is_large(table_of));
  synapses.parameters.emplace_back("WEIGHTS", table(synapses, table_of));
  synapses.cycles = stream(from).events * mean_count(axes.y) *
                    mean_count(axes.x) * static_cast<double>(groups.rows);
  synapses.luts = 250 + static_cast<double>(layout.lanes) *
                            multiplier_luts(stream(from).value, bits);
  size_t to = update_stream(ids_[node] + "_deltas", layout,
                            stream(from).is_fixed, synapses.cycles);
  reads(synapses, "in", from);
  writes(synapses, "out", to);
  plan_.instances.push_back(synapses);
  return to;
}

// ---- One to one ------------------------------------------------------------

size_t RtlPlanner::relayed(const std::string& name, size_t from,
                           const RtlLayout& layout, const Scale* scale,
                           const RtlImage& scaled) {
  const RtlImage before = stream(from).image;
  RtlInstance relay = instance_of("snn_relay", name + "_relay");
  add_source(relay, stream(from));
  add_layout(relay, layout);
  number(relay, "LANE_BITS", layout.lane_bits());
  int64_t channels = layout.blocks() * layout.lanes;
  bool is_flat = !(before == layout.image);
  number(relay, "C_INDEX", is_flat ? before.h * before.w : 1);
  number(relay, "Y_INDEX", is_flat ? before.w : layout.image.w * channels);
  number(relay, "X_INDEX", is_flat ? 1 : channels);
  int64_t bits = 2;
  if (scale) {
    Shape shape = {scaled.c, scaled.h, scaled.w};
    std::vector<int64_t> weights = scale->weight.to_integers();
    bits = signed_bits(weights);
    bool by_channel =
        !is_flat && static_cast<int64_t>(weights.size()) <= scaled.c;
    RtlTable table_of;
    table_of.file = "weights/" + relay.name + ".hex";
    auto count = static_cast<int64_t>(weights.size());
    if (by_channel) {
      for (int64_t c = 0; c < scaled.c; ++c) {
        table_of.add(RtlWord().add(
            weights[static_cast<size_t>(c * count / scaled.c)], bits));
      }
    } else {
      int64_t group = scaled.size() / count;
      for (int64_t y = 0; y < layout.image.h; ++y) {
        for (int64_t x = 0; x < layout.image.w; ++x) {
          for (int64_t c = 0; c < channels; ++c) {
            int64_t at = (c * layout.image.h + y) * layout.image.w + x;
            bool has = c < layout.image.c;
            table_of.add(RtlWord().add(
                has ? weights[static_cast<size_t>(at / group)] : 0, bits));
          }
        }
      }
    }
    number(relay, "WEIGHTED", by_channel ? 1 : 2);
    number(relay, "WORDS", std::max<int64_t>(2, table_of.size()));
    number(relay, "WORD_BITS", unsigned_bits(table_of.size() - 1));
    relay.parameters.emplace_back("WEIGHTS", table(relay, table_of));
  }
  number(relay, "WEIGHT_BITS", bits);
  relay.cycles = stream(from).events;
  relay.luts = 60 + multiplier_luts(stream(from).value, bits) +
               static_cast<double>(layout.lanes * layout.bits / 2);
  size_t to = update_stream(name + "_deltas", layout, stream(from).is_fixed,
                            relay.cycles);
  reads(relay, "in", from);
  writes(relay, "out", to);
  plan_.instances.push_back(relay);
  return to;
}

size_t RtlPlanner::weighted(size_t node, size_t from, const RtlLayout& layout) {
  return std::visit(
      Overload{
          [&](const Affine& op) { return dense(node, op, from, layout); },
          [&](const Conv1d& op) { return convolved(node, op, from, layout); },
          [&](const Conv2d& op) { return convolved(node, op, from, layout); },
          [&](const Scale& op) {
            return relayed(ids_[node], from, layout, &op, image_of(node));
          },
          [&](const auto&) -> size_t { return from; }},
      graph_.nodes[node].op);
}

// ---- What constants become -------------------------------------------------

namespace {

template <class Conv>
void convolve(const Conv& op, const Shape& in, const Shape& out,
              const std::vector<int64_t>& values, std::vector<int64_t>& sums) {
  HlsWindow w = window_of(op, in, out);
  ConvAxes axes = conv_axes(w);
  std::vector<int64_t> weights = op.weight.to_integers();
  int64_t per_group = op.weight.size(1);
  int64_t outputs = op.weight.size(0) / op.groups;
  for (int64_t i = 0; i < in[0]; ++i) {
    for (int64_t y = 0; y < w.in_height; ++y) {
      for (int64_t x = 0; x < w.in_width; ++x) {
        int64_t value =
            values[static_cast<size_t>((i * w.in_height + y) * w.in_width + x)];
        if (value == 0) continue;
        const AxisEntry& row = axes.y.entries[static_cast<size_t>(y)];
        const AxisEntry& column = axes.x.entries[static_cast<size_t>(x)];
        for (int64_t o = i / per_group * outputs;
             o < (i / per_group + 1) * outputs; ++o) {
          for (int64_t a = 0; a < row.count; ++a) {
            for (int64_t b = 0; b < column.count; ++b) {
              int64_t ky = row.tap + a * axes.y.tap_step;
              int64_t kx = column.tap + b * axes.x.tap_step;
              int64_t oy = row.first + a * axes.y.window_step;
              int64_t ox = column.first + b * axes.x.window_step;
              int64_t weight = weights[static_cast<size_t>(
                  ((o * per_group + i % per_group) * w.kernel_height + ky) *
                      w.kernel_width +
                  kx)];
              sums[static_cast<size_t>((o * w.out_height + oy) * w.out_width +
                                       ox)] += weight * value;
            }
          }
        }
      }
    }
  }
}

void multiply(const Affine& op, const std::vector<int64_t>& values,
              std::vector<int64_t>& sums) {
  std::vector<int64_t> weights = op.weight.to_integers();
  for (size_t o = 0; o < sums.size(); ++o) {
    for (size_t i = 0; i < values.size(); ++i) {
      sums[o] += weights[o * values.size() + i] * values[i];
    }
  }
}

}  // namespace

// The node's result where nothing arrives but constants.
std::vector<int64_t> RtlPlanner::weighted_constants(
    size_t node, const std::vector<int64_t>& in) {
  const Node& linear = graph_.nodes[node];
  const Shape& shape = shape_of(node);
  const Shape& from = shape_of(source(linear.inputs.at(0)));
  std::vector<int64_t> sums(static_cast<size_t>(element_count(shape)));
  auto add_bias = [&](const Tensor& bias) {
    if (!bias.empty()) add_to(sums, spread(bias, shape));
  };
  std::visit(Overload{[&](const Affine& op) {
                        if (!in.empty()) multiply(op, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Conv1d& op) {
                        if (!in.empty()) convolve(op, from, shape, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Conv2d& op) {
                        if (!in.empty()) convolve(op, from, shape, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Scale& op) {
                        std::vector<int64_t> weights = spread(op.weight, shape);
                        for (size_t i = 0; i < in.size(); ++i) {
                          sums[i] += weights[i] * in[i];
                        }
                        add_bias(op.offset);
                      },
                      [](const auto&) {}},
             linear.op);
  bool is_zero =
      std::all_of(sums.begin(), sums.end(), [](int64_t x) { return x == 0; });
  return is_zero ? std::vector<int64_t>{} : sums;
}

// ---- Weighted nodes --------------------------------------------------------

bool RtlPlanner::sums(size_t node) const {
  const Op& op = graph_.nodes[node].op;
  return as_neuron(op) || std::holds_alternative<Li>(op) ||
         std::holds_alternative<Relu>(op) || std::holds_alternative<Output>(op);
}

bool RtlPlanner::is_part(size_t node) const {
  const Op& op = graph_.nodes[node].op;
  bool has_weights = std::holds_alternative<Affine>(op) ||
                     std::holds_alternative<Conv1d>(op) ||
                     std::holds_alternative<Conv2d>(op) ||
                     std::holds_alternative<Scale>(op);
  return has_weights && readers_[node].size() == 1 && sums(readers_[node][0]);
}

// Where others than one layer read it, it is summed in a layer of its own that
// hands the sums on.
void RtlPlanner::place_weighted() {
  value().image = image();
  if (is_part(at_)) return;
  Value in = arriving();
  RtlLayer layer;
  layer.mode = RtlLayer::restarts;
  layer.layout =
      layout_of(image(), std::max(2, bits_for(with_zero(width().accumulator))));
  layer.value = {RtlValue::number, layer.layout.bits};
  layer.events = static_cast<double>(image().size());
  auto handed_on = [&](const Index& part, const char* word,
                       int64_t steps) -> Index {
    if (!part) return std::nullopt;
    layer.name = ids_[at_] + word;
    layer.steps = steps;
    size_t made =
        place_layer(layer, std::nullopt, weighted(at_, *part, layer.layout));
    stream(made).is_fixed = steps == 1;
    return made;
  };
  value().fixed = handed_on(in.fixed, "_fixed", 1);
  value().changing = handed_on(in.changing, "", graph_.run.timesteps);
  value().constants = weighted_constants(at_, in.constants);
}

}  // namespace nc
