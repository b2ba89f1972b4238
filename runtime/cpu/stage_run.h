// How one stage of a plan is computed for one window of steps.
#pragma once

#include <functional>

#include "runtime/cpu/periodic.h"
#include "runtime/cpu/session.h"

namespace nc {

struct StageRun {
  StageRun(Session& session, size_t stage);

  void start();  // before the first window
  void run();

 private:
  // Is given the sums of the varying terms for a block (nullptr without such
  // terms), laid out as the block is, by thread.
  using Consume =
      std::function<void(const Block&, const int32_t* sums, size_t thread)>;

  void compute(const Feed& feed);
  void require_range(const Feed& feed, int64_t x) const;
  void compute(const Fire& fire);
  void compute(const Leak& leak);
  void compute(const Summed&);
  void compute(const ReadOut&);
  void compute(const MaxPooled& pool);
  void compute(const Rearranged& role);
  void compute(const Remembered& role);

  FireCount fire_block(const Fire& fire, const Block& block,
                       const int32_t* sums);

  void prepare_unchanging();
  void use(Path path);
  void over_blocks(const Consume& consume);
  void dense_blocks(const Consume& consume);
  void event_blocks(const Consume& consume);
  void sum_block(const Block& block, size_t thread, bool by_events,
                 const Consume& consume);
  int64_t events_of(size_t source) const;
  const EventLists& list_events_of(size_t source);
  int64_t prepare_events();
  TermSource source_of(const Term& term, bool by_events) const;
  Block whole() const;
  void put(int64_t cell, int32_t value);  // as the stage stores its values

  // The constant part of the current: of neurons side by side from `begin` on
  // in one sample, and how many follow it there.
  std::pair<const int32_t*, int64_t> constant_at(int64_t sample,
                                                 int64_t begin) const;
  template <class Visit>
  void for_all(const Periodic& constant, Visit visit) const;
  template <class Encode>
  void store_sums(Encode encode);

  int64_t steps() const { return stage_.fixed ? 1 : session_.steps_; }
  int64_t elements() const { return stage_.layout.elements(); }

  Session& session_;
  const Plan& plan_;
  size_t index_;
  const Stage& stage_;
  StoredValue& value_;
  const Periodic* constant_;  // of the path in use
};

// Visits all neurons of all samples in runs of one piece of `constant`.
template <class Visit>
void StageRun::for_all(const Periodic& constant, Visit visit) const {
  for (int64_t sample = 0; sample < session_.samples_; ++sample) {
    for_each_run(0, elements(), {&constant}, [&](int64_t n, int64_t length) {
      visit(sample * elements() + n, at(constant, n), length);
    });
  }
}

}  // namespace nc
