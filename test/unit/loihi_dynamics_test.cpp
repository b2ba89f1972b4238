// The chip's process models against vectors recorded from Lava itself, and
// the neurons and encodings that Lava does not have against their definition.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "backends/loihi/encode.h"
#include "backends/loihi/fixed_point.h"
#include "backends/loihi/graded.h"
#include "backends/loihi/lava_lif.h"
#include "backends/loihi/lava_sigma_delta.h"
#include "backends/loihi/lava_synapses.h"
#include "backends/loihi/microcode.h"
#include "backends/loihi/wiring.h"

namespace nc::loihi {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<int64_t>;
using Rows = std::vector<Numbers>;

std::string golden_folder() {
  const char* folder = std::getenv("NCC_GOLDEN");
  return folder ? folder : std::string(NCC_SOURCE_DIR) + "/../shared/golden";
}

// The objects of one kind in a golden file; says so when the file is absent.
std::vector<Json> golden(const std::string& file, const std::string& kind) {
  std::ifstream stream(golden_folder() + "/loihi/" + file);
  std::vector<Json> found;
  if (!stream) {
    WARN("skipped: no golden vectors in " << golden_folder());
    return found;
  }
  for (std::string line; std::getline(stream, line);) {
    Json vector = Json::parse(line);
    if (vector.at("kind") == kind) found.push_back(std::move(vector));
  }
  REQUIRE(!found.empty());
  return found;
}

int64_t number(const Json& vector, const char* key) {
  return vector.at(key).get<int64_t>();
}

// Any nesting of lists as one row-major list.
void append(const Json& nested, Numbers& flat) {
  if (!nested.is_array()) return flat.push_back(nested.get<int64_t>());
  for (const Json& each : nested) append(each, flat);
}

Numbers flat(const Json& nested) {
  Numbers numbers;
  append(nested, numbers);
  return numbers;
}

LavaLif lif_of(const Json& vector, size_t neuron, const char* threshold) {
  return {number(vector, "du"), number(vector, "dv"),
          vector.at("bias_mant")[neuron].get<int64_t>(),
          vector.at("bias_exp")[neuron].get<int64_t>(),
          number(vector, threshold)};
}

// Runs step(neuron, state, a_in, t) over a recorded vector and compares u, v
// and spikes of every step.
template <class Step>
void check_neurons(const Json& vector, Step step) {
  Rows a_in = vector.at("a_in").get<Rows>();
  Rows u, v, spikes;
  std::vector<LavaState> states(a_in.at(0).size());
  for (size_t t = 0; t < a_in.size(); ++t) {
    u.emplace_back(), v.emplace_back(), spikes.emplace_back();
    for (size_t i = 0; i < states.size(); ++i) {
      spikes[t].push_back(
          step(i, states[i], a_in[t][i], static_cast<int64_t>(t) + 1));
      u[t].push_back(states[i].u);
      v[t].push_back(states[i].v);
    }
  }
  CHECK(spikes == vector.at("s_out").get<Rows>());
  CHECK(u == vector.at("u").get<Rows>());
  CHECK(v == vector.at("v").get<Rows>());
}

TEST_CASE("LIF computes what Lava's LIF computes", "[loihi][golden]") {
  for (const Json& vector : golden("lava_processes.jsonl", "lif")) {
    check_neurons(vector, [&](size_t i, LavaState& state, int64_t a, int64_t) {
      return lif_of(vector, i, "vth").step(state, a);
    });
  }
}

TEST_CASE("LIFReset computes what Lava's computes", "[loihi][golden]") {
  for (const Json& vector : golden("lava_processes.jsonl", "lif_reset")) {
    int64_t interval = number(vector, "reset_interval");
    int64_t offset = number(vector, "reset_offset");
    check_neurons(
        vector, [&](size_t i, LavaState& state, int64_t a, int64_t t) {
          LavaLifReset neuron = {lif_of(vector, i, "vth"), interval, offset};
          return neuron.step(state, a, t);
        });
  }
}

TEST_CASE("TernaryLIF computes what Lava's computes", "[loihi][golden]") {
  for (const Json& vector : golden("lava_processes.jsonl", "ternary_lif")) {
    check_neurons(vector, [&](size_t i, LavaState& state, int64_t a, int64_t) {
      LavaTernaryLif neuron = {lif_of(vector, i, "vth_hi"),
                               number(vector, "vth_lo")};
      return neuron.step(state, a);
    });
  }
}

TEST_CASE("Dense computes what Lava's Dense computes", "[loihi][golden]") {
  for (const Json& vector : golden("lava_processes.jsonl", "dense")) {
    Numbers weights = truncated_weights(flat(vector.at("weights")),
                                        number(vector, "num_weight_bits"));
    LavaDense dense(weights, vector.at("weights").size(),
                    number(vector, "weight_exp"),
                    number(vector, "num_message_bits") > 0);
    Rows a_out;
    for (const Numbers& s : vector.at("s_in").get<Rows>()) {
      a_out.push_back(dense.step(s));
    }
    CHECK(a_out == vector.at("a_out").get<Rows>());
  }
}

LavaConvShape conv_shape(const Json& vector) {
  const Json& input = vector.at("s_in").at(0);
  const Json& weight = vector.at("weight");
  auto size = [](const Json& list) {
    return static_cast<int64_t>(list.size());
  };
  Numbers stride = vector.at("stride"), padding = vector.at("padding");
  Numbers dilation = vector.at("dilation");
  return {size(input),
          size(input[0]),
          size(input[0][0]),
          size(weight),
          size(weight[0]),
          size(weight[0][0]),
          stride[0],
          stride[1],
          padding[0],
          padding[1],
          dilation[0],
          dilation[1],
          number(vector, "groups")};
}

TEST_CASE("Conv computes what Lava's Conv computes", "[loihi][golden]") {
  for (const Json& vector : golden("lava_processes.jsonl", "conv")) {
    LavaConv conv(conv_shape(vector), flat(vector.at("weight")),
                  number(vector, "num_message_bits") > 0);
    for (size_t t = 0; t < vector.at("s_in").size(); ++t) {
      CHECK(conv.step(flat(vector.at("s_in")[t])) ==
            flat(vector.at("a_out")[t]));
    }
  }
}

// The recorded model is the corrected one: it is what Lava selects. Without an
// exponent the other one is the same.
TEST_CASE("SigmaDelta computes what Lava's computes", "[loihi][golden]") {
  for (const Json& vector :
       golden("lava_processes.jsonl", "sigma_delta_relu")) {
    Rows a_in = vector.at("a_in").get<Rows>();
    Rows expected = vector.at("s_out").get<Rows>();
    Numbers biases = vector.at("bias");
    for (size_t i = 0; i < biases.size(); ++i) {
      LavaSigmaDelta neuron = {number(vector, "vth"), biases[i],
                               number(vector, "state_exp")};
      SigmaDeltaState state, plain;
      for (size_t t = 0; t < a_in.size(); ++t) {
        CHECK(neuron.step_corrected(state, a_in[t][i]) == expected[t][i]);
        if (neuron.state_exp > 0) continue;
        CHECK(neuron.step(plain, a_in[t][i]) == expected[t][i]);
      }
    }
  }
}

// A two-layer network as the golden file describes it: int8 weights as even
// mantissas with exponent -1, du = 4095, bias in weight units.
class GoldenLayer {
 public:
  GoldenLayer(const Json& vector, const std::string& layer)
      : bias_(vector.at("bias_" + layer)),
        threshold_(number(vector, ("vth_" + layer).c_str())),
        soft_(vector.at("reset") == "subtract (v >= vth)"),
        dense_(doubled(flat(vector.at("int8_weights_" + layer))), bias_.size(),
               -1, false),
        states_(bias_.size()) {
    for (int64_t bias : bias_) neurons_.bias.push_back(bias << kUnitShift);
    neurons_.threshold.assign(bias_.size(), threshold_ << kUnitShift);
    neurons_.initial.assign(bias_.size(), 0);
    neurons_.limit = kMostMembrane << kUnitShift;
    neurons_.start(soft_state_);
  }

