// Splits independent work over threads; the result never depends on how.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nc {

// As many threads as the machine has cores.
inline int default_threads() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// Calls work(i) for i in [0, count). The first exception is thrown on.
template <class Work>
void parallel_for(int64_t count, int threads, const Work& work) {
  std::exception_ptr failure;
  std::mutex guard;
  auto share = [&](int64_t first) {
    try {
      for (int64_t i = first; i < count; i += threads) work(i);
    } catch (...) {
      std::lock_guard lock(guard);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  for (int64_t i = 1; i < std::min<int64_t>(threads, count); ++i) {
    others.emplace_back(share, i);
  }
  share(0);
  others.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nc
