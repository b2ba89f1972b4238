#include "backends/hls/folding.h"
#include "backends/hls/geometry.h"
#include "backends/hls/planner.h"
#include "ir/shapes.h"

namespace nc {
namespace {

// Weights [outputs][fan-in] as [fan-in][outputs].
std::vector<int64_t> transposed(const Tensor& weight) {
  std::vector<int64_t> values = weight.to_integers();
  auto outputs = static_cast<size_t>(weight.size(0));
  size_t fan_in = values.size() / outputs;
  std::vector<int64_t> turned(values.size());
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < fan_in; ++i) {
      turned[i * outputs + o] = values[o * fan_in + i];
    }
  }
  return turned;
}

void add_window(HlsLayer& layer, const ImageWindow& w) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, int64_t>>{
           {"kInHeight", w.in_height},
           {"kInWidth", w.in_width},
           {"kOutHeight", w.out_height},
           {"kOutWidth", w.out_width},
           {"kKernelHeight", w.kernel_height},
           {"kKernelWidth", w.kernel_width},
           {"kStrideHeight", w.stride_height},
           {"kStrideWidth", w.stride_width},
           {"kPaddingHeight", w.padding_height},
           {"kPaddingWidth", w.padding_width},
           {"kDilationHeight", w.dilation_height},
           {"kDilationWidth", w.dilation_width}}) {
    layer.numbers.emplace_back(name, value);
  }
}

}  // namespace

template <class Linear>
void HlsPlanner::add_weights(HlsLayer& layer, const Linear& op,
                             int64_t positions) {
  int64_t outputs = op.weight.size(0);
  int64_t fan_in = op.weight.size() / outputs;
  HlsTable weights = hls_table(id() + "_weight", transposed(op.weight));
  HlsTable bias = added(id() + "_bias", op.bias);
  layer.types.emplace_back("sum_t", hls_type(width().accumulator));
  layer.types.emplace_back("weight_t", weights.type);
  layer.tables.push_back(weights);
  add_table(layer, "bias", "kBiasGroup", bias, size());
  HlsFolding folding = fold(fan_in, outputs, options_.reuse_factor);
  layer.numbers.emplace_back("kTerms", folding.terms);
  layer.numbers.emplace_back("kLanes", folding.lanes);
  layer.numbers.emplace_back("kProducts", folding.terms * folding.lanes);
  layer.multipliers = folding.terms * folding.lanes;
  layer.reuse = folding.reuse(fan_in, outputs);
  int64_t ends = 2 * (outputs / folding.lanes);  // bias in, sum out
  if (positions > 1 && folding.lanes < outputs) ends += outputs;
  layer.cycles = positions * (layer.reuse + ends);
}

void HlsPlanner::place(const Affine& op) {
  HlsLayer layer = layer_of("dense");
  add_weights(layer, op, 1);
  done(layer);
}

template <class Conv>
void HlsPlanner::place_convolution(const Conv& op) {
  HlsLayer layer = layer_of("conv");
  ImageWindow window = window_of(op, input_shape(), shape());
  add_window(layer, window);
  int64_t outputs = op.weight.size(0);
  layer.numbers.emplace_back("kOutChannels", outputs);
  layer.numbers.emplace_back("kInPerGroup", op.weight.size(1));
  layer.numbers.emplace_back("kOutPerGroup", outputs / op.groups);
  layer.numbers.emplace_back("kFanIn", op.weight.size() / outputs);
  add_weights(layer, op, window.out_height * window.out_width);
  bool reads_many =
      fold(op.weight.size() / outputs, outputs, options_.reuse_factor).terms >
      1;
  int64_t cells = element_count(input_shape());
  layer.numbers.emplace_back("kBlocks", reads_many ? cells : op.groups);
  done(layer);
}

void HlsPlanner::place(const Conv1d& op) { place_convolution(op); }
void HlsPlanner::place(const Conv2d& op) { place_convolution(op); }

void HlsPlanner::place(const Scale& op) {
  HlsLayer layer = layer_of("scale");
  layer.types.emplace_back("sum_t", hls_type(width().accumulator));
  add_table(layer, "weight", "kWeightGroup",
            hls_table(id() + "_weight", op.weight.to_integers()), size());
  add_table(layer, "bias", "kBiasGroup", added(id() + "_bias", op.offset),
            size());
  layer.multipliers = 1;
  done(layer);
}

void HlsPlanner::place(const Relu&) { done(layer_of("rectify")); }

// ---- Pools -----------------------------------------------------------------

template <class Pool>
void HlsPlanner::place_pool(const char* kernel, const Pool& op) {
  HlsLayer layer = layer_of(kernel);
  ImageWindow window = window_of(op, input_shape(), shape());
  add_window(layer, window);
  layer.cycles *= window.kernel_height * window.kernel_width;
  done(layer);
}

void HlsPlanner::place(const SumPool& op) { place_pool("sum_pool", op); }
void HlsPlanner::place(const MaxPool& op) { place_pool("max_pool", op); }

}  // namespace nc
