#include "test/support/engine_cases.h"

#include "ir/listing.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"

namespace nc::test {
namespace {

std::string with_neuron(const std::string& neuron) {
  return R"(snn t T=6
  in = input(shape=[2, 4, 4], step=1, low=-9, high=9)
  conv = conv2d(weight=i8[3, 2, 3, 3]{~1}, bias=i8[3]{1, -2, 3}, stride=[1, 1], padding=[1, 1]) <- in
  n = )" +
         neuron + R"( <- conv
  flat = flatten() <- n
  fc = affine(weight=i8[4, 48]{~2}) <- flat
  m = if(threshold=i8[4]{9, 20, 33, 7}) <- fc
  out = output(scale=0.5) <- m
)";
}

const char* const kNeurons[] = {
    "if(threshold=i8[3]{40, 50, 61})",
    "if(threshold=i8[1]{33}, reset=zero)",
    "if(threshold=i8[1]{33}, reset=value, reset_value=-7)",
    "if(threshold=i8[3]{40, 50, 61}, initial=zero)",
    "if(threshold=i8[3]{40, 50, 61}, signed=true)",
    "if(threshold=i8[3]{4, 5, 6}, levels=3)",
    "if(threshold=i8[3]{40, 50, 61}, levels=10)",
    "if(threshold=i8[3]{40, 50, 61}, membrane_bits=8)",
    "if(threshold=i8[3]{40, 50, 61}, signed=true, membrane_bits=8)",
    "lif(threshold=i8[3]{40, 50, 61}, decay=i16[3]{4096, 3000, 100})",
    "lif(threshold=i8[3]{40, 50, 61}, decay=i16[1]{3500}, signed=true)",
    "li(decay=i16[3]{4096, 3000, 100})"};

const char* const kLinearOps = R"(snn t T=5
  in = input(shape=[2, 6], step=1, low=0, high=20)
  conv = conv1d(weight=i8[4, 2, 3]{~1}, stride=[1], padding=[1], bias=i8[4]{1, 2, 3, 4}) <- in
  n = if(threshold=i8[4]{20, 30, 40, 50}) <- conv
  pool = sum_pool(kernel=[2], stride=[2], padding=[0]) <- n
  wide = pad(before=[1, 0], after=[0, 1]) <- pool
  turn = permute(order=[1, 0]) <- wide
  part = slice(axis=1, start=0, stop=5, step=2) <- turn
  best = max_pool(kernel=[2], stride=[1], padding=[0], dilation=[1]) <- conv
  back = reshape(shape=[3, 4]) <- part
  part2 = scale(weight=i8[1]{-3}, offset=i8[1]{2}) <- back
  both = concat(axis=0) <- back, part2
  flat = flatten() <- both
  fc = affine(weight=i8[4, 24]{~2}) <- flat
  m = if(threshold=i8[1]{15}) <- fc
  flat2 = flatten() <- best
  fc2 = affine(weight=i8[4, 20]{~5}) <- flat2
  out = output() <- m, fc2
)";

// Fixed and changing values meet in sums, concatenations and filled pads.
const char* const kMixed = R"(snn t T=7
  in = input(shape=[3, 5, 4], step=1, low=-20, high=235)
  pad = pad(before=[0, 1, 0], after=[1, 0, 2], value=3) <- in
  conv = conv2d(weight=i8[5, 4, 3, 3]{~1}, bias=i16[5, 6, 6]{~9}, stride=[1, 1], padding=[1, 1]) <- pad
  n = if(threshold=i16[5]{900, 1000, 700, 2000, 333}, signed=true) <- conv
  n_back = scale(weight=i16[5]{400, -300, 200, 100, 50}, offset=i8[1]{-5}) <- n
  n2 = if(threshold=i16[5, 6, 6]{*700}, signed=true) <- conv, n_back
  all = concat(axis=0) <- n, pad, n2
  fill = pad(before=[0, 0, 1], after=[0, 0, 0], value=-2) <- all
  again = conv2d(weight=i8[6, 14, 3, 3]{~2}, stride=[2, 2], padding=[1, 1]) <- fill
  skip = conv2d(weight=i16[6, 14, 1, 1]{~3}, stride=[2, 2], padding=[0, 0]) <- fill
  m = if(threshold=i32[6]{70000, 800, 900, 1000, 1100, 1200}) <- again, skip
  pool = sum_pool(kernel=[2, 2], stride=[1, 1], padding=[1, 1], ceil_mode=true) <- m
  top = max_pool(kernel=[3, 3], stride=[2, 2], padding=[1, 1], dilation=[1, 1]) <- m
  flat = flatten() <- pool, pool
  fc = affine(weight=i8[3, 120]{~4}, bias=i8[3]{1, 2, 3}) <- flat
  flat2 = flatten() <- top
  fc2 = affine(weight=i8[3, 24]{~5}) <- flat2
  out = output(scale=0.25) <- fc, fc2
)";

