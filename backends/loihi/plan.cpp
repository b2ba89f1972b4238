#include "backends/loihi/plan.h"

#include <algorithm>
#include <map>
#include <optional>

#include "backends/loihi/constants.h"
#include "backends/loihi/fixed_point.h"
#include "backends/loihi/layout.h"
#include "backends/loihi/populations.h"
#include "backends/loihi/wiring.h"
#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/evaluate.h"

namespace nc::loihi {
namespace {

template <class Number>
class Planner {
 public:
  Planner(const Graph& graph, const Roles& roles, const Bounds& bounds)
      : graph_(graph),
        roles_(roles),
        bounds_(bounds),
        edges_(edges_of(graph)),
        evaluator_(graph),
        constants_(graph, roles, evaluator_),
        emitter_(graph.nodes.size()),
        relay_(graph.nodes.size()),
        synapses_(graph.nodes.size()) {
    exact_ = graph.run.schedule == Schedule::exact;
  }

  Plan<Number> run() {
    plan_.window = exact_ ? 1 : graph_.run.timesteps;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (roles_.is_linear(i)) add_synapses(i);
      add_populations(i);
    }
    for_each_population([&](Population<Number>& population) {
      wire(population);
      set_depth(population);
    });
    for_each_population([&](Population<Number>& population) {
      set_latencies(population);
      set_dynamics(population, graph_, evaluator_.shape(population.node),
                   constants_.biases_of(population.node));
    });
    return std::move(plan_);
  }

 private:
  // Errors of `work` are about the population's node.
  template <class Work>
  void for_each_population(const Work& work) {
    for (Population<Number>& population : plan_.populations) {
      try {
        work(population);
      } catch (const Error& error) {
        throw error.in("node '" + population.name + "'");
      }
    }
  }

  // ---- Synapses and populations ----

  // Of each input of a linear node; only those of a concat differ.
  void add_synapses(size_t node) {
    const Op& op = graph_.nodes[node].op;
    std::vector<Shape> shapes;
    for (const Edge& edge : edges_[node]) {
      shapes.push_back(evaluator_.shape(edge.from));
    }
    bool differ = std::holds_alternative<Concat>(op);
    for (size_t which = 0; which < shapes.size(); ++which) {
      if (which == 0 || differ) {
        plan_.synapses.push_back(wired(node, shapes, which));
      }
      synapses_[node].push_back(plan_.synapses.size() - 1);
    }
  }

  Synapses<Number> wired(size_t node, const std::vector<Shape>& shapes,
                         size_t which) const {
    try {
      return synapses_of<Number>(graph_.nodes[node].op, shapes, which);
    } catch (const Error& error) {
      throw error.in("node '" + graph_.nodes[node].name + "'");
    }
  }

  void add_populations(size_t node) {
    if (!roles_.is_linear(node)) emitter_[node] = add_population(node);
    if (!roles_.relayed[node]) return;
    if (bounds_.value[node] > static_cast<double>(kMostPayload)) {
      throw Error("node '" + graph_.nodes[node].name +
                  "': its current is read by another weighted layer: expected "
                  "at most 24 bits, found up to " +
                  std::to_string(bounds_.value[node]));
    }
    relay_[node] = add_population(node);
  }

  size_t add_population(size_t node) {
    Population<Number> population;
    population.node = node;
    population.name = graph_.nodes[node].name;
    population.spiking = roles_.role[node] == Role::spiking;
    population.position = chip_positions(evaluator_.shape(node));
    plan_.populations.push_back(std::move(population));
    return plan_.populations.size() - 1;
  }

  // The population that sends what `reader` reads from `node`, if one does.
  std::optional<size_t> sender(size_t node, size_t reader) const {
    if (!roles_.sends(node, reader)) return std::nullopt;
    return emitter_[node] ? emitter_[node] : relay_[node];
  }

  // ---- Wiring: from the population back to those that it reads ----

  using Sums = std::map<std::pair<size_t, int64_t>, size_t>;

  void wire(Population<Number>& population) {
    size_t node = population.node;
    if (roles_.role[node] == Role::input) return;
    Sum total = {population.size(), {}};
    Sums known;
    if (roles_.is_linear(node)) {
      read_through(node, 0, total, population, known);
    } else {
      for (const Edge& edge : edges_[node]) {
        read_plainly(edge, node, total, population, known);
      }
    }
    population.sums.push_back(std::move(total));
  }

