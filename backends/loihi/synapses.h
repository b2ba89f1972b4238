// The synapses that an op of the IR stands for, run event by event: each spike
// adds its payload times its weights to the accumulators of its targets. The
// sums are those of Lava's Dense and Conv with w = 2q and exponent -1 (see
// encode.h); sums of integers do not depend on the order.
//
// Number is int32_t where every sum is known to stay below 2^24, else int64_t.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "backends/loihi/events.h"

namespace nc::loihi {

// Each source neuron to every target: weight [in, out].
template <class Number>
struct DenseSynapses {
  size_t outputs = 0;
  std::vector<Number> weight;

  void add(const Events<Number>& events, Number* out) const;
};

// Which output each tap of a kernel reaches from each input, along one axis:
// (input + padding - tap * dilation) / stride where that is whole and inside,
// else -1.
struct Reach {
  int64_t kernel = 1;
  std::vector<int32_t> output;  // [input, tap]

  Reach() = default;
  Reach(int64_t inputs, int64_t taps, int64_t outputs, int64_t stride,
        int64_t padding, int64_t dilation);

  const int32_t* from(size_t input) const {
    return &output[input * static_cast<size_t>(kernel)];
  }
};

// A convolution seen from the source: a spike reaches the outputs around it
// through the flipped kernel. A signal is an image of height 1.
// weight [in channel, kernel y, kernel x (flipped), out channel of the group].
template <class Number>
struct ConvSynapses {
  int64_t in_w, in_channels, out_w, out_channels, groups;
  Reach rows;
  Reach columns;      // its taps are flipped
  bool side_by_side;  // columns that neighbouring taps reach are neighbours
  std::vector<Number> weight;

  void add(const Events<Number>& events, Number* out) const;

 private:
  void add_spike(size_t y, size_t x, size_t channel, Number payload,
                 Number* out) const;
};

// One synapse per neuron: target i reads source i.
template <class Number>
struct GainSynapses {
  std::vector<Number> weight;  // empty: 1

  void add(const Events<Number>& events, Number* out) const;
};

// Wiring without weights: source i reaches target[first[i]] up to, not
// including, target[first[i + 1]].
template <class Number>
struct RoutedSynapses {
  std::vector<uint32_t> first;
  std::vector<uint32_t> target;

  void add(const Events<Number>& events, Number* out) const;
};

template <class Number>
using Synapses = std::variant<DenseSynapses<Number>, ConvSynapses<Number>,
                              GainSynapses<Number>, RoutedSynapses<Number>>;

}  // namespace nc::loihi
