#include "backends/hls/planner.h"
#include "ir/shapes.h"

namespace nc {
namespace {

void add_walk(HlsLayer& layer, const Walk& walk) {
  Walk along = *along_four_axes(walk);
  for (size_t axis = 0; axis < along.shape.size(); ++axis) {
    std::string number = std::to_string(axis);
    layer.numbers.emplace_back("kSize" + number, along.shape[axis]);
    layer.numbers.emplace_back("kStride" + number, along.strides[axis]);
  }
  layer.numbers.emplace_back("kStart", along.start);
}

}  // namespace

// Nothing moves.
void HlsPlanner::place(const Flatten&) { value_of_[at_] = arriving(); }
void HlsPlanner::place(const Reshape&) { value_of_[at_] = arriving(); }

void HlsPlanner::place_walk(const char* kernel, const Walk& walk) {
  HlsLayer layer = layer_of(kernel);
  add_walk(layer, walk);
  done(layer);
}

void HlsPlanner::place(const Permute& op) {
  place_walk("gather", walk_of(op, input_shape()));
}

void HlsPlanner::place(const Slice& op) {
  place_walk("gather", walk_of(op, input_shape(), shape()));
}

void HlsPlanner::place(const Pad& op) {
  HlsLayer layer = layer_of("place");
  add_walk(layer, walk_of(op, input_shape(), shape()));
  layer.numbers.emplace_back("kFill",
                             static_cast<int64_t>(op.value) * repeats());
  layer.cycles += element_count(input_shape());
  done(layer);
}

// Two at a time.
void HlsPlanner::place(const Concat& op) {
  auto axis = static_cast<size_t>(op.axis);
  Value all = source(node().inputs[0]);
  int64_t runs = 1;
  for (size_t i = 0; i < axis; ++i) runs *= shape()[i];
  for (size_t i = 1; i < node().inputs.size(); ++i) {
    Value more = source(node().inputs[i]);
    bool is_last = i + 1 == node().inputs.size();
    std::string name = id() + (is_last ? "" : "_part" + std::to_string(i));
    Value both = add_buffer(name + "_out", hull_of(all.range, more.range),
                            all.size + more.size);
    HlsLayer layer = layer_for("concat", name);
    connect(layer, {all, more}, both);
    layer.numbers.emplace_back("kRuns", runs);
    layer.numbers.emplace_back("kFirst", all.size / runs);
    layer.numbers.emplace_back("kSecond", more.size / runs);
    layer.cycles = both.size;
    done(layer);
    all = both;
  }
  value_of_[at_] = all;
}

}  // namespace nc