  Numbers step(const Numbers& s) {
    Numbers current = dense_.step(s);
    if (soft_) {
      neurons_.step(soft_state_, current);
      return current;
    }
    for (size_t i = 0; i < current.size(); ++i) {
      LavaLif lif = {4095, 0, bias_[i], 6, threshold_};
      current[i] = lif.step(states_[i], current[i]);
    }
    return current;
  }

  Numbers membranes() const {
    Numbers v = soft_state_.v;
    for (size_t i = 0; !soft_ && i < v.size(); ++i) v[i] = states_[i].v;
    return v;
  }

 private:
  static Numbers doubled(Numbers weights) {
    for (int64_t& weight : weights) weight *= 2;
    return truncated_weights(weights, 8, SignMode::mixed);
  }

  Numbers bias_;
  int64_t threshold_;
  bool soft_;
  LavaDense dense_;
  std::vector<LavaState> states_;
  Microcode<int64_t> neurons_;
  MicrocodeState<int64_t> soft_state_;
};

TEST_CASE("Two-layer networks spike as in Lava's runtime", "[loihi][golden]") {
  for (const Json& vector : golden("lava_networks.jsonl", "network")) {
    GoldenLayer first(vector, "1"), second(vector, "2");
    Rows in = vector.at("spikes_in"), one = vector.at("spikes_1"),
         two = vector.at("spikes_2");
    for (size_t t = 0; t < in[0].size(); ++t) {
      auto column = [t](const Rows& rows) {
        Numbers now;
        for (const Numbers& row : rows) now.push_back(row[t]);
        return now;
      };
      Numbers spikes = first.step(column(in));
      CHECK(spikes == column(one));
      CHECK(second.step(spikes) == column(two));
    }
    CHECK(first.membranes() == vector.at("final_v_1").get<Numbers>());
    CHECK(second.membranes() == vector.at("final_v_2").get<Numbers>());
  }
}

TEST_CASE("A current wraps once, with uneven limits", "[loihi]") {
  CHECK(wrapped<int64_t>(kStateLimit) == kStateLimit);
  CHECK(wrapped<int64_t>(-kStateLimit) == kStateLimit);
  CHECK(wrapped<int64_t>(kStateLimit + 1) == -kStateLimit + 1);
  CHECK(wrapped<int64_t>(4 * kStateLimit) == 2 * kStateLimit);
  CHECK(wrapped<int32_t>(-1 - (1 << 23)) == (1 << 23) - 1);
}

TEST_CASE("Mixed weights of 8 bits are even, one-signed ones are not",
          "[loihi]") {
  CHECK(truncated_weights({-3, 255, -300, 7}, 8) == Numbers{-4, 254, -256, 6});
  CHECK(truncated_weights({3, 255, 300}, 8) == Numbers{3, 255, 255});
  CHECK(truncated_weights({-3, -300}, 7) == Numbers{-2, -254});
}

TEST_CASE("Corrected sigma-delta loses nothing to the exponent", "[loihi]") {
  LavaSigmaDelta neuron = {0, 0, 4};
  SigmaDeltaState state, plain;
  int64_t decoded = 0, decoded_plain = 0;
  for (int64_t a : {23, 23, 23, 23, 23, 23}) {
    decoded += neuron.step_corrected(state, a) << 4;
    decoded_plain += neuron.step(plain, a) << 4;
  }
  CHECK(decoded == 6 * 23 / 16 * 16);
  CHECK(decoded_plain == 6 * (23 / 16 * 16));
}

TEST_CASE("Sigma-delta sends a change once it reaches the threshold",
          "[loihi]") {
  LavaDelta delta = {10, 0, 0};
  SigmaDeltaState state;
  CHECK(delta.step(state, 6) == 0);
  CHECK(delta.step(state, 9) == 0);
  CHECK(delta.step(state, 10) == 10);
  CHECK(delta.step(state, 10) == 0);
  LavaSigmaDelta summing = {10, 0, 0, true, true};
  SigmaDeltaState sum;
  CHECK(summing.step(sum, 6) == 0);
  CHECK(summing.step(sum, 0) == 6);  // the error has grown to 12
}

template <class Number>
Microcode<Number> one_neuron(Firing firing, Number threshold) {
  Microcode<Number> neuron;
  neuron.firing = firing;
  neuron.threshold = {static_cast<Number>(threshold << kUnitShift)};
  neuron.bias = {0};
  neuron.initial = {0};
  neuron.limit = static_cast<Number>(kMostMembrane << kUnitShift);
  return neuron;
}

// Payloads of one neuron for the given currents, and v in weight units.
template <class Number>
std::vector<std::pair<int64_t, int64_t>> trace(
    const Microcode<Number>& neuron, const std::vector<Number>& currents) {
  MicrocodeState<Number> state;
  neuron.start(state);
  std::vector<std::pair<int64_t, int64_t>> steps;
  for (Number a : currents) {
    std::vector<Number> current = {a};
    neuron.step(state, current);
    steps.emplace_back(current[0], state.v[0] >> kUnitShift);
  }
  return steps;
}

using Trace = std::vector<std::pair<int64_t, int64_t>>;

TEMPLATE_TEST_CASE("Reset by subtraction keeps the remainder", "[loihi]",
                   int32_t, int64_t) {
  auto neuron = one_neuron<TestType>(Firing::subtract, 10);
  CHECK(trace<TestType>(neuron, {9, 1, 25, 0, 0}) ==
        Trace{{0, 9}, {1, 0}, {1, 15}, {1, 5}, {0, 5}});
}

TEMPLATE_TEST_CASE("A signed neuron takes spikes back, never below none",
                   "[loihi]", int32_t, int64_t) {
  auto neuron = one_neuron<TestType>(Firing::take_back, 10);
  CHECK(trace<TestType>(neuron, {-5, 17, -3, -9, -9}) ==
        Trace{{0, -5}, {1, 2}, {-1, 9}, {0, 0}, {0, -9}});
}

TEMPLATE_TEST_CASE("A graded neuron sends several spikes at once", "[loihi]",
                   int32_t, int64_t) {
  auto neuron = one_neuron<TestType>(Firing::graded, 10);
  neuron.most = 3;
  CHECK(trace<TestType>(neuron, {25, 40, -90, 99}) ==
        Trace{{2, 5}, {3, 15}, {0, -75}, {2, 4}});
}

TEMPLATE_TEST_CASE("A leak leaves whole weight units, towards zero", "[loihi]",
                   int32_t, int64_t) {
  auto neuron = one_neuron<TestType>(Firing::subtract, 1000);
  neuron.dv = {4096 - 3000};
  CHECK(trace<TestType>(neuron, {101, 0, -200, 0}) ==
        Trace{{0, 101}, {0, 73}, {0, -147}, {0, -107}});
}

TEST_CASE("A saturated membrane is counted and stays at 131071", "[loihi]") {
  auto neuron = one_neuron<int64_t>(Firing::subtract, 131071);
  MicrocodeState<int64_t> state;
  neuron.start(state);
  Numbers current = {-131071};
  CHECK(neuron.step(state, current).saturated == 0);
  current = {-2};
  CHECK(neuron.step(state, current).saturated == 1);
  CHECK(state.v[0] == -(kMostMembrane << kUnitShift));
  current = {131073};
  CHECK(neuron.step(state, current).wrapped == 1);
}

TEST_CASE("Hard reset fires as Lava's LIF with vth one lower", "[loihi]") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int64_t> draw(-140000, 120000);
  auto neuron = one_neuron<int64_t>(Firing::hard, 5000);
  MicrocodeState<int64_t> state;
  neuron.start(state);
  LavaLif lif = {4095, 0, 0, 0, 4999};
  LavaState lava;
  for (int step = 0; step < 2000; ++step) {
    int64_t a = draw(random);
    Numbers current = {a};
    neuron.step(state, current);
    CHECK(current[0] == lif.step(lava, a));
  }
}