const char* const kFeedback = R"(snn t T=8
  in = input(shape=[4], step=1, low=0, high=30)
  fc = affine(weight=i8[4, 4]{~1}, bias=i8[4]{3, 4, 5, 6}) <- in
  again = affine(weight=i8[4, 4]{~2}) <- @n
  n = if(threshold=i8[1]{25}) <- fc, again
  out = output() <- n
)";

const char* const kMembrane = R"(snn t T=5 readout=membrane
  in = input(shape=[7], step=1, low=0, high=300)
  fc = affine(weight=i16[9, 7]{~1}, bias=i16[9]{~8}) <- in
  n = if(threshold=i32[1]{60000}) <- fc
  fc2 = affine(weight=i8[4, 9]{~2}, bias=i8[4]{1, -2, 3, -4}) <- n
  v = li(decay=i16[1]{3900}) <- fc2
  out = output(scale=0.01) <- v
)";

// Inputs beyond a byte and weights beyond one: cut into digits.
const char* const kWide = R"(snn t T=4
  in = input(shape=[3], step=1, low=-5, high=200)
  a = affine(weight=i32[3, 3]{110001, 3, -100001, 5, 90001, 1, 1, 2, 3}) <- in
  b = affine(weight=i32[2, 3]{1, -2, 1, 0, 1, 1}) <- a
  n = if(threshold=i32[1]{1300001}) <- a
  m = if(threshold=i32[1]{4000001}) <- b
  both = concat(axis=0) <- n, m
  out = output() <- both
)";

const char* const kDeep = R"(snn t T=9
  in = input(shape=[40, 6, 6], step=1, low=0, high=1)
  n0 = if(threshold=i8[1]{2}) <- in
  conv = conv2d(weight=i8[130, 40, 3, 3]{~1}, bias=i8[130]{~5}, stride=[1, 1], padding=[1, 1]) <- n0
  n1 = if(threshold=i16[1]{900}, signed=true) <- conv
  conv2 = conv2d(weight=i8[70, 130, 3, 3]{~2}, stride=[1, 1], padding=[1, 1]) <- n1
  n2 = if(threshold=i16[1]{1500}, levels=3) <- conv2
  conv3 = conv2d(weight=i8[20, 70, 3, 3]{~3}, stride=[2, 2], padding=[0, 0]) <- n2
  n3 = if(threshold=i16[1]{1500}) <- conv3
  flat = flatten() <- n3
  fc = affine(weight=i8[10, 80]{~4}) <- flat
  out = output() <- fc
)";

// What never changes is made after neurons, and read again at every step.
const char* const kLateFixed = R"(snn t T=4
  in = input(shape=[8], step=1, low=0, high=9)
  a = if(threshold=i8[1]{7}) <- in
  b = if(threshold=i8[1]{2}) <- a
  f = slice(axis=0, start=0, stop=8) <- in
  both = concat(axis=0) <- b, f, f
  out = output() <- both
)";

// Thresholds per neuron, decays per channel, a current that never changes.
const char* const kManyLif = R"(snn t T=4
  in = input(shape=[3, 16, 32], step=1, low=0, high=9)
  n = lif(threshold=i16[3, 16, 32]{*20}, decay=i16[3]{4000, 3000, 100}) <- in
  flat = flatten() <- n
  out = output() <- flat
)";

