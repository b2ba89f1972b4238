// The neurons of generated hardware against the rules of the reference engine.
#include <catch2/catch.hpp>

#include "backends/hls/kernels/streaming.h"
#include "runtime/neuron.h"
#include "test/support/hls_numbers.h"

namespace nc {
namespace {

using test::as;
using test::Numbers;
using test::random_numbers;

template <int ResetKind, bool IsSigned, int Levels, int Limit, bool Leaks,
          bool StartsHalf, bool IsStrict = false>
struct Cell {
  typedef ap_int<16> in_t;
  typedef ap_int<6> out_t;
  typedef ap_int<20> membrane_t;
  typedef ap_int<20> wide_t;
  typedef ap_uint<8> threshold_t;
  typedef std::uint8_t threshold_rom;
  typedef ap_uint<13> decay_t;
  typedef std::uint16_t decay_rom;
  typedef ap_uint<6> count_t;
  static constexpr int kInputs = 4, kOutputs = 4, kLayer = 0;
  static constexpr int kThresholdGroup = 2, kDecayGroup = 4;
  static constexpr int kReset = ResetKind, kResetValue = -5;
  static constexpr int kIsSigned = IsSigned, kLevels = Levels;
  static constexpr int kMembraneLimit = Limit, kLeaks = Leaks;
  static constexpr int kStartsHalf = StartsHalf, kIsStrict = IsStrict;
  static constexpr int kLowThreshold = 21, kHighThreshold = 60;
  static constexpr int kMost = 9, kCountBits = 4;
};

// What fires above a threshold and is reset to a value may have any threshold.
struct Below : Cell<2, false, 1, 0, true, false, true> {
  typedef ap_int<8> threshold_t;
  typedef std::int8_t threshold_rom;
  static constexpr int kLowThreshold = -9, kHighThreshold = 0;
};

template <class C>
Neuron rule() {
  Neuron neuron;
  neuron.reset = static_cast<Reset>(C::kReset);
  neuron.reset_value = C::kResetValue;
  neuron.initial = C::kStartsHalf ? Initial::half : Initial::zero;
  neuron.is_signed = C::kIsSigned != 0;
  neuron.levels = C::kLevels;
  neuron.strict = C::kIsStrict != 0;
  neuron.membrane_bits = C::kMembraneLimit == 0 ? 0 : 7;
  return neuron;
}

template <class T>
void fill(hls::stream<T>& stream, const std::vector<T>& values) {
  for (const T& each : values) stream.write(each);
}

// Some samples of 40 steps, spikes and membranes compared at each, in both
// forms.
template <class C>
void check_neuron() {
  const typename C::threshold_rom thresholds[] = {C::kLowThreshold,
                                                  C::kHighThreshold};
  const std::uint16_t decays[] = {3500};
  Neuron neuron = rule<C>();
  typename C::membrane_t membrane[4];
  typename C::count_t count[4];
  typename C::membrane_t other_membrane[4];
  typename C::count_t other_count[4];
  for (int sample = 0; sample < 5; ++sample) {
    NeuronState<int64_t> state[4];
    for (size_t i = 0; i < 4; ++i) {
      state[i].membrane = initial_membrane<int64_t>(neuron, thresholds[i / 2]);
    }
    for (int step = 0; step < 40; ++step) {
      Numbers z = random_numbers(4, -40, 50);
      auto in = as<typename C::in_t>(z);
      typename C::out_t out[4];
      snn::fire<C>(in.data(), out, membrane, count, thresholds, decays,
                   step == 0);
      hls::stream<typename C::in_t> from("currents");
      fill(from, in);
      hls::stream<typename C::out_t> to("spikes");
      snn::fire_stream<C>(from, to, other_membrane, other_count, thresholds,
                          decays, step == 0);
      for (size_t i = 0; i < 4; ++i) {
        int64_t& v = state[i].membrane;
        if (C::kLeaks) v = leaked<int64_t>(v, decays[0]);
        int64_t spike =
            fire<int64_t>(neuron, thresholds[i / 2], z[i], state[i]);
        CHECK(out[i] == spike);
        CHECK(to.read() == spike);
        CHECK(membrane[i] == v);
      }
    }
  }
}

TEST_CASE("neurons of every kind fire when the reference fires") {
  check_neuron<Cell<0, false, 1, 0, false, true>>();
  check_neuron<Cell<0, false, 1, 0, false, false>>();
  check_neuron<Cell<1, false, 1, 0, false, true>>();        // reset to zero
  check_neuron<Cell<2, false, 1, 0, false, true>>();        // reset to a value
  check_neuron<Cell<0, true, 1, 0, false, true>>();         // signed
  check_neuron<Cell<0, false, 3, 0, false, true>>();        // levels
  check_neuron<Cell<0, false, 1, 63, false, true>>();       // clamped
  check_neuron<Cell<0, true, 1, 63, true, true>>();         // signed, leaky
  check_neuron<Cell<1, false, 1, 0, true, false>>();        // leaky
  check_neuron<Cell<2, false, 1, 0, true, true>>();         // to a value, leaky
  check_neuron<Cell<0, false, 1, 0, false, true, true>>();  // strict
  check_neuron<Cell<1, false, 1, 0, true, true, true>>();   // strict, leaky
  check_neuron<Below>();
}

TEST_CASE("a window is counted as the exact schedule counts it") {
  using C = Cell<0, false, 1, 0, false, true>;
  const std::uint8_t thresholds[] = {21, 60};
  Neuron neuron = rule<C>();
  for (int64_t z = -300; z <= 700; z += 3) {
    ap_int<16> in[] = {z, z + 1, z + 2, z};
    ap_int<6> out[4];
    snn::count_spikes<C>(in, out, thresholds);
    hls::stream<ap_int<16>> from("sums");
    for (const ap_int<16>& each : in) from.write(each);
    hls::stream<ap_int<6>> to("counts");
    snn::count_spikes_stream<C>(from, to, thresholds);
    for (size_t i = 0; i < 4; ++i) {
      int64_t count = exact_count<int64_t>(neuron, thresholds[i / 2], in[i], 9);
      CHECK(out[i] == count);
      CHECK(to.read() == count);
    }
  }
}

TEST_CASE("a leaky integrator decays towards zero") {
  using C = Cell<0, false, 1, 0, true, false>;
  struct Wide : C {
    typedef ap_int<20> out_t;
  };
  const std::uint16_t decays[] = {3500};
  ap_int<20> membrane[4];
  ap_int<20> other_membrane[4];
  int64_t v[4] = {};
  for (int step = 0; step < 50; ++step) {
    Numbers z = random_numbers(4, -400, 500);
    auto in = as<ap_int<16>>(z);
    ap_int<20> out[4];
    snn::integrate<Wide>(in.data(), out, membrane, decays, step == 0);
    hls::stream<ap_int<16>> from("currents");
    fill(from, in);
    hls::stream<ap_int<20>> to("membranes");
    snn::integrate_stream<Wide>(from, to, other_membrane, decays, step == 0);
    for (size_t i = 0; i < 4; ++i) {
      v[i] = leaked<int64_t>(v[i], 3500) + z[i];
      CHECK(out[i] == v[i]);
      CHECK(to.read() == v[i]);
    }
  }
}

}  // namespace
}  // namespace nc