TEST_CASE("A relay sends its current and counts what it cuts", "[loihi]") {
  Relay<int64_t> relay;
  Numbers v(2), current = {kMostPayload + 1, -7};
  CHECK(relay.step(v, current).saturated == 1);
  CHECK(current == Numbers{kMostPayload, -7});
  Relay<int64_t> leaky = {{2048, 2048}};
  current = {1, 2};
  leaky.step(v, current);
  CHECK(current == Numbers{kMostPayload / 2 + 1, -1});
}

TEST_CASE("A window neuron counts the spikes of a whole window", "[loihi]") {
  Window<int32_t> neuron = {{10, 10, 10, 10}, {5, 5, 5, 5}, 4};
  std::vector<int32_t> v(4), current = {-30, 14, 15, 90};
  CHECK(neuron.step(v, current).saturated == 0);
  CHECK(current == std::vector<int32_t>{0, 1, 2, 4});
  CHECK(v == std::vector<int32_t>{-25, 9, 0, 55});
}

TEST_CASE("A weight's synapses add up to it in Lava's Dense", "[loihi]") {
  for (int64_t q : {0, 1, -128, 127, 128, -129, 300, 32639, 32767, -32768,
                    131071, -131071}) {
    std::vector<Synapse> synapses = encode_weight(q);
    CHECK(synapses.size() <= 6);
    int64_t sum = 0;
    for (const Synapse& each : synapses) {
      Numbers stored = truncated_weights({each.mantissa}, 8, SignMode::mixed);
      CHECK(stored[0] == each.mantissa);
      LavaDense dense(stored, 1, each.exponent, true);
      dense.step({3});
      sum += dense.step({0})[0];
    }
    CHECK(sum == 3 * q);
  }
}

