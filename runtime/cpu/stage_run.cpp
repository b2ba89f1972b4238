#include "runtime/cpu/stage_run.h"

#include <omp.h>

#include <algorithm>
#include <chrono>

#include "ir/error.h"
#include "runtime/neuron.h"

namespace nc {
namespace {

// Sums of a dense block, or of one by events whose weights stay in the cache.
constexpr int64_t kBlockCells = 64 << 10;
constexpr int64_t kSmallBlockCells = 16 << 10;
constexpr int64_t kSmallWeights = 256 << 10;  // bytes

double seconds_since(std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> passed =
      std::chrono::steady_clock::now() - start;
  return passed.count();
}

// Splits neurons [begin, begin + count) into runs in which every constant is
// one piece of memory: visit(begin, length).
template <class Visit>
void for_each_run(int64_t begin, int64_t count,
                  std::initializer_list<const Periodic*> constants,
                  Visit visit) {
  int64_t end = begin + count;
  while (begin < end) {
    int64_t length = end - begin;
    for (const Periodic* each : constants) {
      int64_t period = static_cast<int64_t>(each->size());
      if (period > 0) length = std::min(length, period - begin % period);
    }
    visit(begin, length);
    begin += length;
  }
}

const int32_t* at(const Periodic& constant, int64_t neuron) {
  if (constant.empty()) return nullptr;
  return constant.data() + neuron % static_cast<int64_t>(constant.size());
}

int32_t* at(std::vector<int32_t>& values, int64_t index) {
  return values.empty() ? nullptr : values.data() + index;
}

}  // namespace

StageRun::StageRun(Session& session, size_t stage)
    : session_(session),
      plan_(session.plan_),
      index_(stage),
      stage_(plan_.stages[stage]),
      value_(session.values_[stage]),
      constant_(&stage_.dense_constant) {}

// Visits all neurons of all samples in runs of one piece of `constant`.
template <class Visit>
void StageRun::for_all(const Periodic& constant, Visit visit) const {
  for (int64_t sample = 0; sample < session_.samples_; ++sample) {
    for_each_run(0, elements(), {&constant}, [&](int64_t n, int64_t length) {
      visit(sample * elements() + n, at(constant, n), length);
    });
  }
}

Block StageRun::whole() const {
  return {0, steps(), 0, session_.samples_, 0, stage_.layout.positions()};
}

void StageRun::start() {
  size_t count = static_cast<size_t>(session_.cells(index_));
  if (const auto* fire = std::get_if<Fire>(&stage_.role)) {
    std::vector<int32_t>& membrane = session_.membranes_[index_];
    // Under the exact schedule they stay as they were.
    if (plan_.exact && membrane.size() >= count) return;
    membrane.resize(count);
    for_all(fire->initial, [&](int64_t i, const int32_t* v, int64_t length) {
      std::copy_n(v, length, membrane.data() + i);
    });
    if (fire->rule.is_signed) session_.net_counts_[index_].assign(count, 0);
  }
  if (std::holds_alternative<Leak>(stage_.role)) {
    session_.membranes_[index_].assign(count, 0);
  }
  if (std::holds_alternative<Remembered>(stage_.role)) {
    value_.steps = 1;
    if (stage_.storage.bytes) {
      std::fill_n(value_.bytes(), count,
                  static_cast<uint8_t>(-stage_.storage.low));
    } else {
      std::fill_n(value_.words(), count, 0);
    }
  }
}

void StageRun::run() {
  if (stage_.fixed && !session_.first_window_) return;
  value_.steps = steps();
  if (session_.first_window_ && !stage_.unchanging.empty()) {
    prepare_unchanging();
  }
  std::visit([this](const auto& role) { compute(role); }, stage_.role);
}

// ---- Sums of terms ---------------------------------------------------------

TermSource StageRun::source_of(const Term& term, bool by_events) const {
  TermSource source{&plan_.stages[term.source], session_.values_[term.source],
                    nullptr, session_.samples_};
  if (by_events && std::holds_alternative<Convolved>(term.how)) {
    source.events = &session_.events_[term.source];
  }
  return source;
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
              sum[k] = times * (sum[k] + constant[k]);
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
    for (int64_t k = 0; k < length; ++k) to[i + k] = sum[k] + constant[k];
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

bool StageRun::may_use_events() const {
  bool convolves = false;
  for (const Term& term : stage_.varying) {
    const auto* convolved = std::get_if<Convolved>(&term.how);
    if (!convolved) continue;
    if (!convolved->rows) return false;
    convolves = true;
  }
  return convolves;
}

// Lists the events of all convolutions' sources, once per window.
int64_t StageRun::list_all_events() {
  int64_t events = 0;
  for (const Term& term : stage_.varying) {
    if (!std::holds_alternative<Convolved>(term.how)) continue;
    const Stage& from = plan_.stages[term.source];
    EventLists& lists = session_.events_[term.source];
    if (!session_.listed_[term.source]) {
      const StoredValue& value = session_.values_[term.source];
      list_events(value.bytes(), value.steps * session_.samples_, from.layout,
                  from.storage.low, lists);
      session_.listed_[term.source] = true;
    }
    events += lists.size();
  }
  return events;
}

void StageRun::over_blocks(const Consume& consume) {
  if (stage_.varying.empty()) {
    use(Path::dense);
    consume(whole(), nullptr, 0);
    return;
  }
  if (!may_use_events()) {
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
    events = list_all_events();
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
  for (const Term& term : stage_.varying) {
    const auto* convolved = std::get_if<Convolved>(&term.how);
    if (convolved) weights += convolved->rows->bytes();
  }
  const int64_t most = weights > kSmallWeights ? kBlockCells : kSmallBlockCells;
  const int64_t positions = stage_.layout.positions();
  int64_t cells = steps() * stage_.layout.channels;  // of a position
  int64_t fit = std::max<int64_t>(most / cells, 1);
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
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (size_t i = 0; i < blocks.size(); ++i) {
    sum_block(blocks[i], static_cast<size_t>(omp_get_thread_num()), true,
              consume);
  }
}

// ---- Roles ------------------------------------------------------------------

void StageRun::compute(const Fire& fire) {
  std::vector<FireCount> counts(static_cast<size_t>(session_.options_.threads));
  if (session_.options_.membranes) {
    session_.traces_[index_].resize(
        static_cast<size_t>(steps() * session_.cells(index_)));
  }
  over_blocks([&](const Block& block, const int32_t* sums, size_t thread) {
    counts[thread] += fire_block(fire, block, sums);
  });
  for (const FireCount& each : counts) session_.counts_[index_] += each;
}

FireCount StageRun::fire_block(const Fire& fire, const Block& block,
                               const int32_t* sums) {
  FireCount count;
  int64_t channels = stage_.layout.channels;
  int64_t row = block.positions * channels;
  int64_t cells = session_.cells(index_);
  FireRun run;
  run.steps = block.steps;
  run.current_stride = block.samples * row;
  run.spike_stride = cells;
  run.trace_stride = cells;
  run.low = stage_.storage.low;
  for (int64_t s = 0; s < block.samples; ++s) {
    int64_t begin = block.position * channels;
    int64_t sample = block.sample + s;
    auto fire_some = [&](int64_t neuron, int64_t length) {
      int64_t index = sample * elements() + neuron;
      int64_t stored = block.step * cells + index;
      run.count = length;
      run.current = sums ? sums + s * row + neuron - begin : nullptr;
      run.constant = constant_at(sample, neuron).first;
      run.threshold = at(fire.threshold, neuron);
      run.decay = at(fire.decay, neuron);
      run.membrane = at(session_.membranes_[index_], index);
      run.net_count = at(session_.net_counts_[index_], index);
      bool bytes = stage_.storage.bytes;
      run.spike_bytes = bytes ? value_.bytes() + stored : nullptr;
      run.spike_words = bytes ? nullptr : value_.words() + stored;
      run.trace = at(session_.traces_[index_], stored);
      count +=
          plan_.exact ? count_all(fire.most, run) : fire_all(fire.rule, run);
    };
    bool own = stage_.unchanging.empty();
    static const Periodic kNone;
    for_each_run(begin, row, {&fire.threshold, own ? constant_ : &kNone},
                 fire_some);
  }
  return count;
}

void StageRun::compute(const Leak& leak) {
  std::vector<int32_t>& membranes = session_.membranes_[index_];
  over_blocks([&](const Block& block, const int32_t* sums, size_t) {
    int64_t row = block.positions * stage_.layout.channels;
    int64_t begin = block.position * stage_.layout.channels;
    for (int64_t i = 0; i < block.steps * block.samples * row; ++i) {
      int64_t step = block.step + i / row / block.samples;
      int64_t sample = block.sample + i / row % block.samples;
      int64_t neuron = begin + i % row;
      int64_t index = sample * elements() + neuron;
      int32_t& v = membranes[static_cast<size_t>(index)];
      int64_t kept = leaked<int64_t>(v, *at(leak.decay, neuron));
      int64_t z = *constant_at(sample, neuron).first + (sums ? sums[i] : 0);
      v = static_cast<int32_t>(kept + z);
      int64_t to = step * session_.cells(index_) + index;
      if (stage_.storage.bytes) {
        value_.bytes()[to] = static_cast<uint8_t>(v - stage_.storage.low);
      } else {
        value_.words()[to] = v;
      }
    }
  });
}

// Calls encode(where, sum, how many) for runs of sums with their constants.
template <class Encode>
void StageRun::store_sums(Encode encode) {
  over_blocks([&](const Block& block, const int32_t* sums, size_t) {
    int64_t row = block.positions * stage_.layout.channels;
    int64_t begin = block.position * stage_.layout.channels;
    for (int64_t t = 0; t < block.steps; ++t) {
      for (int64_t s = 0; s < block.samples; ++s) {
        int64_t sample = block.sample + s;
        int64_t to =
            ((block.step + t) * session_.samples_ + sample) * elements();
        const int32_t* z =
            sums ? sums + (t * block.samples + s) * row : nullptr;
        for (int64_t i = 0; i < row;) {
          auto [constant, length] = constant_at(sample, begin + i);
          length = std::min(length, row - i);
          encode(to + begin + i, z ? z + i : nullptr, constant, length);
          i += length;
        }
      }
    }
  });
}

void StageRun::compute(const Summed&) {
  auto store = [&](auto* cells, int32_t low) {
    store_sums([=](int64_t to, const int32_t* z, const int32_t* constant,
                   int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        int32_t sum = constant[i] + (z ? z[i] : 0);
        using Cell = std::decay_t<decltype(*cells)>;
        cells[to + i] = static_cast<Cell>(sum - low);
      }
    });
  };
  if (stage_.storage.bytes) {
    store(value_.bytes(), stage_.storage.low);
  } else {
    store(value_.words(), 0);
  }
}

void StageRun::compute(const ReadOut&) {
  size_t cells = static_cast<size_t>(session_.cells(index_));
  std::vector<int64_t> now(static_cast<size_t>(steps()) * cells);
  store_sums([&](int64_t to, const int32_t* z, const int32_t* constant,
                 int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      now[static_cast<size_t>(to + i)] = int64_t{constant[i]} + (z ? z[i] : 0);
    }
  });
  session_.total_.resize(cells);
  session_.read_out_.resize(now.size());
  const std::vector<int64_t>& order = session_.order(index_);
  for (size_t i = 0; i < now.size(); ++i) {
    size_t cell = i % cells;
    size_t row = cell / order.size() * order.size();
    size_t from = row + static_cast<size_t>(order[cell % order.size()]);
    int64_t& total = session_.total_[cell];
    int64_t z = now[i - cell + from];
    total = plan_.reads_membrane && !plan_.exact ? z : total + z;
    session_.read_out_[i] = total;
  }
}

void StageRun::compute(const Feed&) {
  const Storage& storage = stage_.storage;
  const std::vector<int64_t>& order = session_.order(index_);
  int64_t steps_summed = plan_.exact && !stage_.fixed ? plan_.timesteps : 1;
  for (int64_t t = 0; t < steps(); ++t) {
    for (int64_t s = 0; s < session_.samples_; ++s) {
      int64_t step = session_.input_steps_ == 1 ? 0 : session_.input_step_ + t;
      const float* from =
          session_.inputs_ + (s * session_.input_steps_ + step) * elements();
      int64_t to = (t * session_.samples_ + s) * elements();
      for (size_t i = 0; i < order.size(); ++i) {
        int64_t x = 0;
        for (int64_t k = 0; k < steps_summed; ++k) {
          x += static_cast<int64_t>(
              from[k * elements() + static_cast<int64_t>(i)]);
        }
        if (x < storage.low || x > storage.high) {
          throw Error("node '" + stage_.name + "': expected inputs from " +
                      std::to_string(storage.low) + " to " +
                      std::to_string(storage.high) + ", found " +
                      std::to_string(x));
        }
        if (storage.bytes) {
          value_.bytes()[to + order[i]] = static_cast<uint8_t>(x - storage.low);
        } else {
          value_.words()[to + order[i]] = static_cast<int32_t>(x);
        }
      }
    }
  }
}

void StageRun::compute(const MaxPooled& pool) {
  TermSource source{&plan_.stages[pool.source], session_.values_[pool.source],
                    nullptr, session_.samples_};
  int64_t channels = stage_.layout.channels;
  for_each_row(source, whole(),
               [&](const auto* cells, int32_t low, int64_t t, int64_t s) {
                 int64_t to = (t * session_.samples_ + s) * elements();
                 std::vector<int32_t> best(static_cast<size_t>(channels));
                 for (int64_t p = 0; p < stage_.layout.positions(); ++p) {
                   std::fill(best.begin(), best.end(), INT32_MIN);
                   for_each_tap(pool.window, p, [&](int64_t, int64_t position) {
                     for (size_t c = 0; c < best.size(); ++c) {
                       int64_t at =
                           position * channels + static_cast<int64_t>(c);
                       best[c] = std::max(
                           best[c], static_cast<int32_t>(cells[at]) + low);
                     }
                   });
                   for (int32_t value : best) {
                     if (stage_.storage.bytes) {
                       value_.bytes()[to++] =
                           static_cast<uint8_t>(value - stage_.storage.low);
                     } else {
                       value_.words()[to++] = value;
                     }
                   }
                 }
               });
}

void StageRun::compute(const Rearranged& move) {
  // Where each source begins in the numbering of all of them.
  std::vector<int64_t> first{0};
  for (size_t source : move.sources) {
    first.push_back(first.back() + plan_.stages[source].layout.elements());
  }
  auto put = [&](int64_t to, int32_t value) {
    if (stage_.storage.bytes) {
      value_.bytes()[to] = static_cast<uint8_t>(value - stage_.storage.low);
    } else {
      value_.words()[to] = value;
    }
  };
  Block block = whole();
  int64_t images = block.steps * block.samples;
  for (int64_t image = 0; image < images; ++image) {
    for (size_t i = 0; i < move.index.size(); ++i) {
      if (move.index[i] >= 0) continue;
      put(image * elements() + static_cast<int64_t>(i), move.filling);
    }
  }
  for (size_t k = 0; k < move.sources.size(); ++k) {
    const Stage& from = plan_.stages[move.sources[k]];
    TermSource source{&from, session_.values_[move.sources[k]], nullptr,
                      session_.samples_};
    bool window = plan_.exact && from.fixed && !stage_.fixed;
    int32_t times = window ? static_cast<int32_t>(plan_.timesteps) : 1;
    for_each_row(
        source, block,
        [&](const auto* cells, int32_t low, int64_t t, int64_t s) {
          int64_t to = (t * session_.samples_ + s) * elements();
          for (size_t i = 0; i < move.index.size(); ++i) {
            int64_t at = move.index[i];
            if (at < first[k] || at >= first[k + 1]) continue;
            put(to + static_cast<int64_t>(i),
                times * (static_cast<int32_t>(cells[at - first[k]]) + low));
          }
        });
  }
}

void StageRun::compute(const Remembered& role) {
  value_.steps = 1;
  if (session_.first_window_) return;  // silence: see start()
  const StoredValue& from = session_.values_[role.source];
  int64_t bytes = session_.cells(index_) * (stage_.storage.bytes ? 1 : 4);
  std::copy_n(from.data, bytes, value_.data);
}

}  // namespace nc
