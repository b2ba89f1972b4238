#include <algorithm>

#include "backends/hls/geometry.h"
#include "backends/rtl/planner.h"

namespace nc {
namespace {

size_t flat_index(const RtlImage& image, int64_t c, int64_t y, int64_t x) {
  return static_cast<size_t>((c * image.h + y) * image.w + x);
}

template <class Visit>
void for_each_window(const Axis& axis, int64_t at, Visit visit) {
  const AxisEntry& entry = axis.entries[static_cast<size_t>(at)];
  for (int64_t i = 0; i < entry.count; ++i) {
    visit(entry.first + i * axis.window_step);
  }
}

// {count, first} for each position; none where each stays where it is.
RtlTable axis_table(const std::string& file, const Axis& axis,
                    int64_t count_bits, int64_t first_bits) {
  RtlTable table;
  table.file = file;
  for (const AxisEntry& each : axis.entries) {
    table.add(
        RtlWord().add(each.first, first_bits).add(each.count, count_bits));
  }
  return table;
}

// Axis of an image that each axis of a shape is.
std::vector<size_t> image_axes(size_t count) {
  if (count == 1) return {0};
  if (count == 2) return {0, 2};
  return {0, 1, 2};
}

}  // namespace

size_t RtlPlanner::moved(size_t from, const Axes& axes, const RtlImage& to,
                         const std::string& name) {
  const RtlImage before = stream(from).image;
  RtlStream result = stream(from);
  result.name = name;
  result.readers.clear();
  result.bits = 0;
  result.image = to;
  result.events *= axes.c.mean() * axes.y.mean() * axes.x.mean();
  size_t made = add_stream(result);
  RtlInstance windows = instance_of("snn_windows", stream(made).name + "_map");
  int64_t most = std::max({axes.c.most(), axes.y.most(), axes.x.most()});
  int64_t count_bits = unsigned_bits(most);
  auto& parameters = windows.parameters;
  auto number = [&](const std::string& key, int64_t value) {
    parameters.emplace_back(key, std::to_string(value));
  };
  number("VALUE_BITS", result.value.bits);
  number("C_BITS", before.c_bits());
  number("Y_BITS", before.y_bits());
  number("X_BITS", before.x_bits());
  number("OUT_C_BITS", to.c_bits());
  number("OUT_Y_BITS", to.y_bits());
  number("OUT_X_BITS", to.x_bits());
  number("COUNT_BITS", count_bits);
  auto axis = [&](const std::string& word, const Axis& each, int64_t bits) {
    if (each.is_identity()) return;
    std::string file = "weights/" + windows.name + "_" +
                       (word == "C"   ? "c"
                        : word == "Y" ? "y"
                                      : "x") +
                       ".hex";
    parameters.emplace_back(
        word + "_TABLE",
        table(windows, axis_table(file, each, count_bits, bits)));
    number(word + "_SIZE", std::max<int64_t>(2, each.in));
    if (word != "C") number(word + "_STEP", each.window_step);
  };
  axis("C", axes.c, to.c_bits());
  axis("Y", axes.y, to.y_bits());
  axis("X", axes.x, to.x_bits());
  windows.cycles = result.events;
  windows.luts = static_cast<double>(6 * stream(made).bits + 20);
  reads(windows, "in", from);
  writes(windows, "out", made);
  plan_.instances.push_back(windows);
  return made;
}

RtlPlanner::Value RtlPlanner::moved(const Value& from, const Axes& axes,
                                    const RtlImage& to,
                                    const std::string& name) {
  Value result;
  result.image = to;
  bool stays =
      axes.c.is_identity() && axes.y.is_identity() && axes.x.is_identity();
  auto move = [&](const Index& part, const char* word) -> Index {
    if (!part) return std::nullopt;
    size_t image = as_image(*part, from.image);
    return stays ? image : moved(image, axes, to, name + word);
  };
  result.fixed = move(from.fixed, "_fixed_move");
  result.changing = move(from.changing, "_move");
  if (from.constants.empty()) return result;
  result.constants.resize(static_cast<size_t>(to.size()));
  for (int64_t c = 0; c < from.image.c; ++c) {
    for (int64_t y = 0; y < from.image.h; ++y) {
      for (int64_t x = 0; x < from.image.w; ++x) {
        int64_t constant = from.constants[flat_index(from.image, c, y, x)];
        for_each_window(axes.c, c, [&](int64_t oc) {
          for_each_window(axes.y, y, [&](int64_t oy) {
            for_each_window(axes.x, x, [&](int64_t ox) {
              result.constants[flat_index(to, oc, oy, ox)] += constant;
            });
          });
        });
      }
    }
  }
  return result;
}

// ---- Views -----------------------------------------------------------------

// The same values in the same order: streams keep their positions until
// somebody needs others.
void RtlPlanner::place_view() {
  Value result = arriving();
  result.image = image();
  bool is_flat = result.image.h == 1 && result.image.w == 1;
  for (const Index& part : {result.fixed, result.changing}) {
    if (!part || is_flat || stream(*part).image == result.image) continue;
    refuse("a change of shape other than to one axis has no RTL form");
  }
  value() = result;
}

// ---- Windows ---------------------------------------------------------------

template <class Pool>
RtlPlanner::Axes RtlPlanner::pool_axes(const Pool& op) {
  const Shape& in = shape_of(source(node().inputs.at(0)));
  ImageWindow w = window_of(op, in, shape_of(at_));
  if (std::max(w.kernel_height, w.kernel_width) > kRtlLongestAxis) {
    refuse("expected windows of at most " + std::to_string(kRtlLongestAxis) +
           " positions");
  }
  return {identity_axis(image().c),
          window_axis({w.in_height, w.out_height, w.kernel_height,
                       w.stride_height, w.padding_height, w.dilation_height}),
          window_axis({w.in_width, w.out_width, w.kernel_width, w.stride_width,
                       w.padding_width, w.dilation_width})};
}

void RtlPlanner::place(const SumPool& op) {
  value() = moved(arriving(), pool_axes(op), image(), ids_[at_]);
}

// Of spikes, the largest in a window is 1 where there is one at all: a neuron
// that begins each step anew and fires at 1.
void RtlPlanner::place(const MaxPool& op) {
  Value in = arriving();
  bool is_binary = in.constants.empty() && node().inputs.size() == 1;
  for (const Index& part : {in.fixed, in.changing}) {
    if (part && stream(*part).value.kind != RtlValue::one) is_binary = false;
  }
  if (!is_binary || (in.fixed && in.changing)) {
    refuse(
        "max_pool of anything but single spikes has no RTL form (HLS C++ has "
        "one; nc-spike --max-pool average makes it an average pool, which "
        "changes the function)");
  }
  int64_t size = 1;
  for (int64_t each : op.kernel) size *= each;
  Value spread_out = moved(in, pool_axes(op), image(), ids_[at_]);
  RtlLayer layer;
  layer.name = ids_[at_];
  layer.layout = layout_of(image(), std::max<int64_t>(4, bits_for({0, size})));
  layer.neuron.initial = Initial::zero;
  layer.neuron.reset = Reset::zero;
  layer.threshold.assign(static_cast<size_t>(image().size()), 1);
  layer.steps = in.fixed ? 1 : graph_.run.timesteps;
  layer.value = {RtlValue::one, 1};
  bool is_fixed = in.fixed.has_value();
  size_t stream_in = is_fixed ? *spread_out.fixed : *spread_out.changing;
  layer.events =
      std::min(stream(stream_in).events, static_cast<double>(image().size()));
  size_t updates = relayed(ids_[at_], stream_in, layer.layout, nullptr, {});
  value().image = image();
  size_t made = place_layer(layer, std::nullopt, updates);
  stream(made).is_fixed = is_fixed;
  (is_fixed ? value().fixed : value().changing) = made;
}

void RtlPlanner::place(const Pad& op) {
  Value in = arriving();
  RtlImage to = image();
  std::vector<int64_t> offsets(3);
  std::vector<size_t> along = image_axes(op.before.size());
  for (size_t i = 0; i < along.size(); ++i) offsets[along[i]] = op.before[i];
  Axes axes = {shifted_axis(in.image.c, to.c, 0, 1, offsets[0]),
               shifted_axis(in.image.h, to.h, 0, 1, offsets[1]),
               shifted_axis(in.image.w, to.w, 0, 1, offsets[2])};
  Value result = moved(in, axes, to, ids_[at_]);
  auto filling = static_cast<int64_t>(op.value);
  if (filling != 0) {
    std::vector<int64_t> border(static_cast<size_t>(to.size()), filling);
    Value inside;
    inside.image = in.image;
    inside.constants.assign(static_cast<size_t>(in.image.size()), -filling);
    add_to(border, moved(inside, axes, to, ids_[at_]).constants);
    add_to(result.constants, border);
  }
  value() = result;
}

void RtlPlanner::place(const Slice& op) {
  Value in = arriving();
  RtlImage to = image();
  size_t sliced =
      image_axes(shape_of(at_).size())[static_cast<size_t>(op.axis)];
  auto axis = [&](size_t at, int64_t from, int64_t size) {
    return at == sliced ? shifted_axis(from, size, op.start, op.step, 0)
                        : identity_axis(size);
  };
  value() = moved(in,
                  {axis(0, in.image.c, to.c), axis(1, in.image.h, to.h),
                   axis(2, in.image.w, to.w)},
                  to, ids_[at_]);
}

// ---- Permute, concat -------------------------------------------------------

size_t RtlPlanner::permuted(size_t from, const Shape& order,
                            const RtlImage& to) {
  const RtlStream before = stream(from);
  RtlStream result = before;
  result.name = ids_[at_] + "_move";
  result.readers.clear();
  result.bits = 0;
  result.image = to;
  size_t made = add_stream(result);
  const RtlImage& image = before.image;
  const std::vector<int64_t> bits = {image.c_bits(), image.y_bits(),
                                     image.x_bits()};
  const std::vector<int64_t> low = {image.x_bits() + image.y_bits(),
                                    image.x_bits(), 0};
  std::vector<size_t> axes = image_axes(order.size());
  std::vector<size_t> taken = {0, 1, 2};
  for (size_t i = 0; i < order.size(); ++i) {
    taken[axes[i]] = axes[static_cast<size_t>(order[i])];
  }
  std::string reader = fresh(before.name + "_to_" + stream(made).name);
  stream(from).readers.push_back(reader);
  std::string data = before.name + "_data";
  std::string token = data + "[" + std::to_string(before.bits - 1) + ":" +
                      std::to_string(before.bits - 1 - before.value.bits) + "]";
  for (size_t each : taken) {
    token += ", " + data + "[" + std::to_string(low[each] + bits[each] - 1) +
             ":" + std::to_string(low[each]) + "]";
  }
  const std::string& name = stream(made).name;
  plan_.assigns.push_back("assign " + name + "_valid = " + reader + "_valid;");
  plan_.assigns.push_back("assign " + reader + "_ready = " + name + "_ready;");
  plan_.assigns.push_back("assign " + name + "_data = {" + token + "};");
  return made;
}

void RtlPlanner::place(const Permute& op) {
  Value in = arriving();
  Value result;
  result.image = image();
  auto turn = [&](const Index& part) -> Index {
    if (!part) return std::nullopt;
    return permuted(as_image(*part, in.image), op.order, result.image);
  };
  result.fixed = turn(in.fixed);
  result.changing = turn(in.changing);
  if (!in.constants.empty()) {
    std::vector<size_t> axes = image_axes(op.order.size());
    std::vector<int64_t> at(3);  // in the input, along c, y, x
    for (int64_t c = 0; c < result.image.c; ++c) {
      for (int64_t y = 0; y < result.image.h; ++y) {
        for (int64_t x = 0; x < result.image.w; ++x) {
          const std::vector<int64_t> to = {c, y, x};
          for (size_t i = 0; i < op.order.size(); ++i) {
            at[axes[static_cast<size_t>(op.order[i])]] = to[axes[i]];
          }
          result.constants.push_back(
              in.constants[flat_index(in.image, at[0], at[1], at[2])]);
        }
      }
    }
  }
  value() = result;
}

void RtlPlanner::place(const Concat& op) {
  RtlImage to = image();
  size_t along = image_axes(shape_of(at_).size())[static_cast<size_t>(op.axis)];
  std::vector<size_t> fixed;
  std::vector<size_t> changing;
  Value result;
  result.image = to;
  int64_t offset = 0;
  for (const std::string& input : node().inputs) {
    const Value& each = values_[source(input)];
    auto axis = [&](size_t at, int64_t from, int64_t size) {
      return shifted_axis(from, size, 0, 1, at == along ? offset : 0);
    };
    Value part =
        moved(each,
              {axis(0, each.image.c, to.c), axis(1, each.image.h, to.h),
               axis(2, each.image.w, to.w)},
              to, ids_[at_]);
    offset += along == 0   ? each.image.c
              : along == 1 ? each.image.h
                           : each.image.w;
    if (part.fixed) fixed.push_back(*part.fixed);
    if (part.changing) changing.push_back(*part.changing);
    add_to(result.constants, part.constants);
  }
  if (!fixed.empty()) result.fixed = merged(fixed, ids_[at_] + "_fixed");
  if (!changing.empty()) result.changing = merged(changing, ids_[at_] + "_all");
  value() = result;
}

}  // namespace nc
