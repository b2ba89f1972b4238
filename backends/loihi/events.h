// What a population sends in one step: the neurons whose payload is not 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nc::loihi {

template <class Number>
struct Events {
  size_t count = 0;
  std::vector<uint32_t> index;  // room for all; `count` are valid
  std::vector<Number> payload;

  // The nonzero ones of `values`, in order.
  void collect(const std::vector<Number>& values) {
    index.resize(values.size());
    payload.resize(values.size());
    count = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      index[count] = static_cast<uint32_t>(i);
      payload[count] = values[i];
      count += values[i] != 0;
    }
  }
};

}  // namespace nc::loihi
