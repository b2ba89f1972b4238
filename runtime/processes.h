// Several processes that share one piece of work, each with a part of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nc {

// Where a process meets the others, and which of them it is.
struct Meeting {
  int rank = 0;
  int size = 1;
  int here = 1;  // how many of them share this machine, as far as is known
  std::string host = "127.0.0.1";  // of the process of rank 0
  int port = 29500;
  std::string name = "ncc";  // of this piece of work; all give the same
  // How long to wait for the others before giving up.
  std::chrono::seconds patience{1800};
};

// All processes must make the same calls in the same order. Every call throws
// Error when another process has died or does not come in time.
class Processes {
 public:
  virtual ~Processes() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int here() const = 0;  // on this machine
  // What the next sums are, for messages: "the gradients of step 3".
  virtual void name_sums(const std::string& what) = 0;
  // Every value becomes its sum over all processes, the same bits on each.
  virtual void add_up(double* values, int64_t count) = 0;
  virtual void add_up(float* values, int64_t count) = 0;
  virtual void add_up(int64_t* values, int64_t count) = 0;
};

// The part of `count` pieces, in order, that process `rank` of `size` does.
struct Part {
  int64_t first = 0;
  int64_t count = 0;
};
inline Part part_of(int64_t count, int rank, int size) {
  int64_t first = count * rank / size;
  return {first, count * (rank + 1) / size - first};
}

// Or dealt out in turn: process `rank` does pieces rank, rank + size, ... of
// `count`, so many. Of the first few pieces all have their share as well.
inline int64_t dealt_to(int64_t count, int rank, int size) {
  return (count - rank + size - 1) / size;
}

// The one that speaks for all.
inline bool is_first(const Processes* others) {
  return !others || others->rank() == 0;
}

}  // namespace nc
