#include "passes/torch/torchscript/input_shape.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "ir/error.h"
#include "passes/torch/torchscript/import_graph.h"
#include "passes/torch/torchscript/walk.h"

namespace nc::torchscript {
namespace {

constexpr int64_t kLargestSize = 512;

const char* const kAsk =
    "TorchScript holds no input shape; give it as --input-shape ";

std::optional<ImpliedInput> probe(const torch::jit::Module& module,
                                  StoredConstants& stored, int64_t output) {
  try {
    Walk(module, stored, std::nullopt, 1).run("probe", output);
  } catch (const ImpliedInput& implied) {
    return implied;
  } catch (const Error&) {
    // What a walk without a shape stumbles over says nothing.
  }
  return std::nullopt;
}

Shape shape_for(const ImpliedInput& implied, int64_t size) {
  Shape shape(implied.spatial, size);
  shape.insert(shape.begin(), implied.channels);
  return shape;
}

bool fits(const torch::jit::Module& module, StoredConstants& stored,
          const Shape& shape, int64_t output) {
  try {
    return !import_graph(module, stored, shape, "probe", output).has_misfit;
  } catch (const Error&) {
    return false;
  }
}

// Several sizes fit where pools and strides drop remainders. Images have usual
// sizes; the one that is among them is meant.
std::optional<int64_t> meant_size(const std::vector<int64_t>& sizes) {
  constexpr int64_t kUsual[] = {28,  32,  48,  64,  96,  112, 128, 144, 160,
                                192, 224, 240, 256, 288, 299, 320, 384, 448};
  std::optional<int64_t> meant;
  for (int64_t each : sizes) {
    bool is_usual = std::find(std::begin(kUsual), std::end(kUsual), each) !=
                    std::end(kUsual);
    if (sizes.size() > 1 && !is_usual) continue;
    if (meant) return std::nullopt;
    meant = each;
  }
  return meant;
}

std::string range_of(const std::vector<int64_t>& sizes) {
  if (sizes.empty()) return "no square size fits all layers";
  return "sizes from " + std::to_string(sizes.front()) + " to " +
         std::to_string(sizes.back()) + " fit all layers";
}

[[noreturn]] void ask_for_shape(const ImpliedInput& implied) {
  std::string channels = std::to_string(implied.channels);
  throw Error(kAsk + channels + (implied.spatial == 1 ? ",L" : ",H,W") +
              " (the first layer reads " + channels +
              " channels, and any size fits)");
}

std::vector<int64_t> fitting_sizes(const torch::jit::Module& module,
                                   StoredConstants& stored, int64_t output,
                                   const ImpliedInput& implied) {
  auto fits_size = [&](int64_t size) {
    return fits(module, stored, shape_for(implied, size), output);
  };
  bool is_open = fits_size(kLargestSize) && fits_size(kLargestSize - 1);
  if (is_open) ask_for_shape(implied);
  std::vector<int64_t> sizes;
  for (int64_t size = 1; size <= kLargestSize; ++size) {
    if (fits_size(size)) sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

ImpliedShape imply_input_shape(const torch::jit::Module& module,
                               StoredConstants& stored, int64_t output) {
  auto implied = probe(module, stored, output);
  if (!implied) throw Error(std::string(kAsk) + "C,H,W");
  std::string why = "is what the layers imply";
  if (implied->spatial == 0) {
    Shape shape = {implied->channels};
    return {shape, "input shape " + to_string(shape) + " " + why};
  }
  std::vector<int64_t> sizes = fitting_sizes(module, stored, output, *implied);
  std::optional<int64_t> size = meant_size(sizes);
  if (!size) {
    throw Error(std::string(kAsk) + std::to_string(implied->channels) +
                (implied->spatial == 1 ? ",L" : ",H,W") + " (" +
                range_of(sizes) + ")");
  }
  if (sizes.size() > 1) {
    why += " (" + range_of(sizes) + "; --input-shape chooses)";
  }
  Shape shape = shape_for(*implied, *size);
  return {shape, "input shape " + to_string(shape) + " " + why};
}

}  // namespace nc::torchscript