// Values of four axes, an output of three, one step, x + x.
const char* const kShapes = R"(snn t T=1
  in = input(shape=[4, 3, 3], step=1, low=-9, high=9)
  four = reshape(shape=[2, 2, 3, 3]) <- in, in
  turn = permute(order=[1, 0, 2, 3]) <- four
  back = reshape(shape=[4, 3, 3]) <- turn
  part = scale(weight=i8[4, 3, 3]{~1}, offset=i8[4, 3, 3]{~2}) <- back
  n = if(threshold=i16[4, 3, 3]{*300}, membrane_bits=8) <- part
  sum = conv2d(weight=i8[2, 4, 1, 1]{~3}, stride=[1, 1], padding=[0, 0], dilation=[2, 2]) <- n
  out = output() <- sum, sum
)";

const char* const kStrictNeurons[] = {
    "if(threshold=i8[3]{4, 5, 6}, strict=true)",
    "if(threshold=i8[1]{3}, reset=zero, initial=zero, strict=true)",
    "if(threshold=i8[3]{4, 5, 6}, strict=true, signed=true)",
    "lif(threshold=i8[1]{5}, decay=i16[1]{3500}, strict=true)"};

const char* const kDelays = R"(snn t T=6
  in = input(shape=[3, 4], step=1, low=0, high=20)
  n = if(threshold=i8[1]{9}) <- in
  late = delay(steps=i8[3]{0, 2, 5}) <- n
  later = delay(steps=i8[3, 4]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0}) <- late, in
  m = if(threshold=i8[1]{11}) <- later
  flat = flatten() <- m
  out = output() <- flat
)";

const char* const kDelayedFeedback = R"(snn t T=9
  in = input(shape=[4], step=1, low=0, high=30)
  again = affine(weight=i8[4, 4]{~2}) <- @n
  late = delay(steps=i8[1]{2}) <- again
  n = if(threshold=i8[1]{25}, strict=true) <- in, late
  out = output() <- n
)";

// Sums of halves: v = threshold, where strict matters, is exact in f32.
const char* const kRealStrict = R"(snn t T=6
  in = input(shape=[2])
  half = scale(weight=f32[1]{0}, offset=f32[2]{0.5, 1}) <- in
  n = lif(threshold=f32[1]{1.5}, decay=f32[1]{1}, initial=zero, strict=true) <- half
  late = delay(steps=i8[2]{1, 3}) <- n
  out = output() <- late
)";

}  // namespace

std::vector<EngineCase> engine_cases() {
  std::vector<EngineCase> cases;
  for (std::string neuron : kNeurons) {
    cases.push_back({neuron, parse_listing(with_neuron(neuron))});
  }
  for (std::string schedule : {"causal", "pipelined", "exact"}) {
    std::vector<EngineCase> some = {
        {"mlp", spiking_mlp()},
        {"conv net", spiking_conv_net()},
        {"levels", parse_listing(with_neuron(kNeurons[5]))},
        {"linear ops", parse_listing(kLinearOps)},
        {"mixed", parse_listing(kMixed)},
        {"wide", parse_listing(kWide)},
        {"deep", parse_listing(kDeep)}};
    for (EngineCase& each : some) {
      each.name += ", " + schedule;
      each.graph.run.schedule = *enum_from<Schedule>(schedule);
      cases.push_back(std::move(each));
    }
  }
  cases.push_back({"feedback", parse_listing(kFeedback)});
  cases.push_back({"late fixed", parse_listing(kLateFixed)});
  cases.push_back({"many lif", parse_listing(kManyLif)});
  cases.push_back({"shapes", parse_listing(kShapes)});
  cases.push_back({"exact membrane", spiking_mlp()});
  cases.back().graph.run.schedule = Schedule::exact;
  cases.back().graph.run.readout = Readout::membrane;
  cases.push_back({"membrane", parse_listing(kMembrane)});
  return cases;
}

