#include "runtime/cpu/session.h"

#include <algorithm>
#include <map>

#include "runtime/cpu/stage_run.h"

namespace nc {
namespace {

constexpr int64_t kAlignment = 64;

// Where each stage's value lies in one piece of memory: values that are not
// read any more leave their place to later ones.
struct Arrangement {
  std::vector<int64_t> offset;
  int64_t bytes = 0;
};

int64_t value_bytes(const Stage& stage, int64_t samples, int64_t window) {
  int64_t cells =
      (stage.fixed ? 1 : window) * samples * stage.layout.elements();
  // Vector loads may reach beyond the last cell.
  int64_t bytes = cells * (stage.storage.bytes ? 1 : 4) + kAlignment;
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

class Arranger {
 public:
  int64_t take(int64_t bytes) {
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      if (gap->second < bytes) continue;
      int64_t offset = gap->first;
      int64_t rest = gap->second - bytes;
      gaps_.erase(gap);
      if (rest > 0) gaps_[offset + bytes] = rest;
      return offset;
    }
    int64_t offset = end_;
    end_ += bytes;
    return offset;
  }

  void give(int64_t offset, int64_t bytes) {
    auto next = gaps_.lower_bound(offset);
    if (next != gaps_.end() && offset + bytes == next->first) {
      bytes += next->second;
      next = gaps_.erase(next);
    }
    if (next != gaps_.begin()) {
      auto before = std::prev(next);
      if (before->first + before->second == offset) {
        before->second += bytes;
        return;
      }
    }
    gaps_[offset] = bytes;
  }

  int64_t end() const { return end_; }

 private:
  std::map<int64_t, int64_t> gaps_;
  int64_t end_ = 0;
};

Arrangement arrange(const Plan& plan, int64_t samples, int64_t window) {
  Arrangement result;
  Arranger arranger;
  result.offset.resize(plan.stages.size());
  // What is computed in the first window only keeps its place for itself.
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    if (!stage.fixed) continue;
    result.offset[i] = arranger.take(value_bytes(stage, samples, window));
  }
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    if (!stage.fixed) {
      result.offset[i] = arranger.take(value_bytes(stage, samples, window));
    }
    for (size_t j = 0; j <= i; ++j) {
      const Stage& done = plan.stages[j];
      if (done.last_reader != i || done.fixed) continue;
      arranger.give(result.offset[j], value_bytes(done, samples, window));
    }
  }
  result.bytes = arranger.end();
  return result;
}

int64_t state_bytes(const Stage& stage, const SessionOptions& options) {
  int64_t states = stage.unchanging.empty() ? 0 : 2;
  if (const auto* fire = std::get_if<Fire>(&stage.role)) {
    states += fire->rule.is_signed ? 2 : 1;
    if (options.membranes) states += options.window;  // traces
  }
  states += std::holds_alternative<Leak>(stage.role) ? 1 : 0;
  return 4 * states * options.samples * stage.layout.elements();
}

// Whose events a later stage may list.
std::vector<bool> listed_sources(const Plan& plan) {
  std::vector<bool> listed(plan.stages.size());
  for (const Stage& stage : plan.stages) {
    if (!may_use_events(stage)) continue;
    for (const Term& term : stage.varying) {
      const auto* convolved = std::get_if<Convolved>(&term.how);
      if (convolved && convolved->rows) listed[term.source] = true;
    }
  }
  return listed;
}

// A payload of n is n events.
int64_t most_events(const Stage& stage, const SessionOptions& options) {
  int64_t payload = std::max<int64_t>(stage.storage.high, -stage.storage.low);
  return options.window * options.samples * stage.layout.elements() * payload;
}

// The longest list, as many times as lists are needed at once.
int64_t list_bytes(const Plan& plan, const SessionOptions& options) {
  std::vector<bool> listed = listed_sources(plan);
  int64_t longest = 0;
  size_t at_once = 0;
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    size_t alive = 0;
    for (size_t j = 0; j <= i; ++j) {
      alive += listed[j] && plan.stages[j].last_reader > i ? 1 : 0;
    }
    if (!listed[i]) continue;
    at_once = std::max(at_once, alive);
    int64_t offsets = 2 * options.window * options.samples *
                      plan.stages[i].layout.positions();
    longest =
        std::max(longest, offsets + 2 * most_events(plan.stages[i], options));
  }
  return 4 * longest * static_cast<int64_t>(at_once);
}

