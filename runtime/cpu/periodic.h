// Constants of neurons in the stored order of their values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "ir/tensor.h"
#include "runtime/cpu/layout.h"

namespace nc {

// Per channel where the tensor is, else per neuron.
std::vector<int32_t> periodic(const Tensor& tensor, const Shape& shape);

// a + factor * b, where one may be per channel and the other per neuron.
std::vector<int32_t> added(std::vector<int32_t> a,
                           const std::vector<int32_t>& b, int64_t factor);

// Repeated, so that runs of neurons are not shorter than a few vectors.
std::vector<int32_t> lengthened(const std::vector<int32_t>& values);

// Splits neurons [begin, begin + count) into runs in which every constant is
// one piece of memory: visit(begin, length).
template <class Visit>
void for_each_run(int64_t begin, int64_t count,
                  std::initializer_list<const std::vector<int32_t>*> constants,
                  Visit visit) {
  int64_t end = begin + count;
  while (begin < end) {
    int64_t length = end - begin;
    for (const std::vector<int32_t>* each : constants) {
      int64_t period = static_cast<int64_t>(each->size());
      if (period > 0) length = std::min(length, period - begin % period);
    }
    visit(begin, length);
    begin += length;
  }
}

// The constant of a neuron, nullptr where there is none.
inline const int32_t* at(const std::vector<int32_t>& constant, int64_t neuron) {
  if (constant.empty()) return nullptr;
  return constant.data() + neuron % static_cast<int64_t>(constant.size());
}

// The value at an index, nullptr where there are none.
inline int32_t* at(std::vector<int32_t>& values, int64_t index) {
  return values.empty() ? nullptr : values.data() + index;
}

}  // namespace nc
