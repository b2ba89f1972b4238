// Verilog of a quantised network: a pure function from a graph to files. What
// is generated is configuration (a top module with one instance per layer, and
// its tables); the modules it is made of are ordinary Verilog-2001 (verilog/),
// copied beside it. Work is driven by events: a spike walks the neurons that it
// reaches, and what is silent costs nothing. Spikes are those of the reference
// engine, bit for bit, and every width is derived from bounds (ir/widths.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/hls/hls.h"
#include "ir/graph.h"
#include "ir/verify.h"

namespace nc {

inline constexpr int64_t kRtlMostColumns = 64;

struct RtlOptions {
  int64_t columns = 1;    // neurons that a layer updates per clock: 2^n
  int64_t max_bits = 32;  // of any sum, membrane and output
  std::string device;     // a name of rtl_devices(), or empty: any
};

// All that keeps the graph from becoming hardware, each with its node; with a
// device also that it does not fit there, with needs and has.
std::vector<Problem> rtl_problems(const Graph& graph,
                                  const RtlOptions& options);

// The files of a project for a graph without problems.
std::vector<ProjectFile> generate_rtl(const Graph& graph,
                                      const RtlOptions& options,
                                      const HlsGolden& golden);

}  // namespace nc
