// What a network becomes: a chain of kernels and the memories between them.
// From it all generated files are written (project.h).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backends/hls/hls.h"
#include "backends/hls/types.h"

namespace nc {

// An array, or a stream of frames of so many values.
struct HlsBuffer {
  std::string name;
  HlsType type;
  int64_t size = 0;
  int64_t depth = 2;    // of a stream
  bool is_used = true;  // false: only there to be passed on
};

struct HlsTable {
  std::string name;
  HlsType type;
  std::vector<int64_t> values;
  bool is_used = true;
};

// One call of a kernel. Its arguments are reads, writes, states, tables and
// `last_arguments`, in this order; its configuration is types and numbers.
struct HlsLayer {
  std::string node;
  std::string id;      // "fc1": the configuration is fc1_layer
  std::string kernel;  // "dense"
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  std::vector<HlsBuffer> states;
  std::vector<HlsTable> tables;
  std::vector<std::string> last_arguments;
  std::vector<std::pair<std::string, HlsType>> types;
  std::vector<std::pair<std::string, int64_t>> numbers;
  int64_t cycles = 0;  // per step, modelled
  int64_t multipliers = 0;
  int64_t reuse = 0;  // products of a multiplier per position
};

struct HlsPlan {
  std::vector<HlsLayer> layers;
  std::vector<HlsBuffer> buffers;
  std::vector<std::string> names;  // of the nodes
  HlsBuffer input;                 // of one sample: frames * inputs
  HlsBuffer output;
  int64_t frames = 1;
  int64_t calls = 1;  // of the chain for one sample: T, or 1 (exact)
};

// For a graph without problems; `frames` of a stored sample: 1 or T.
HlsPlan plan_hls(const Graph& graph, const HlsOptions& options, int64_t frames);

// Makes every stream one with a single reader: forks, drains, and depths that
// let the branches of a network meet again.
void split_streams(HlsPlan& plan);

}  // namespace nc
