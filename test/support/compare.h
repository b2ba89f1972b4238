// Runs graphs on the reference engine and compares what they give.
#pragma once

#include <cmath>
#include <random>

#include "ir/graph.h"
#include "ir/shapes.h"
#include "runtime/reference.h"

namespace nc::test {

// `samples` inputs from -1 to 1 or, for a quantised input, within its limits;
// the same for the same seed.
inline Batch random_batch(const Graph& graph, int64_t samples, unsigned seed) {
  const Input& input = std::get<Input>(graph.input().op);
  Batch batch{samples, 1, input.shape, {}};
  std::minstd_rand next(seed + 1);
  for (int64_t i = 0; i < samples * element_count(input.shape); ++i) {
    double unit = static_cast<double>(next() % 10001) / 10000;
    double value = 2 * unit - 1;
    if (input.step > 0) {
      value = std::floor(static_cast<double>(input.low) +
                         unit * static_cast<double>(input.high - input.low));
    }
    batch.values.push_back(static_cast<float>(value));
  }
  return batch;
}

// Largest difference, relative to the largest output of `a`.
inline double difference(const Outputs& a, const Outputs& b) {
  double largest = 1e-30;
  double differs = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    largest = std::max(largest, std::abs(a.values[i]));
    differs = std::max(differs, std::abs(a.values[i] - b.values.at(i)));
  }
  return differs / largest;
}

inline double difference(const Graph& a, const Graph& b, unsigned seed = 0) {
  Batch batch = random_batch(a, 3, seed);
  return difference(make_reference_engine(a)->run(batch),
                    make_reference_engine(b)->run(batch));
}

// How many payloads differ between two engines' trains.
inline int64_t different_spikes(const Outputs& a, const Outputs& b) {
  int64_t count = 0;
  for (const auto& [name, train] : a.trains) {
    const Train& other = b.trains.at(name);
    if (train.spikes.size() != other.spikes.size()) return -1;
    for (size_t i = 0; i < train.spikes.size(); ++i) {
      count += train.spikes[i] != other.spikes[i];
    }
  }
  return count;
}

}  // namespace nc::test
