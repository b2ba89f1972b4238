// HLS C++ of a quantised network: a pure function from a graph to files. What
// is generated is configuration (a struct per layer, tables, one chain of
// calls); the kernels it calls are ordinary headers (kernels/), copied beside
// it. Spikes are those of the reference engine, bit for bit, and every width is
// derived from bounds (ir/widths.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/verify.h"

namespace nc {

// How values go from layer to layer: arrays, one layer after the other; or
// streams between layers that all run at once.
enum class HlsIo { parallel, stream };
template <>
struct Names<HlsIo> {
  static constexpr std::array<const char*, 2> names = {"parallel", "stream"};
};

// What memories are made of. `automatic` leaves it to the vendor's tool.
enum class HlsMemory { automatic, bram, lutram, uram };
template <>
struct Names<HlsMemory> {
  static constexpr std::array<const char*, 4> names = {"auto", "bram", "lutram",
                                                       "uram"};
};

inline constexpr int64_t kHlsMostBits = 48;  // an adder of a DSP block

struct HlsOptions {
  // Products that one multiplier makes in turn for each position of a weighted
  // layer; 0: the fan-in, so that every output has a multiplier of its own.
  int64_t reuse_factor = 0;
  HlsIo io = HlsIo::parallel;
  HlsMemory memory = HlsMemory::automatic;
  int64_t max_bits = 32;  // of any sum, membrane and output
};

// What the network must reproduce, from the reference engine.
struct HlsTrain {
  std::string node;
  int64_t steps = 0;  // 1 under the exact schedule
  int64_t neurons = 0;
  std::vector<int32_t> spikes;  // [samples, steps, neurons]
};

struct HlsGolden {
  int64_t samples = 0;
  int64_t frames = 0;            // of one sample: 1 or T
  std::vector<int64_t> input;    // [samples, frames, inputs]
  std::vector<HlsTrain> trains;  // of all spiking nodes, in node order
  std::vector<double> outputs;   // [samples, outputs], in the source's units
};

struct ProjectFile {
  std::string name;  // with folders, e.g. "weights/fc1.h"
  std::string content;
  bool is_program = false;
};

// All that keeps the graph from becoming hardware, each with its node.
std::vector<Problem> hls_problems(const Graph& graph,
                                  const HlsOptions& options);

// The files of a project for a graph without problems.
std::vector<ProjectFile> generate_hls(const Graph& graph,
                                      const HlsOptions& options,
                                      const HlsGolden& golden);

}  // namespace nc
