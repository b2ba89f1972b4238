#include "backends/nir/export.h"

#include <algorithm>

#include "backends/nir/lower.h"
#include "backends/nir/metadata.h"
#include "backends/nir/survey.h"
#include "ir/error.h"

namespace nc::nir {
namespace {

template <class Test>
bool any_neuron(const Graph& graph, const Test& test) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [&](const Node& node) {
                       const Neuron* neuron = as_neuron(node.op);
                       return neuron && test(*neuron);
                     });
}

template <class Kind>
bool holds(const Graph& graph) {
  return std::any_of(
      graph.nodes.begin(), graph.nodes.end(),
      [](const Node& node) { return std::holds_alternative<Kind>(node.op); });
}

class Losses {
 public:
  Losses(const Graph& graph, Profile profile)
      : graph_(graph), profile_(profile) {}

  std::vector<std::string> run() {
    if (profile_ != Profile::exact) {
      tell_start();
      tell_rules();
    }
    tell_integers();
    if (graph_.run.schedule == Schedule::pipelined) {
      add("the schedule pipelined is run as causal: the same spikes, earlier");
    }
    return std::move(losses_);
  }

 private:
  void add(const std::string& what) { losses_.push_back(what); }

  void tell_start() {
    bool half = any_neuron(graph_, [](const Neuron& neuron) {
      return neuron.initial == Initial::half;
    });
    if (half) add("without the loader membranes start at 0, not at theta / 2");
    bool above =
        profile_ != Profile::spikingjelly && profile_ != Profile::sinabs;
    bool other = any_neuron(graph_, [above](const Neuron& neuron) {
      return neuron.strict != above;
    });
    if (!other) return;
    add(above ? "without the loader a spike is v > theta, not v >= theta"
              : "without the loader a spike is v >= theta, not v > theta");
  }

  void tell_rules() {
    bool subtracts = any_neuron(graph_, [](const Neuron& neuron) {
      return neuron.reset == Reset::subtract;
    });
    bool zeroes = profile_ == Profile::generic || profile_ == Profile::norse ||
                  profile_ == Profile::spikingjelly;
    if (subtracts && zeroes) {
      add("without the loader neurons are reset to 0, not by subtraction");
    }
    if (profile_ == Profile::sinabs) {
      add("without the loader neurons spike several times a step, and their "
          "membranes do not fall below -theta");
    }
    if (profile_ == Profile::snntorch) {
      add("without the loader snntorch 1.0.0 does not run it: its neurons "
          "leak, and give two results");
    }
    if (profile_ != Profile::generic) return;
    if (any_neuron(graph_, [](const Neuron& n) { return n.is_signed; })) {
      add("without the loader no spike is taken back (signed)");
    }
    if (any_neuron(graph_, [](const Neuron& n) { return n.levels > 1; })) {
      add("without the loader a neuron spikes once a step (levels)");
    }
    if (any_neuron(graph_, [](const Neuron& n) { return n.membrane_bits; })) {
      add("without the loader membranes do not saturate (membrane_bits)");
    }
  }

  void tell_integers() {
    if (!is_quantized(graph_)) {
      add("real numbers: spikes can differ where sums are rounded");
    } else if (holds<Lif>(graph_) || holds<Li>(graph_)) {
      add("without the loader decays do not round towards zero");
    }
  }

  const Graph& graph_;
  Profile profile_;
  std::vector<std::string> losses_;
};

void require_steps(const Graph& graph, Profile profile) {
  if (graph.run.schedule != Schedule::exact) return;
  if (profile == Profile::generic) return;
  throw Error(
      "the schedule exact counts spikes over a whole window, which consumers "
      "of NIR cannot (nc-spike --schedule causal, or the profile generic)");
}

}  // namespace

Exported export_graph(const Graph& graph, Profile profile) {
  require_spiking(graph);
  require_steps(graph, profile);
  bool single = is_quantized(graph) && fits_f32(graph);
  Lowered lowered = lower(graph, profile);
  std::vector<std::string> losses = Losses(graph, profile).run();
  if (graph.run.schedule == Schedule::exact) {
    losses.push_back("without the loader the schedule exact is run as causal");
  }
  for (const std::string& name : lowered.unread) {
    losses.push_back("node '" + name + "' does not reach the output: left out");
  }
  return {lowered.builder.finish(graph_metadata(graph, profile, single)),
          std::move(losses)};
}

}  // namespace nc::nir
