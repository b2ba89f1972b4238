// A line on stderr that tells how far long work is: done, total, time left.
// Rewritten in place on a terminal; elsewhere a line every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nc {

class ProgressLine {
 public:
  // `what`: "nc-run: test images".
  explicit ProgressLine(std::string what);
  ~ProgressLine();  // ends the line

  void update(int64_t done, int64_t total, const std::string& note = "");

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  bool is_terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace nc
