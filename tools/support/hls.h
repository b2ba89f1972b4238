// What nc-hls does: options, the golden spikes from the reference engine, and
// the folder.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "backends/hls/hls.h"
#include "backends/rtl/rtl.h"

namespace nc {

struct HlsJob {
  std::string input;
  std::string output;
  std::string io = "parallel";
  std::string memory = "auto";
  int64_t reuse_factor = 0;
  int64_t max_bits = HlsOptions{}.max_bits;
  bool rtl = false;
  int64_t columns = RtlOptions{}.columns;
  std::string device;
  bool force = false;
  std::string json;
};

void add_hls_options(CLI::App& app, HlsJob& job);

void run_hls(const HlsJob& job);

// What the reference engine gives on the stored probe or, where there is none,
// on pseudo-random inputs. Throws Error when the stored hashes are of other
// spikes.
HlsGolden golden_of(const Graph& graph);

}  // namespace nc
