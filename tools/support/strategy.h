// Which strategy, and how many timesteps: candidates in the order in which they
// are tried, and the choice among what they came to. Nothing is run here.
//
// The cheapest network that is good enough wins: without training before with
// training, few timesteps before many, thresholds from BatchNorm statistics
// before thresholds from data. Good enough: the accuracy of the ANN less that
// of the spiking network, both on held-out training data, is at most the gap
// that is asked for. Where none is, the network with the smallest gap wins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct Candidate {
  std::string strategy;  // as in plan.h
  int64_t timesteps = 0;
};

struct Trial {
  Candidate candidate;
  std::optional<double> accuracy;  // of the spiking network; none: it failed
  double seconds = 0;
};

struct Choice {
  std::optional<size_t> trial;  // none: all of them failed
  bool is_good_enough = false;
  std::string reason;
};

// Percentage points that are good enough where nothing else is asked for.
inline constexpr double kDefaultGap = 1.0;

// `timesteps`: those to be tried, ascending.
std::vector<Candidate> candidates(const Graph& ann,
                                  const std::vector<int64_t>& timesteps);

// Why the list is as it is: what the graph rules out. Empty: nothing.
std::string ruled_out(const Graph& ann);

// In percentage points.
double gap_of(const Trial& trial, double ann);

// `ann`: accuracy of the source, `most`: the gap that is good enough.
Choice choose(const std::vector<Trial>& trials, double ann, double most);

std::string text_of(const std::vector<Trial>& trials, const Choice& choice,
                    double ann);

}  // namespace nc
