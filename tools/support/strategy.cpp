#include "tools/support/strategy.h"

#include <algorithm>

#include "tools/support/tables.h"

namespace nc {
namespace {

// nc-calibrate --method bn reads the statistics of what it finds there.
bool has_batch_norm(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) {
                       return std::holds_alternative<BatchNorm>(node.op);
                     });
}

std::string name_of(const Candidate& candidate) {
  return candidate.strategy + " at T=" + std::to_string(candidate.timesteps);
}

std::string points(double gap) { return fixed(gap, 2) + " points"; }

// The first trial that succeeded and whose gap no other undercuts.
std::optional<size_t> smallest_gap(const std::vector<Trial>& trials) {
  std::optional<size_t> best;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].accuracy) continue;
    if (!best || *trials[i].accuracy > *trials[*best].accuracy) best = i;
  }
  return best;
}

std::string reason_of(const Trial& trial, double gap, double most,
                      bool is_good_enough) {
  std::string found = name_of(trial.candidate) + ": gap " + points(gap);
  if (is_good_enough) {
    return found + ", wanted " + points(most) +
           " at most; it is the cheapest that keeps it";
  }
  return found + ", the smallest; wanted " + points(most) + " at most";
}

}  // namespace

std::vector<Candidate> candidates(const Graph& ann,
                                  const std::vector<int64_t>& timesteps) {
  std::vector<Candidate> list;
  for (int64_t steps : timesteps) {
    if (has_batch_norm(ann)) list.push_back({"direct", steps});
    list.push_back({"calibrate", steps});
  }
  for (int64_t steps : timesteps) list.push_back({"finetune", steps});
  return list;
}

std::string ruled_out(const Graph& ann) {
  if (has_batch_norm(ann)) return "";
  return "not direct: without batch norms the network does not say how large "
         "its activations are";
}

double gap_of(const Trial& trial, double ann) {
  return 100 * (ann - *trial.accuracy);
}

Choice choose(const std::vector<Trial>& trials, double ann, double most) {
  for (size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].accuracy || gap_of(trials[i], ann) > most) continue;
    double gap = gap_of(trials[i], ann);
    return {i, true, reason_of(trials[i], gap, most, true)};
  }
  std::optional<size_t> best = smallest_gap(trials);
  if (!best) return {std::nullopt, false, "every strategy failed"};
  double gap = gap_of(trials[*best], ann);
  return {best, false, reason_of(trials[*best], gap, most, false)};
}

std::string text_of(const std::vector<Trial>& trials, const Choice& choice,
                    double ann) {
  std::vector<Row> rows = {
      {"strategy", "T", "held-out accuracy", "gap", "seconds", ""}};
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    bool ran = trial.accuracy.has_value();
    rows.push_back({trial.candidate.strategy,
                    std::to_string(trial.candidate.timesteps),
                    ran ? percent(*trial.accuracy) : "failed",
                    ran ? fixed(gap_of(trial, ann), 2) : "-",
                    fixed(trial.seconds, 1), choice.trial == i ? "taken" : ""});
  }
  return table(rows);
}

}  // namespace nc
