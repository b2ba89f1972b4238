// How the IR's integers go into the chip's small fields, exactly.
//
// Weights. A synapse holds an even mantissa w from -256 to 254 (Lava's mixed
// mode, 8 bits) and an exponent: w * 2^exponent. q from -128 to 127 is w = 2q
// with exponent -1. A larger q (the scale on a skip connection) is several
// synapses between the same two neurons: q = sum of 256 * h_k + l, the h_k
// with w = 2 h_k and exponent 7.
//
// Biases. A neuron's own bias is mantissa * 2^exponent in chip units: 13 bits
// with sign, exponents 0 to 7. What does not fit comes from bias axons that
// are always on: payload P times an 8-bit weight, bias = P * w + remainder,
// repeated until the remainder fits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nc::loihi {

struct Synapse {
  int64_t mantissa = 0;
  int64_t exponent = 0;
};

// Weights that need more than five synapses exceed every current anyway.
inline constexpr int64_t kMostWeight = (int64_t{1} << 17) - 1;

// The synapses that together weigh q; |q| <= kMostWeight.
std::vector<Synapse> encode_weight(int64_t q);

struct BiasAxon {
  int64_t payload = 0;
  std::vector<int64_t> weight;  // per neuron, -127 to 127
};

struct Biases {
  std::vector<int64_t> mantissa;  // per neuron
  std::vector<int64_t> exponent;
  std::vector<BiasAxon> axons;

  int64_t own(size_t neuron) const;      // chip units
  int64_t current(size_t neuron) const;  // of the axons, weight units
};

// What a population's own bias field can do: Lava's LIF has one, GradedVec
// has none.
enum class BiasField { none, chip_units };

// `biases` are in weight units. Throws Error where an axon's payload would
// exceed 24 bits.
Biases encode_biases(std::vector<int64_t> biases, BiasField field);

}  // namespace nc::loihi
