// LibTorch and its BLAS cut sums up by the number of threads, and f32 remembers
// how. So the number is always the one that is asked for, whatever the machine
// has: same input, same bytes.
// Private to the *_torch libraries.
#pragma once

namespace nc {

class FixedThreads {
 public:
  explicit FixedThreads(int threads = 4);
  FixedThreads(const FixedThreads&) = delete;
  FixedThreads& operator=(const FixedThreads&) = delete;
  ~FixedThreads();

 private:
  int before_;
};

}  // namespace nc