// Sums of a block, those of a second convolution and of a product, digits.
int64_t working_bytes(const Plan& plan, const SessionOptions& options) {
  int64_t widest = 0;
  for (const Stage& stage : plan.stages) {
    widest = std::max(widest, options.samples * stage.layout.elements());
  }
  return (3 * 4 + 1) * std::max(widest, kBlockCells) * options.threads;
}

}  // namespace

bool can_list_events(const Plan& plan, const SessionOptions& options) {
  std::vector<bool> listed = listed_sources(plan);
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    bool fits = most_events(plan.stages[i], options) <= UINT32_MAX;
    if (listed[i] && !fits) return false;
  }
  return true;
}

int64_t session_bytes(const Plan& plan, const SessionOptions& options) {
  int64_t bytes = arrange(plan, options.samples, options.window).bytes;
  for (const Stage& stage : plan.stages) bytes += state_bytes(stage, options);
  if (options.lists) bytes += list_bytes(plan, options);
  return bytes + working_bytes(plan, options);
}

Session::Session(const Plan& plan, const SessionOptions& options)
    : plan_(plan), options_(options) {
  size_t count = plan.stages.size();
  Arrangement places = arrange(plan, options.samples, options.window);
  memory_ = std::make_unique_for_overwrite<std::byte[]>(
      static_cast<size_t>(places.bytes + kAlignment));
  auto start = reinterpret_cast<uintptr_t>(memory_.get());
  std::byte* aligned = memory_.get() + (-start % kAlignment);
  values_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    values_[i].data = aligned + places.offset[i];
  }
  membranes_.resize(count);
  net_counts_.resize(count);
  unchanging_.resize(count);
  constants_.resize(count);
  traces_.resize(count);
  events_.resize(count);
  listed_.resize(count);
  order_.resize(count);
  counts_.resize(count);
  fired_.resize(count);
  choices_.assign(count, PathChoice(options.path));
  scratch_.resize(static_cast<size_t>(options.threads));
  blocks_.resize(static_cast<size_t>(options.threads));
}

int64_t Session::cells(size_t stage) const {
  return samples_ * plan_.stages[stage].layout.elements();
}

void Session::start(int64_t samples) {
  samples_ = samples;
  first_window_ = true;
  total_.clear();
  for (size_t i = 0; i < plan_.stages.size(); ++i) {
    StageRun(*this, i).start();
  }
}

void Session::advance(const float* inputs, int64_t input_steps,
                      int64_t input_step, int64_t steps,
                      const StageObserver& observe) {
  inputs_ = inputs;
  input_steps_ = input_steps;
  input_step_ = input_step;
  steps_ = steps;
  std::fill(listed_.begin(), listed_.end(), false);
  for (size_t i = 0; i < plan_.stages.size(); ++i) {
    StageRun(*this, i).run();
    bool fires = std::holds_alternative<Fire>(plan_.stages[i].role);
    if (fires && observe) observe(i);
    give_lists_back(i);
  }
  first_window_ = false;
}

// Lists keep their memory and go from stage to stage.
void Session::take_lists(size_t stage) {
  if (free_lists_.empty()) return;
  events_[stage] = std::move(free_lists_.back());
  free_lists_.pop_back();
}

void Session::give_lists_back(size_t reader) {
  for (size_t i = 0; i <= reader; ++i) {
    if (!listed_[i] || plan_.stages[i].last_reader != reader) continue;
    free_lists_.push_back(std::move(events_[i]));
    events_[i] = {};
    listed_[i] = false;
  }
}

const std::vector<int64_t>& Session::order(size_t stage) {
  if (order_[stage].empty()) {
    order_[stage] = stored_index(plan_.stages[stage].shape);
  }
  return order_[stage];
}

void Session::copy_spikes(size_t stage, int64_t step, int64_t sample,
                          int32_t* to) {
  const Stage& from = plan_.stages[stage];
  int64_t start = (step * samples_ + sample) * from.layout.elements();
  const uint8_t* bytes = values_[stage].bytes() + start;
  const int32_t* words = values_[stage].words() + start;
  for (int64_t at : order(stage)) {
    *to++ = from.storage.bytes ? bytes[at] + from.storage.low : words[at];
  }
}

void Session::copy_membranes(size_t stage, int64_t step, int64_t sample,
                             double* to) {
  int64_t start =
      (step * samples_ + sample) * plan_.stages[stage].layout.elements();
  for (int64_t at : order(stage)) {
    *to++ = traces_[stage][static_cast<size_t>(start + at)];
  }
}

}  // namespace nc
