// Several processes in one: threads that meet as processes do.
#pragma once

#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/torch/processes.h"

namespace nc::test {

inline int next_port() {
  static int port = 20000 + static_cast<int>(getpid()) % 20000;
  return port++;
}

// Calls work(processes) in each; gives what each threw, in the order of ranks.
inline std::vector<std::string> together(
    int size, const std::function<void(Processes&)>& work) {
  std::vector<std::string> errors(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  const int port = next_port();
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        Meeting meeting;
        meeting.rank = rank;
        meeting.size = meeting.here = size;
        meeting.port = port;
        meeting.patience = std::chrono::seconds(60);
        work(*meet(meeting));
      } catch (const std::exception& error) {
        errors[static_cast<size_t>(rank)] = error.what();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  return errors;
}

}  // namespace nc::test