// The weights of a convolution of the IR, [out, in, y, x] for
// cross-correlation, as Lava's [out, X, Y, in], which it flips.
Numbers lava_kernel(const Conv2d& conv) {
  Numbers weights = conv.weight.to_integers();
  size_t ins = static_cast<size_t>(conv.weight.size(1));
  size_t taps = static_cast<size_t>(conv.weight.size(2) * conv.weight.size(3));
  Numbers turned(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    size_t out = i / (ins * taps), in = i / taps % ins, tap = i % taps;
    turned[(out * taps + taps - 1 - tap) * ins + in] = weights[i];
  }
  return turned;
}

// Both convolutions of one random input; padding is 1.
void check_conv(int64_t groups, int64_t stride, int64_t dilation) {
  std::mt19937 random(static_cast<unsigned>(groups + 2 * stride + dilation));
  auto draw = [&](size_t count, int64_t most) {
    std::uniform_int_distribution<int64_t> uniform(-most, most);
    Numbers values(count);
    for (int64_t& value : values) value = uniform(random);
    return values;
  };
  Conv2d conv;
  size_t taps = static_cast<size_t>(6 * 4 / groups * 3 * 2);
  conv.weight = integer_tensor({6, 4 / groups, 3, 2}, draw(taps, 127));
  conv.stride = {stride, 1};
  conv.padding = {1, 1};
  conv.dilation = {1, dilation};
  conv.groups = groups;
  LavaConv lava({7, 5, 4, 6, 3, 2, stride, 1, 1, 1, 1, dilation, groups},
                lava_kernel(conv), true);
  Numbers s = draw(7 * 5 * 4, 3);
  lava.step(s);
  Numbers expected = lava.step(s);
  Numbers sums(expected.size(), 0);
  Events<int64_t> events;
  events.collect(s);
  Synapses<int64_t> synapses = synapses_of<int64_t>(conv, {{4, 7, 5}}, 0);
  std::get<ConvSynapses<int64_t>>(synapses).add(events, sums.data());
  CHECK(sums == expected);
}

