#include "backends/loihi/encode.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <string>

#include "backends/loihi/fixed_point.h"
#include "ir/error.h"

namespace nc::loihi {
namespace {

constexpr int64_t kMostBiasMantissa = (int64_t{1} << 12) - 1;
constexpr int64_t kMostBiasExponent = 7;
constexpr int64_t kMostAxonWeight = 127;

// Halves the bias while the mantissa is too large; false if bits would go.
bool fits_field(int64_t bias, int64_t& mantissa, int64_t& exponent) {
  mantissa = bias * (int64_t{1} << kUnitShift);
  exponent = 0;
  while (std::abs(mantissa) > kMostBiasMantissa) {
    if (mantissa % 2 != 0 || exponent == kMostBiasExponent) return false;
    mantissa /= 2;
    ++exponent;
  }
  return true;
}

bool fits(int64_t bias, BiasField field) {
  int64_t mantissa = 0;
  int64_t exponent = 0;
  if (field == BiasField::none) return bias == 0;
  return fits_field(bias, mantissa, exponent);
}

// Takes the largest part that one axon can carry off all biases that do not
// fit yet.
BiasAxon next_axon(std::vector<int64_t>& rest, BiasField field) {
  int64_t most = 0;
  for (int64_t bias : rest) {
    if (!fits(bias, field)) most = std::max(most, std::abs(bias));
  }
  BiasAxon axon;
  axon.payload = (most + kMostAxonWeight - 1) / kMostAxonWeight;
  if (axon.payload > kMostPayload) {
    throw Error("expected biases up to " +
                std::to_string(kMostPayload * kMostAxonWeight) + ", found " +
                std::to_string(most));
  }
  for (int64_t& bias : rest) {
    int64_t weight = fits(bias, field) ? 0 : bias / axon.payload;
    bias -= weight * axon.payload;
    axon.weight.push_back(weight);
  }
  return axon;
}

}  // namespace

std::vector<Synapse> encode_weight(int64_t q) {
  assert(std::abs(q) <= kMostWeight);
  std::vector<Synapse> synapses;
  while (q < -128 || q > 127) {
    int64_t high = std::clamp<int64_t>((q + 128) >> 8, -128, 127);
    synapses.push_back({2 * high, 7});
    q -= 256 * high;
  }
  if (q != 0 || synapses.empty()) synapses.push_back({2 * q, -1});
  return synapses;
}

int64_t Biases::own(size_t neuron) const {
  return mantissa[neuron] << exponent[neuron];
}

int64_t Biases::current(size_t neuron) const {
  int64_t sum = 0;
  for (const BiasAxon& axon : axons) sum += axon.payload * axon.weight[neuron];
  return sum;
}

Biases encode_biases(std::vector<int64_t> biases, BiasField field) {
  Biases encoded;
  auto all_fit = [&] {
    return std::all_of(biases.begin(), biases.end(),
                       [&](int64_t bias) { return fits(bias, field); });
  };
  while (!all_fit()) encoded.axons.push_back(next_axon(biases, field));
  encoded.mantissa.resize(biases.size());
  encoded.exponent.resize(biases.size());
  for (size_t i = 0; i < biases.size(); ++i) {
    if (field == BiasField::none) break;
    fits_field(biases[i], encoded.mantissa[i], encoded.exponent[i]);
  }
  return encoded;
}

}  // namespace nc::loihi
