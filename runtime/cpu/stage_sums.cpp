// The sums of a stage's terms, block by block, while they are in the cache.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <exception>

#include "runtime/cpu/stage_run.h"

namespace nc {
namespace {

// Of a block by events whose weights are few.
constexpr int64_t kSmallBlockCells = 16 << 10;
constexpr int64_t kSmallWeights = 256 << 10;  // bytes

double seconds_since(std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> passed =
      std::chrono::steady_clock::now() - start;
  return passed.count();
}

}  // namespace

TermSource StageRun::source_of(const Term& term, bool by_events) const {
  return {&plan_.stages[term.source], session_.values_[term.source],
          session_.samples_, by_events, &session_.events_[term.source]};
}

// Currents that stay the same, [samples, elements]; under the exact schedule
// those of the whole window.
void StageRun::prepare_unchanging() {
  std::vector<int32_t>& sums = session_.unchanging_[index_];
  sums.resize(static_cast<size_t>(session_.cells(index_)));
  Block block = whole();
  block.steps = 1;
  bool first = true;
  for (const Term& term : stage_.unchanging) {
    add_term(term, source_of(term, false), stage_.layout, block, first,
             sums.data(), session_.scratch_[0]);
    first = false;
  }
  // A stage that is fixed as a whole is one step's worth, as all others are.
  bool window = plan_.exact && !stage_.fixed;
  int32_t times = window ? static_cast<int32_t>(plan_.timesteps) : 1;
  for_all(stage_.unchanging_constant,
          [&](int64_t i, const int32_t* constant, int64_t length) {
            int32_t* sum = sums.data() + i;
            for (int64_t k = 0; k < length; ++k) {
              int32_t one = wrapped_sum(sum[k], constant[k]);
              sum[k] = static_cast<int32_t>(static_cast<uint32_t>(times) *
                                            static_cast<uint32_t>(one));
            }
          });
}

// Puts together what does not change in this window.
void StageRun::use(Path path) {
  bool dense = path == Path::dense;
  constant_ = dense ? &stage_.dense_constant : &stage_.constant;
  if (stage_.unchanging.empty()) return;
  const std::vector<int32_t>& unchanging = session_.unchanging_[index_];
  std::vector<int32_t>& sums = session_.constants_[index_];
  sums.resize(unchanging.size());
  int32_t* to = sums.data();
  for_all(*constant_, [&](int64_t i, const int32_t* constant, int64_t length) {
    const int32_t* sum = unchanging.data() + i;
    for (int64_t k = 0; k < length; ++k)
      to[i + k] = wrapped_sum(sum[k], constant[k]);
  });
}

std::pair<const int32_t*, int64_t> StageRun::constant_at(int64_t sample,
                                                         int64_t begin) const {
  if (!stage_.unchanging.empty()) {
    return {session_.constants_[index_].data() + sample * elements() + begin,
            elements() - begin};
  }
  int64_t period = static_cast<int64_t>(constant_->size());
  return {at(*constant_, begin), period - begin % period};
}

int64_t StageRun::events_of(size_t source) const {
  const StoredValue& value = session_.values_[source];
  const Stage& from = plan_.stages[source];
  if (std::holds_alternative<Fire>(from.role)) {
    return session_.fired_[source].events;
  }
  uint8_t zero = static_cast<uint8_t>(-from.storage.low);
  int64_t cells = value.steps * session_.cells(source);
  return cells - std::count(value.bytes(), value.bytes() + cells, zero);
}

// Once per window.
const EventLists& StageRun::list_events_of(size_t source) {
  EventLists& lists = session_.events_[source];
  if (session_.listed_[source]) return lists;
  session_.take_lists(source);
  const StoredValue& value = session_.values_[source];
  const Stage& from = plan_.stages[source];
  list_events(value.bytes(), value.steps * session_.samples_, from.layout,
              from.storage.low, lists);
  session_.listed_[source] = true;
  return lists;
}

// How many events all convolutions read; lists those that are gathered.
int64_t StageRun::prepare_events() {
  int64_t events = 0;
  for (const Term& term : stage_.varying) {
    const auto* convolved = std::get_if<Convolved>(&term.how);
    if (!convolved) continue;
    events += convolved->rows ? list_events_of(term.source).size()
                              : events_of(term.source);
  }
  return events;
}

void StageRun::over_blocks(const Consume& consume) {
  if (stage_.varying.empty()) {
    use(Path::dense);
    consume(whole(), nullptr, 0);
    return;
  }
  if (!session_.options_.lists || !may_use_events(stage_)) {
    use(Path::dense);
    dense_blocks(consume);
    return;
  }
  PathChoice& choice = session_.choices_[index_];
  int64_t images = steps() * session_.samples_;
  auto start = std::chrono::steady_clock::now();
  Path path = choice.choose();
  use(path);
  int64_t events = 0;
  if (path == Path::events) {
    events = prepare_events();
    event_blocks(consume);
  } else {
    dense_blocks(consume);
  }
  choice.took(path, images, events, seconds_since(start));
}

void StageRun::sum_block(const Block& block, size_t thread, bool by_events,
                         const Consume& consume) {
  std::vector<int32_t>& sums = session_.blocks_[thread];
  size_t cells = static_cast<size_t>(block.rows() * stage_.layout.channels);
  if (sums.size() < cells) sums.resize(cells);
  bool first = true;
  for (const Term& term : stage_.varying) {
    add_term(term, source_of(term, by_events), stage_.layout, block, first,
             sums.data(), session_.scratch_[thread]);
    first = false;
  }
  consume(block, sums.data(), thread);
}

// All positions of all samples, a few steps at a time.
void StageRun::dense_blocks(const Consume& consume) {
  Block block = whole();
  int64_t cells = session_.cells(index_);
  int64_t at_once = std::clamp<int64_t>(kBlockCells / cells, 1, steps());
  for (; block.step < steps(); block.step += at_once) {
    block.steps = std::min(at_once, steps() - block.step);
    sum_block(block, 0, false, consume);
  }
}

// All steps of a few positions: their membranes stay in registers.
void StageRun::event_blocks(const Consume& consume) {
  int64_t weights = 0;
  int64_t unit = 1;  // positions: whole rows where spikes are scattered
  for (const Term& term : stage_.varying) {
    const auto* convolved = std::get_if<Convolved>(&term.how);
    if (!convolved) continue;
    if (convolved->rows) weights += convolved->rows->bytes();
    if (convolved->scatter) unit = stage_.layout.width;
  }
  bool small = unit == 1 && weights <= kSmallWeights;
  const int64_t most = small ? kSmallBlockCells : kBlockCells;
  const int64_t positions = stage_.layout.positions();
  int64_t cells = steps() * stage_.layout.channels * unit;
  int64_t fit = std::max<int64_t>(most / cells, 1) * unit;
  int64_t samples_at_once =
      std::clamp<int64_t>(fit / positions, 1, session_.samples_);
  int64_t at_once = std::min(fit, positions);
  std::vector<Block> blocks;
  for (int64_t s = 0; s < session_.samples_; s += samples_at_once) {
    for (int64_t p = 0; p < positions; p += at_once) {
      blocks.push_back({0, steps(), s,
                        std::min(samples_at_once, session_.samples_ - s), p,
                        std::min(at_once, positions - p)});
    }
  }
  int threads = session_.options_.threads;
  std::exception_ptr failure;  // none may leave the parallel region
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (size_t i = 0; i < blocks.size(); ++i) {
    try {
      sum_block(blocks[i], static_cast<size_t>(omp_get_thread_num()), true,
                consume);
    } catch (...) {
#pragma omp critical
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nc