  // One input of a neuron: a sender's payload itself, or a current.
  void read_plainly(const Edge& edge, size_t node, Sum& into,
                    Population<Number>& population, Sums& known) {
    int64_t back = edge.feedback;
    if (std::optional<size_t> from = sender(edge.from, node)) {
      into.reads.push_back({true, *from, one_to_one(), back, 0});
    } else {
      require_no_constant(edge);
      read_through(edge.from, back, into, population, known);
    }
  }

  // Adds the value of linear node `node`, `back` steps ago.
  void read_through(size_t node, int64_t back, Sum& into,
                    Population<Number>& population, Sums& known) {
    for (size_t which = 0; which < edges_[node].size(); ++which) {
      const Edge& edge = edges_[node][which];
      int64_t total_back = back + edge.feedback;
      Read read = {false, 0, synapses_[node][which], total_back, 0};
      if (std::optional<size_t> from = sender(edge.from, node)) {
        read.from_population = true;
        read.from = *from;
      } else {
        require_no_constant(edge);
        read.from = sum_of(edge.from, total_back, population, known);
      }
      into.reads.push_back(read);
    }
  }

  size_t sum_of(size_t node, int64_t back, Population<Number>& population,
                Sums& known) {
    auto found = known.find({node, back});
    if (found != known.end()) return found->second;
    Sum sum = {static_cast<size_t>(element_count(evaluator_.shape(node))), {}};
    read_through(node, back, sum, population, known);
    population.sums.push_back(std::move(sum));
    return known[{node, back}] = population.sums.size() - 1;
  }

  size_t one_to_one() {
    if (!one_to_one_) {
      one_to_one_ = plan_.synapses.size();
      plan_.synapses.push_back(GainSynapses<Number>{});
    }
    return *one_to_one_;
  }

  // ---- Time ----

  template <class Visit>
  static void for_each_sender(Population<Number>& population, Visit visit) {
    for (Sum& sum : population.sums) {
      for (Read& read : sum.reads) {
        if (read.from_population) visit(read);
      }
    }
  }

  void set_depth(Population<Number>& population) {
    for_each_sender(population, [&](const Read& read) {
      if (read.feedback > 0) return;
      int64_t depth = plan_.populations[read.from].depth + 1;
      population.depth = std::max(population.depth, depth);
    });
    plan_.depth = std::max(plan_.depth, population.depth);
  }

  void set_latencies(Population<Number>& population) {
    for_each_sender(population, [&](Read& read) {
      Population<Number>& from = plan_.populations[read.from];
      if (read.feedback > 0 && exact_) {
        throw Error("schedule=exact: expected no feedback");
      }
      read.latency = population.depth - from.depth + read.feedback;
      require_latency(read.latency, from);
      from.history =
          std::max(from.history, static_cast<size_t>(read.latency) + 1);
    });
  }

  static void require_latency(int64_t latency, const Population<Number>& from) {
    if (latency >= 1 && latency <= kMostDelay + 1) return;
    if (latency < 1) {
      throw Error("expected feedback from a layer that is not deeper, found '" +
                  from.name + "', whose spikes come " +
                  std::to_string(1 - latency) + " steps too late");
    }
    throw Error("expected delays up to " + std::to_string(kMostDelay) +
                ", found " + std::to_string(latency - 1) + " from '" +
                from.name + "'");
  }

  // A bias that is fed back would be missing in the first step.
  void require_no_constant(const Edge& edge) {
    if (!edge.feedback || constants_.is_zero(edge.from)) return;
    throw Error("expected feedback without a bias, found one in '" +
                graph_.nodes[edge.from].name + "'");
  }

  const Graph& graph_;
  const Roles& roles_;
  const Bounds& bounds_;
  bool exact_ = false;
  std::vector<std::vector<Edge>> edges_;
  Evaluator<int64_t> evaluator_;
  Constants constants_;
  std::vector<std::optional<size_t>> emitter_;  // population of each node
  std::vector<std::optional<size_t>> relay_;
  std::vector<std::vector<size_t>> synapses_;  // per node and input
  std::optional<size_t> one_to_one_;
  Plan<Number> plan_;
};

}  // namespace

template <class Number>
Plan<Number> make_plan(const Graph& graph, const Roles& roles,
                       const Bounds& bounds) {
  return Planner<Number>(graph, roles, bounds).run();
}

template Plan<int32_t> make_plan(const Graph&, const Roles&, const Bounds&);
template Plan<int64_t> make_plan(const Graph&, const Roles&, const Bounds&);

}  // namespace nc::loihi
