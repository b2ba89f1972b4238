// What a network becomes: instances of the modules in verilog/ and the streams
// between them. From it all generated files are written (project.h).
//
// A stream carries tokens {last, value, c, y, x}: an event at a position of an
// image of C x H x W (signals have H = 1, vectors H = W = 1), and the end of a
// step; or rows {last, row, deltas} to the neurons of a layer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backends/rtl/rtl.h"
#include "backends/rtl/words.h"

namespace nc {

// How a value is written: `one` is always 1; `sign` is +1 or -1 in two bits;
// `number` has a sign, `natural` none.
struct RtlValue {
  enum Kind { one, sign, number, natural };
  Kind kind = one;
  int64_t bits = 1;
  friend bool operator==(const RtlValue&, const RtlValue&) = default;
};

struct RtlImage {
  int64_t c = 1;
  int64_t h = 1;
  int64_t w = 1;
  int64_t size() const { return c * h * w; }
  int64_t c_bits() const { return unsigned_bits(c - 1); }
  int64_t y_bits() const { return unsigned_bits(h - 1); }
  int64_t x_bits() const { return unsigned_bits(w - 1); }
  int64_t class_bits() const { return unsigned_bits(size() - 1); }
  friend bool operator==(const RtlImage&, const RtlImage&) = default;
};

struct RtlStream {
  std::string name;
  int64_t bits = 0;  // of a token
  RtlImage image;    // of events
  RtlValue value;
  bool is_fixed = false;  // one frame for all steps of a sample
  double events = 0;      // per frame, on the probe or at most
  std::vector<std::string> readers;
};

struct RtlMemory {
  std::string name;
  int64_t words = 0;
  int64_t bits = 0;  // of a word
};

struct RtlInstance {
  std::string module;
  std::string name;
  std::string node;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, std::string>> ports;
  std::vector<RtlMemory> memories;
  double cycles = 0;  // per step, modelled
  double luts = 0;    // modelled
};

// A stream whose every token the test bench compares.
struct RtlMonitor {
  std::string node;
  std::string name;  // of the file
  std::string stream;
  RtlImage image;
  RtlValue value;
};

struct RtlPlan {
  std::vector<RtlStream> streams;
  std::vector<RtlInstance> instances;
  std::vector<std::string> assigns;  // lines between them
  std::vector<RtlTable> tables;
  std::vector<RtlMonitor> monitors;
  RtlStream input;
  RtlStream output;
  int64_t frames = 1;  // that a sample brings
};

// For a graph whose ops and widths have been checked. `golden` gives the
// frames and the activity; without trains, layers are taken to be busy. Throws
// Error, by node, for what only the plan can see.
RtlPlan plan_rtl(const Graph& graph, const RtlOptions& options,
                 const HlsGolden& golden);

// Fields of a token, lowest first.
inline int64_t token_bits(const RtlImage& image, const RtlValue& value) {
  return 1 + value.bits + image.c_bits() + image.y_bits() + image.x_bits();
}

// Of what all layers send, side by side.
inline int64_t monitor_bits(const RtlPlan& plan) {
  int64_t bits = 0;
  for (const RtlMonitor& each : plan.monitors) {
    bits += token_bits(each.image, each.value);
  }
  return bits;
}

}  // namespace nc
