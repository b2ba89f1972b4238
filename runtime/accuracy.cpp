#include "runtime/accuracy.h"

#include <algorithm>
#include <cassert>

#include "ir/error.h"

namespace nc {
namespace {

void check_labels_fit(std::span<const int64_t> labels, int64_t samples,
                      int64_t outputs) {
  if (static_cast<int64_t>(labels.size()) != samples) {
    throw Error("expected " + std::to_string(samples) +
                " labels, one per sample, found " +
                std::to_string(labels.size()));
  }
  for (int64_t label : labels) {
    if (label >= 0 && label < outputs) continue;
    throw Error("expected labels from 0 to " + std::to_string(outputs - 1) +
                " as the network has " + std::to_string(outputs) +
                " outputs, found " + std::to_string(label));
  }
}

// values is [labels.size(), outputs].
Score score_values(std::span<const double> values, size_t outputs,
                   std::span<const int64_t> labels) {
  assert(values.size() == outputs * labels.size());
  Score score;
  for (size_t i = 0; i < labels.size(); ++i) {
    score.correct += argmax(values.subspan(i * outputs, outputs)) == labels[i];
    ++score.samples;
  }
  return score;
}

}  // namespace

int64_t argmax(std::span<const double> values) {
  assert(!values.empty());
  return std::max_element(values.begin(), values.end()) - values.begin();
}

double Score::accuracy() const {
  if (samples == 0) return 0;
  return static_cast<double>(correct) / static_cast<double>(samples);
}

Score& Score::operator+=(const Score& other) {
  correct += other.correct;
  samples += other.samples;
  return *this;
}

Score score(const Outputs& outputs, std::span<const int64_t> labels) {
  int64_t each = element_count(outputs.shape);
  check_labels_fit(labels, outputs.samples, each);
  return score_values(outputs.values, static_cast<size_t>(each), labels);
}

std::vector<Score> score_by_step(const Outputs& outputs,
                                 std::span<const int64_t> labels) {
  int64_t each = element_count(outputs.shape);
  check_labels_fit(labels, outputs.samples, each);
  std::vector<Score> scores;
  std::span<const double> rest = outputs.by_step;
  size_t step = static_cast<size_t>(outputs.samples * each);
  for (; step > 0 && rest.size() >= step; rest = rest.subspan(step)) {
    scores.push_back(
        score_values(rest.first(step), static_cast<size_t>(each), labels));
  }
  return scores;
}

}  // namespace nc
