// Gradients of training against the same network written as loops over dual
// numbers, value and derivative, with the surrogate's derivative at each spike.
#include <catch2/catch.hpp>

#include "ir/listing.h"
#include "passes/train.h"
#include "passes/weighted.h"
#include "test/support/compare.h"
#include "test/support/engine_cases.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

// ---- Dual numbers

struct Dual {
  double value = 0;
  double slope = 0;
};

Dual operator+(Dual a, Dual b) {
  return {a.value + b.value, a.slope + b.slope};
}
Dual operator-(Dual a, Dual b) {
  return {a.value - b.value, a.slope - b.slope};
}
Dual operator*(Dual a, Dual b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
Dual operator/(Dual a, Dual b) {
  return {a.value / b.value,
          (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
}

using Duals = std::vector<Dual>;

double derivative(Surrogate kind, double w, double u) {
  constexpr double kPi = 3.14159265358979323846;
  switch (kind) {
    case Surrogate::atan:
      return 1 / w / (1 + (kPi * u / w) * (kPi * u / w));
    case Surrogate::sigmoid: {
      double s = 1 / (1 + std::exp(-u / w));
      return s * (1 - s) / w;
    }
    case Surrogate::triangle:
      return std::max(0.0, 1 - std::abs(u) / w) / w;
    case Surrogate::fast_sigmoid:
      return 1 / ((1 + std::abs(u) / w) * (1 + std::abs(u) / w));
    case Surrogate::rectangle:
      break;
  }
  return std::abs(u) <= w / 2 ? 1 / w : 0;
}

// ---- The network

constexpr size_t kInputs = 3, kHidden = 4, kClasses = 2;

Graph network(const std::string& neuron, const std::string& run = "T=5") {
  return parse_listing("snn t  " + run + R"(
  in  = input(shape=[3])
  fc1 = affine(weight=f32[4, 3]{~1}, bias=f32[4]{~2}) <- in
  n   = )" + neuron + R"( <- fc1
  fc2 = affine(weight=f32[2, 4]{~3}, bias=f32[2]{~4}) <- n
  out = output() <- fc2
)");
}

struct Parameters {
  Duals weight1, bias1, threshold, decay, weight2, bias2;

  Duals& at(const std::string& name) {
    if (name == "fc1.weight") return weight1;
    if (name == "fc1.bias") return bias1;
    if (name == "n.threshold") return threshold;
    if (name == "n.decay") return decay;
    return name == "fc2.weight" ? weight2 : bias2;
  }
};

Duals constants(const Tensor& tensor, size_t count) {
  Duals result;
  for (double value : tensor.to_doubles()) result.push_back({value, 0});
  if (result.size() == 1) result.resize(count, result.front());
  return result;
}

Parameters parameters_of(const Graph& graph) {
  Weighted one = *weighted(graph.at("fc1").op);
  Weighted two = *weighted(graph.at("fc2").op);
  Parameters p;
  p.weight1 = constants(one.weight, 0);
  p.bias1 = constants(one.bias, 0);
  p.weight2 = constants(two.weight, 0);
  p.bias2 = constants(two.bias, 0);
  p.threshold = constants(as_neuron(graph.at("n").op)->threshold, kHidden);
  const auto* lif = std::get_if<Lif>(&graph.at("n").op);
  if (lif) p.decay = constants(lif->decay, kHidden);
  return p;
}

Duals layer(const Duals& weight, const Duals& bias, const Duals& x) {
  Duals y = bias;
  for (size_t i = 0; i < weight.size(); ++i) {
    size_t row = i / x.size();
    y[row] = y[row] + weight[i] * x[i % x.size()];
  }
  return y;
}

// The payload, with the surrogate's derivative in v / theta.
Dual fired(const Neuron& neuron, const TrainOptions& options, Dual v,
           Dual theta, double count) {
  Dual x = v / theta;
  double most = static_cast<double>((int64_t{1} << neuron.levels) - 1);
  double level = std::clamp(std::floor(x.value), 0.0, most);
  double nearest = std::clamp(std::round(x.value), 1.0, most);
  double slope =
      derivative(options.surrogate, options.width, x.value - nearest);
  if (neuron.is_signed && count > 0) {
    slope += derivative(options.surrogate, options.width, x.value);
    if (v.value < 0) level = -1;
  }
  return {level, slope * x.slope};
}

Dual reset(const Neuron& neuron, const TrainOptions& options, Dual v, Dual s,
           Dual theta) {
  if (options.detach_reset) s.slope = 0;
  if (neuron.reset == Reset::subtract) return v - s * theta;
  double value = neuron.reset == Reset::value ? neuron.reset_value : 0;
  return (Dual{1, 0} - s) * v + s * Dual{value, 0};
}

Duals run(const Graph& graph, const TrainOptions& options, const Parameters& p,
          const Duals& x) {
  const Neuron& neuron = *as_neuron(graph.at("n").op);
  Duals v(kHidden), total(kClasses);
  std::vector<double> count(kHidden, 0);
  double half = neuron.initial == Initial::half ? 0.5 : 0;
  for (size_t i = 0; i < kHidden; ++i) v[i] = p.threshold[i] * Dual{half, 0};
  for (int64_t t = 0; t < graph.run.timesteps; ++t) {
    Duals s = layer(p.weight1, p.bias1, x);
    for (size_t i = 0; i < kHidden; ++i) {
      if (!p.decay.empty()) v[i] = v[i] * p.decay[i];
      v[i] = v[i] + s[i];
      s[i] = fired(neuron, options, v[i], p.threshold[i], count[i]);
      count[i] += s[i].value;
      v[i] = reset(neuron, options, v[i], s[i], p.threshold[i]);
    }
    Duals y = layer(p.weight2, p.bias2, s);
    for (size_t i = 0; i < kClasses; ++i) total[i] = total[i] + y[i];
  }
  for (Dual& each : total) {
    each = each / Dual{static_cast<double>(graph.run.timesteps), 0};
  }
  return total;
}

Duals run_exact(const Graph& graph, const Parameters& p, const Duals& x) {
  Dual steps{static_cast<double>(graph.run.timesteps), 0};
  Duals s = layer(p.weight1, p.bias1, x);
  for (size_t i = 0; i < kHidden; ++i) {
    Dual u = s[i] * steps / p.threshold[i];
    bool passes = u.value >= 0 && u.value <= steps.value;
    s[i] = {std::clamp(std::floor(u.value + 0.5), 0.0, steps.value),
            passes ? u.slope : 0};
  }
  Duals bias = p.bias2;
  for (Dual& each : bias) each = each * steps;
  Duals total = layer(p.weight2, bias, s);
  for (Dual& each : total) each = each / steps;
  return total;
}

Dual cross_entropy(const Duals& logits, int64_t label) {
  double sum = 0, slope = 0;
  for (Dual each : logits) {
    sum += std::exp(each.value);
    slope += std::exp(each.value) * each.slope;
  }
  return Dual{std::log(sum), slope / sum} - logits[static_cast<size_t>(label)];
}

Dual loss_of(const Graph& graph, const TrainOptions& options,
             const Parameters& p, const TrainBatch& batch) {
  Dual total;
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    Duals x;
    for (size_t j = 0; j < kInputs; ++j) {
      x.push_back(
          {static_cast<double>(batch.input.values[i * kInputs + j]), 0});
    }
    bool exact = graph.run.schedule == Schedule::exact;
    Duals logits = exact ? run_exact(graph, p, x) : run(graph, options, p, x);
    total = total + cross_entropy(logits, batch.labels[i]);
  }
  return total / Dual{static_cast<double>(batch.labels.size()), 0};
}

TrainBatch batch_for(const Graph& graph, int64_t samples, unsigned seed) {
  TrainBatch batch;
  batch.input = test::random_batch(graph, samples, seed);
  for (int64_t i = 0; i < samples; ++i) batch.labels.push_back(i % 2);
  return batch;
}

TrainOptions everything() {
  TrainOptions options;
  options.train_thresholds = true;
  options.train_leaks = true;
  options.width = 0.7;
  return options;
}

double most(const std::vector<double>& values) {
  double result = 0;
  for (double each : values) result = std::max(result, std::abs(each));
  return result;
}

void check_gradients(const Graph& graph, const TrainOptions& options) {
  TrainBatch batch = batch_for(graph, 6, 3);
  Gradients found = gradients(graph, options, batch);
  Parameters p = parameters_of(graph);
  CHECK(found.loss ==
        Approx(loss_of(graph, options, p, batch).value).epsilon(1e-5));
  for (const Gradients::Entry& entry : found.entries) {
    Duals& values = p.at(entry.name);
    bool shared = entry.gradient.size() < values.size();  // one for all
    REQUIRE(most(entry.gradient) > 0);
    for (size_t i = 0; i < entry.gradient.size(); ++i) {
      for (size_t j = 0; j < values.size(); ++j) {
        values[j].slope = shared || i == j ? 1 : 0;
      }
      double wanted = loss_of(graph, options, p, batch).slope;
      INFO(entry.name << " " << i);
      CHECK(entry.gradient[i] ==
            Approx(wanted).epsilon(1e-4).margin(1e-5 * most(entry.gradient)));
    }
    for (Dual& each : values) each.slope = 0;
  }
}

const char* const kNeurons[] = {
    "if(threshold=f32[4]{0.5, 0.7, 0.4, 0.9})",
    "if(threshold=f32[1]{0.6}, initial=zero)",
    "if(threshold=f32[1]{0.6}, reset=zero)",
    "if(threshold=f32[1]{0.6}, reset=value, reset_value=-0.25)",
    "if(threshold=f32[4]{0.5, 0.7, 0.4, 0.9}, signed=true)",
    "if(threshold=f32[4]{0.3, 0.2, 0.15, 0.25}, levels=2)",
    "lif(threshold=f32[4]{0.5, 0.7, 0.4, 0.9}, decay=f32[4]{0.9, 0.5, 1, 0.7})",
    "lif(threshold=f32[1]{0.5}, decay=f32[1]{0.8}, reset=zero)",
    "lif(threshold=f32[1]{0.5}, decay=f32[1]{0.8}, signed=true)"};

// ---- Cases

TEST_CASE("gradients through time are those of dual numbers") {
  for (const char* neuron : kNeurons) {
    for (bool detach : {false, true}) {
      INFO(neuron << ", detached " << detach);
      TrainOptions options = everything();
      options.detach_reset = detach;
      check_gradients(network(neuron), options);
    }
  }
}

TEST_CASE("every surrogate has the derivative that its formula says") {
  for (Surrogate kind :
       {Surrogate::atan, Surrogate::sigmoid, Surrogate::triangle,
        Surrogate::fast_sigmoid, Surrogate::rectangle}) {
    for (double width : {0.5, 2.0}) {
      INFO(name_of(kind) << " " << width);
      TrainOptions options = everything();
      options.surrogate = kind;
      options.width = width;
      check_gradients(network(kNeurons[0]), options);
    }
  }
}

TEST_CASE("gradients through counts are those of the exact schedule") {
  check_gradients(network(kNeurons[0], "T=4 schedule=exact"), everything());
}

TEST_CASE("qcfs has straight-through gradients, and its threshold autograd's") {
  constexpr double kTheta = 0.8, kLevels = 4;
  for (double x : {-0.3, 0.05, 0.33, 0.52, 0.79, 1.3}) {
    Graph graph = parse_listing(R"(snn t
  in  = input(shape=[1])
  fc  = affine(weight=f32[2, 1]{1, 0}) <- in
  act = qcfs(threshold=f32[2]{0.8, 0.8}, levels=4) <- fc
  out = output() <- act
)");
    TrainBatch batch{{1, 1, {1}, {static_cast<float>(x)}}, {1}, {}};
    Gradients found = gradients(graph, {}, batch);
    double u = x / kTheta;
    double q =
        std::clamp(std::floor(u * kLevels + 0.5), 0.0, kLevels) / kLevels;
    double slope = 1 / (1 + std::exp(-q * kTheta));  // dloss / dy of class 0
    bool inside = u >= 0 && u <= 1;
    INFO("x = " << x);
    CHECK(found.logits[0] == Approx(q * kTheta).margin(1e-6));
    for (const Gradients::Entry& entry : found.entries) {
      double wanted = entry.name == "fc.weight"
                          ? (inside ? slope * x : 0)
                          : slope * (inside ? q - u : (u > 1 ? 1 : 0));
      CHECK(entry.gradient[0] == Approx(wanted).margin(1e-6));
    }
  }
}

int64_t weights_of(const Graph& graph) {
  int64_t count = 0;
  for (const Node& node : graph.nodes) {
    if (auto layer = weighted(node.op)) count += layer->weight.size();
  }
  return count;
}

// Networks with every kind of neuron and op; not large.
std::vector<Graph> in_time() {
  std::vector<Graph> graphs = {test::spiking_conv_net(), test::spiking_mlp()};
  for (const char* neuron : kNeurons) graphs.push_back(network(neuron));
  for (const test::EngineCase& each : test::engine_cases()) {
    bool exact = each.graph.run.schedule == Schedule::exact;
    if (!exact && weights_of(each.graph) < 10000) graphs.push_back(each.graph);
  }
  return graphs;
}

// The largest difference of an entry, beside the largest gradient in it; sums
// that cancel out are as exact as what is summed, not as their rest.
double difference(const Gradients& a, const Gradients& b) {
  double all = 0;
  for (const Gradients::Entry& each : a.entries) {
    all = std::max(all, most(each.gradient));
  }
  double worst = 0;
  for (size_t i = 0; i < a.entries.size(); ++i) {
    double size = most(a.entries[i].gradient) + 1e-3 * all;
    for (size_t j = 0; j < a.entries[i].gradient.size(); ++j) {
      double apart =
          std::abs(a.entries[i].gradient[j] - b.entries.at(i).gradient.at(j));
      worst = std::max(worst, size > 0 ? apart / size : 0);
    }
  }
  return worst;
}

TEST_CASE("in chunks of time the gradients are the same") {
  for (const Graph& graph : in_time()) {
    TrainBatch batch = batch_for(graph, 3, 5);
    batch.labels.assign(3, 0);
    TrainOptions options = everything();
    options.rate_weight = 0.3;
    Gradients whole = gradients(graph, options, batch);
    for (int64_t chunk : {1, 2, 3}) {
      INFO(listing(graph) << "chunks of " << chunk);
      options.time_chunk = chunk;
      Gradients parts = gradients(graph, options, batch);
      CHECK(parts.loss == Approx(whole.loss).epsilon(1e-6));
      CHECK(parts.logits == whole.logits);
      CHECK(difference(whole, parts) < 2e-5);
    }
  }
}

TEST_CASE("the forward pass of training is the integer network") {
  std::vector<test::EngineCase> cases = test::engine_cases();
  for (test::EngineCase& each : test::window_cases()) cases.push_back(each);
  for (const test::EngineCase& each : cases) {
    INFO(each.name);
    TrainBatch batch = batch_for(each.graph, 5, 1);
    batch.labels.assign(5, 0);
    Outputs wanted = make_reference_engine(each.graph)->run(batch.input);
    Gradients found = gradients(each.graph, everything(), batch);
    CHECK(found.logits == wanted.values);
  }
}

}  // namespace
}  // namespace nc
