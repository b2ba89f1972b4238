// How many samples a network gets right: the largest of a sample's outputs,
// all axes laid out in a row, names its class.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/engine.h"

namespace nc {

// The position of the largest value; of equal ones the first. Never empty.
int64_t argmax(std::span<const double> values);

// Scores of batches add up.
struct Score {
  int64_t correct = 0;
  int64_t samples = 0;

  double accuracy() const;  // a fraction; 0 without samples
  Score& operator+=(const Score& other);
  friend bool operator==(const Score&, const Score&) = default;
};

// Labels are one per sample, in the same order. Throws Error when there is
// another number of them, or one that no output stands for.
Score score(const Outputs& outputs, std::span<const int64_t> labels);

// The same after each step: entry t - 1 is of by_step at T = t. Empty when
// the outputs were not asked for by step.
std::vector<Score> score_by_step(const Outputs& outputs,
                                 std::span<const int64_t> labels);

}  // namespace nc