std::vector<EngineCase> window_cases() {
  struct Geometry {
    int64_t in, out, height, width, kernel_h, kernel_w, stride, padding,
        dilation, groups;
  };
  std::vector<EngineCase> cases;
  for (const Geometry& g :
       std::vector<Geometry>{{1, 16, 9, 9, 3, 3, 1, 1, 1, 1},
                             {3, 7, 10, 8, 5, 3, 2, 2, 1, 1},
                             {20, 30, 9, 9, 3, 3, 1, 1, 1, 2},
                             {16, 16, 7, 7, 3, 3, 1, 1, 1, 16},
                             {6, 12, 7, 5, 3, 3, 2, 1, 1, 6},
                             {64, 64, 6, 6, 3, 3, 1, 1, 1, 1},
                             {65, 33, 5, 5, 1, 1, 1, 0, 1, 1},
                             {32, 48, 8, 8, 1, 1, 2, 0, 1, 1},
                             {10, 11, 12, 12, 3, 3, 1, 2, 2, 1},
                             {4, 5, 11, 6, 2, 4, 3, 1, 1, 1},
                             {128, 96, 4, 4, 4, 4, 1, 0, 1, 1},
                             {16, 16, 32, 32, 3, 3, 1, 1, 1, 1},
                             {16, 32, 32, 32, 3, 3, 2, 1, 1, 1}}) {
    auto n = [](int64_t value) { return std::to_string(value); };
    std::string shape =
        "[" + n(g.in) + ", " + n(g.height) + ", " + n(g.width) + "]";
    std::string conv =
        "conv2d(weight=i8[" + n(g.out) + ", " + n(g.in / g.groups) + ", " +
        n(g.kernel_h) + ", " + n(g.kernel_w) + "]{~1}, bias=i8[" + n(g.out) +
        "]{~2}, stride=[" + n(g.stride) + ", " + n(g.stride) + "], padding=[" +
        n(g.padding) + ", " + n(g.padding) + "], dilation=[" + n(g.dilation) +
        ", " + n(g.dilation) + "], groups=" + n(g.groups) + ")";
    std::string text =
        "snn t T=4\n  in = input(shape=" + shape +
        ", step=1, low=-3, high=9)\n" +
        "  n0 = if(threshold=i8[1]{6}, signed=true) <- in\n" +
        "  conv = " + conv + " <- n0\n" +
        "  n = if(threshold=i16[1]{150}, signed=true) <- conv\n" +
        "  flat = flatten() <- n\n  out = output() <- flat\n";
    cases.push_back({conv, parse_listing(text)});
  }
  return cases;
}

std::vector<EngineCase> uncommon_cases() {
  std::vector<EngineCase> cases;
  for (std::string neuron : kStrictNeurons) {
    cases.push_back({neuron, parse_listing(with_neuron(neuron))});
  }
  cases.push_back({"delays", parse_listing(kDelays)});
  cases.push_back({"delays in a loop", parse_listing(kDelayedFeedback)});
  cases.push_back({"real numbers", parse_listing(kRealStrict)});
  return cases;
}

std::string differences(Engine& engine, const Graph& graph, int64_t samples,
                        unsigned seed, bool changing) {
  Batch batch = random_batch(graph, samples, seed);
  if (changing) {
    batch.steps = graph.run.timesteps;
    batch.values = random_batch(graph, samples * batch.steps, seed + 1).values;
  }
  Wishes all{.by_step = true, .spikes = true, .membranes = true};
  Outputs wanted = make_reference_engine(graph)->run(batch, all);
  Outputs found = engine.run(batch, all);
  std::string text;
  int64_t spikes = different_spikes(wanted, found);
  if (spikes != 0) text += std::to_string(spikes) + " spikes; ";
  for (const auto& [name, train] : wanted.trains) {
    if (train.membrane != found.trains.at(name).membrane) {
      text += "membranes of " + name + "; ";
    }
  }
  if (wanted.values != found.values) text += "outputs; ";
  if (wanted.by_step != found.by_step) text += "outputs by step; ";
  for (size_t i = 0; i < wanted.layers.size(); ++i) {
    bool same = wanted.layers[i].name == found.layers[i].name &&
                wanted.layers[i].spikes == found.layers[i].spikes &&
                wanted.layers[i].events == found.layers[i].events;
    if (!same) text += "counts of " + wanted.layers[i].name + "; ";
  }
  return text;
}

}  // namespace nc::test
