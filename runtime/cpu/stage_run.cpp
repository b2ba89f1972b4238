#include "runtime/cpu/stage_run.h"

#include <algorithm>

#include "ir/error.h"
#include "runtime/neuron.h"

namespace nc {

StageRun::StageRun(Session& session, size_t stage)
    : session_(session),
      plan_(session.plan_),
      index_(stage),
      stage_(plan_.stages[stage]),
      value_(session.values_[stage]),
      constant_(&stage_.dense_constant) {}

Block StageRun::whole() const {
  return {0, steps(), 0, session_.samples_, 0, stage_.layout.positions()};
}

void StageRun::put(int64_t cell, int32_t value) {
  if (stage_.storage.bytes) {
    value_.bytes()[cell] = static_cast<uint8_t>(value - stage_.storage.low);
  } else {
    value_.words()[cell] = value;
  }
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

void StageRun::compute(const Fire& fire) {
  std::vector<FireCount> counts(static_cast<size_t>(session_.options_.threads));
  if (session_.options_.membranes) {
    session_.traces_[index_].resize(
        static_cast<size_t>(steps() * session_.cells(index_)));
  }
  over_blocks([&](const Block& block, const int32_t* sums, size_t thread) {
    counts[thread] += fire_block(fire, block, sums);
  });
  FireCount& fired = session_.fired_[index_];
  fired = {};
  for (const FireCount& each : counts) fired += each;
  session_.counts_[index_] += fired;
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
    for_each_run(begin, row,
                 {&fire.threshold, &fire.decay, own ? constant_ : &kNone},
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
      int32_t z =
          wrapped_sum(*constant_at(sample, neuron).first, sums ? sums[i] : 0);
      v = static_cast<int32_t>(kept + z);
      put(step * session_.cells(index_) + index, v);
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
        int32_t sum = wrapped_sum(constant[i], z ? z[i] : 0);
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
      now[static_cast<size_t>(to + i)] = wrapped_sum(constant[i], z ? z[i] : 0);
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

void StageRun::require_range(const Feed& feed, int64_t x) const {
  if (x >= feed.low && x <= feed.high) return;
  throw Error("node '" + stage_.name + "': expected inputs from " +
              std::to_string(feed.low) + " to " + std::to_string(feed.high) +
              ", found " + std::to_string(x));
}

void StageRun::compute(const Feed& feed) {
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
          int64_t now = static_cast<int64_t>(
              from[k * elements() + static_cast<int64_t>(i)]);
          require_range(feed, now);
          x += now;
        }
        put(to + order[i], static_cast<int32_t>(x));
      }
    }
  }
}

void StageRun::compute(const MaxPooled& pool) {
  TermSource source{&plan_.stages[pool.source], session_.values_[pool.source],
                    session_.samples_};
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
                   for (int32_t value : best) put(to++, value);
                 }
               });
}

void StageRun::compute(const Rearranged& role) {
  Block block = whole();
  int64_t images = block.steps * block.samples;
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t at : role.filled) put(image * elements() + at, role.filling);
  }
  for (const Rearranged::Source& each : role.sources) {
    const Stage& from = plan_.stages[each.stage];
    TermSource source{&from, session_.values_[each.stage], session_.samples_};
    bool window = plan_.exact && from.fixed && !stage_.fixed;
    int32_t times = window ? static_cast<int32_t>(plan_.timesteps) : 1;
    for_each_row(source, block,
                 [&](const auto* cells, int32_t low, int64_t t, int64_t s) {
                   int64_t to = (t * session_.samples_ + s) * elements();
                   for (const Rearranged::Move& move : each.moves) {
                     int32_t value =
                         static_cast<int32_t>(cells[move.from]) + low;
                     put(to + move.to, times * value);
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
