#include "passes/frontend/batch.h"

#include "ir/error.h"
#include "passes/frontend/refusal.h"
#include "passes/frontend/same_op.h"

namespace nc::frontend {
namespace {

// Primes that no size in a network is likely to have: where one turns up in
// shape arithmetic, it is the batch.
constexpr int64_t kBatch = 7919;
constexpr int64_t kOtherBatch = 7907;
constexpr int kMostBatches = 4;

bool same_nodes(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    bool is_same = a.nodes[i].inputs == b.nodes[i].inputs &&
                   same_op(a.nodes[i].op, b.nodes[i].op);
    if (!is_same) return false;
  }
  return true;
}

// A number made from the batch's size may have become a weight.
void require_no_batch(const WalkOnce& walk, const std::string& size,
                      Attempt& attempt) {
  if (!attempt.reads_batch || attempt.result.graph.nodes.empty()) return;
  Attempt other = walk(kOtherBatch);
  if (same_nodes(attempt.result.graph, other.result.graph)) return;
  attempt.result.graph = {};
  attempt.result.table.push_back(
      {Conversion::Verdict::refused, size, "",
       "computes with the size of the batch; a spiking network runs one sample "
       "at a time"});
}

// Sizes of batches are multiplied with those of samples.
int64_t within_reach(int64_t batch) {
  constexpr int64_t kLargestBatch = int64_t{1} << 24;
  if (batch >= 1 && batch <= kLargestBatch) return batch;
  throw Error("the network holds a batch of " + std::to_string(batch) +
              " samples");
}

}  // namespace

Attempt import_for_any_batch(const WalkOnce& walk, const std::string& size) {
  int64_t batch = kBatch;
  for (int i = 0; i < kMostBatches; ++i) {
    try {
      Attempt attempt = walk(batch);
      if (batch == kBatch) require_no_batch(walk, size, attempt);
      return attempt;
    } catch (const BakedBatch& baked) {
      batch = within_reach(baked.batch);
    }
  }
  throw Error("the trace holds several batch sizes; trace it with one sample");
}

}  // namespace nc::frontend
