#include "tools/support/progress.h"

#include <unistd.h>

#include <cstdio>

namespace nc {

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)), is_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (drawn_) std::fputc('\n', stderr);
}

void ProgressLine::update(int64_t done, int64_t total,
                          const std::string& note) {
  using Seconds = std::chrono::duration<double>;
  Clock::time_point now = Clock::now();
  double since_last = Seconds(now - last_).count();
  if (since_last < (is_terminal_ ? 0.2 : 10.0)) return;
  last_ = now;
  double passed = Seconds(now - start_).count();
  double left = done > 0 ? passed * static_cast<double>(total - done) /
                               static_cast<double>(done)
                         : 0;
  std::fprintf(stderr, "%s%s %lld/%lld  %.0f s left%s%s%s",
               is_terminal_ ? "\r\x1b[K" : "", what_.c_str(),
               static_cast<long long>(done), static_cast<long long>(total),
               left, note.empty() ? "" : "  ", note.c_str(),
               is_terminal_ ? "" : "\n");
  std::fflush(stderr);
  drawn_ = is_terminal_;
}

}  // namespace nc
