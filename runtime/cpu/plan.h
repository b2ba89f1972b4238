// A quantised network, arranged for the CPU engine.
//
// The graph becomes stages that each compute one stored value. Linear ops that
// only one neuron (or the output) reads are not stored: they become terms of
// that neuron's current, computed block by block while it is in the cache.
// What does not change over time (the analog input of every step and all that
// follows from it alone) is computed once and not T times.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/graph.h"
#include "runtime/cpu/convolution.h"
#include "runtime/cpu/event_rows.h"
#include "runtime/cpu/event_scatter.h"
#include "runtime/cpu/fire.h"
#include "runtime/cpu/layout.h"

namespace nc {

// Values within 0 ... 255 of their lowest are stored as bytes (value - low),
// all others as 32-bit integers.
struct Storage {
  bool bytes = false;
  int32_t low = 0;
  int64_t high = 0;
};

// One entry per channel, or per neuron in stored order; repeated over the
// neurons. (Short ones are stored several times over, for longer runs.)
using Periodic = std::vector<int32_t>;

// A convolution or affine op with its weights cut into signed bytes and its
// inputs into digits of `bits` bits: sum over all pairs, shifted.
struct Convolved {
  struct WeightByte {
    ByteConvolution convolution;
    int shift = 0;
  };
  Window window;
  std::vector<WeightByte> weights;
  int bits = 7;
  int digits = 1;
  // Where events could be sparse, one of these.
  std::optional<EventRows> rows;
  std::optional<EventScatter> scatter;
};
struct Scaled {
  Periodic weight;
};
struct Pooled {  // summed
  Window window;
};
struct Passed {};

struct Term {
  std::variant<Convolved, Scaled, Pooled, Passed> how;
  size_t source = 0;  // stage
};

// What a stage makes of its terms, or of its source.
struct Feed {
  int64_t low = 0, high = 0;  // what may enter
};
struct Fire {
  FireRule rule;
  Periodic threshold;
  Periodic initial;
  Periodic decay;    // empty without leak
  int32_t most = 0;  // the exact schedule's largest count; else 0
};
struct Leak {
  Periodic decay;
};
struct Summed {};
struct ReadOut {};
struct MaxPooled {
  Window window;
  size_t source = 0;
};
// Elements of other stages in new places, and `filling` in those that are left.
struct Rearranged {
  struct Move {
    int64_t from = 0, to = 0;
  };
  struct Source {
    size_t stage = 0;
    std::vector<Move> moves;
  };
  std::vector<Source> sources;
  std::vector<int64_t> filled;
  int32_t filling = 0;
};
// What `source` was at the step before.
struct Remembered {
  size_t source = 0;
};
using Role = std::variant<Feed, Fire, Leak, Summed, ReadOut, MaxPooled,
                          Rearranged, Remembered>;

struct Stage {
  std::string name;
  size_t node = 0;  // of the graph
  Shape shape;
  Layout layout;
  Storage storage;
  bool fixed = false;  // the same at every step
  Role role;
  std::vector<Term> varying, unchanging;
  // Added to the varying terms: what their ops add and, where they are computed
  // densely, what bytes and values differ by.
  Periodic constant;
  Periodic dense_constant;
  Periodic unchanging_constant;  // added to the others
  size_t last_reader = 0;        // stage after which the value may go
};

struct Plan {
  std::vector<Stage> stages;
  int64_t timesteps = 1;
  bool exact = false;       // one pass over sums of T steps
  bool feeds_back = false;  // then step by step
  bool reads_membrane = false;
  double output_scale = 1;
};

// `steps_vary`: the input is another one at each step. Throws Error for a
// graph that is not quantised, or whose sums need more than 31 bits.
Plan make_plan(const Graph& graph, bool steps_vary);

// All stages that a stage reads.
std::vector<size_t> sources_of(const Stage& stage);

// Whether all its convolutions can be computed event by event.
bool may_use_events(const Stage& stage);

}  // namespace nc
