// What a front end makes of a foreign model: a graph, and the fate of every
// operator of the source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

// How the differential equations of NIR's neurons become steps (passes/nir.h).
enum class Discretisation { euler, exponential };
template <>
struct Names<Discretisation> {
  static constexpr std::array<const char*, 2> names = {"euler", "exponential"};
};

// What a spike of a NIR neuron does to its membrane: to v_reset or, where the
// file has none, by subtraction (file); or always one of the two.
enum class NirReset { file, subtract, zero };
template <>
struct Names<NirReset> {
  static constexpr std::array<const char*, 3> names = {"file", "subtract",
                                                       "zero"};
};

struct NirOptions {
  std::optional<double> dt;  // else the file's own, or 1e-4
  Discretisation discretisation = Discretisation::euler;
  NirReset reset = NirReset::file;
  std::optional<int64_t> timesteps;  // T; else the file's own
  std::optional<Shape> data_shape;   // of a sample; [T, ...] where T is unknown

  friend bool operator==(const NirOptions&, const NirOptions&) = default;
};

struct ImportOptions {
  std::optional<Shape> input_shape;  // without batch; else the file's own
  int64_t output = 0;                // which of several outputs
  NirOptions nir = {};
};

// How one operator of the source is converted.
struct Conversion {
  // ann_only: runs as it is, but nc-spike has no neurons for it.
  enum class Verdict { exact, approximate, ann_only, refused };
  Verdict verdict = Verdict::exact;
  std::string op;      // "aten::relu_"
  std::string origin;  // source module or weight, "layer1.0.conv1"
  std::string reason;  // why not exact, and what to do
};

struct Imported {
  Graph graph;                       // empty when anything was refused
  std::vector<Conversion> table;     // every operator, in execution order
  std::vector<std::string> remarks;  // "log_softmax at the end is dropped"
  std::vector<std::string> files;    // read beside the model, with weights
};

}  // namespace nc
