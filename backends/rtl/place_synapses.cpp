#include <algorithm>

#include "backends/hls/geometry.h"
#include "backends/rtl/parameters.h"
#include "ir/saturate.h"
#include "ir/shapes.h"

namespace nc {
namespace {

// In more blocks of RAM than a clock can choose from and go on.
bool is_large(const RtlTable& table) {
  constexpr int64_t kMostBits = 1 << 17;
  return table.size() * table.bits > kMostBits;
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

size_t RtlPlanner::place_updates(RtlInstance& instance, const std::string& name,
                                 size_t from, const RtlLayout& layout) {
  size_t to = update_stream(name + "_deltas", layout, stream(from).is_fixed,
                            instance.cycles);
  reads(instance, "in", from);
  writes(instance, "out", to);
  plan_.instances.push_back(instance);
  return to;
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
  return place_updates(synapses, ids_[node], from, layout);
}

// ---- Convolutions ----------------------------------------------------------

template <class Conv>
size_t RtlPlanner::convolved(size_t node, const Conv& op, size_t from,
                             const RtlLayout& layout) {
  const Node& conv = graph_.nodes[node];
  ImageWindow w =
      window_of(op, shape_of(source(conv.inputs.at(0))), shape_of(node));
  WindowAxes axes = window_axes(w);
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
  synapses.cycles = stream(from).events * axes.y.mean() * axes.x.mean() *
                    static_cast<double>(groups.rows);
  synapses.luts = 250 + static_cast<double>(layout.lanes) *
                            multiplier_luts(stream(from).value, bits);
  return place_updates(synapses, ids_[node], from, layout);
}

// ---- Any of them ---------------------------------------------------------

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

}  // namespace nc
