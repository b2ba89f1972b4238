// Several processes in one: threads that meet as processes do.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ir/error.h"
#include "runtime/torch/processes.h"

namespace nc::test {

inline bool is_free(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int probe = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool free =
      bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return free;
}

// Below the ports that systems give to outgoing connections: one of those may
// be taken, by any program, between its choice and its use.
inline int next_port() {
  constexpr int first = 10000, count = 10000;
  static int next = 7 * static_cast<int>(getpid()) % count;
  for (int tried = 0; tried < count; ++tried) {
    const int port = first + next++ % count;
    if (is_free(port)) return port;
  }
  throw Error("no port is free");
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