TEST_CASE("Event by event, a convolution is Lava's Conv", "[loihi]") {
  for (int64_t groups : {1, 2}) {
    for (int64_t stride : {1, 2}) {
      for (int64_t dilation : {1, 2}) check_conv(groups, stride, dilation);
    }
  }
}

TEST_CASE("A bias is split exactly into field and axons", "[loihi]") {
  Numbers biases = {0, 5, -4095, 4096, 4097, -8190, 100001, -131071, 9999999};
  for (BiasField field : {BiasField::none, BiasField::chip_units}) {
    Biases encoded = encode_biases(biases, field);
    for (size_t i = 0; i < biases.size(); ++i) {
      CHECK(encoded.current(i) * 64 + encoded.own(i) == biases[i] * 64);
      CHECK(std::abs(encoded.mantissa[i]) <= 4095);
      CHECK(encoded.exponent[i] <= 7);
    }
    for (const BiasAxon& axon : encoded.axons) {
      CHECK(axon.payload <= kMostPayload);
      for (int64_t weight : axon.weight) CHECK(std::abs(weight) <= 127);
    }
  }
  CHECK(encode_biases({4095, -8190}, BiasField::chip_units).axons.empty());
  CHECK(encode_biases({4097}, BiasField::chip_units).axons.size() == 1);
}

}  // namespace
}  // namespace nc::loihi
