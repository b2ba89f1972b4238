#include "runtime/data/draw.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <string>

#include "ir/error.h"
#include "runtime/data/dataset.h"
#include "runtime/data/random.h"

namespace nc {
namespace {

// Never change these: they say which samples "val" is.
constexpr int64_t kHeldOutSeed = 20240229;
constexpr int64_t kHeldOutPart = 10;

using Positions = std::vector<int64_t>;

// The positions of each class, classes in ascending order.
std::vector<Positions> by_class(const std::vector<int64_t>& labels,
                                int64_t size) {
  std::map<int64_t, Positions> found;
  for (int64_t i = 0; i < size; ++i) {
    found[labels.empty() ? 0 : labels[static_cast<size_t>(i)]].push_back(i);
  }
  std::vector<Positions> classes;
  for (auto& [label, positions] : found) {
    classes.push_back(std::move(positions));
  }
  return classes;
}

// How many of `count` each class gets: count * its size / the size of all,
// rounded down, and what is left goes to the largest remainders.
std::vector<int64_t> shares(const std::vector<Positions>& classes, int64_t size,
                            int64_t count) {
  std::vector<int64_t> share;
  std::vector<std::pair<int64_t, size_t>> remainders;
  int64_t left = count;
  for (const Positions& positions : classes) {
    int64_t product = count * static_cast<int64_t>(positions.size());
    remainders.emplace_back(-(product % size), share.size());
    share.push_back(product / size);
    left -= share.back();
  }
  std::sort(remainders.begin(), remainders.end());
  for (int64_t i = 0; i < left; ++i) {
    ++share[remainders[static_cast<size_t>(i)].second];
  }
  return share;
}

}  // namespace

std::vector<int64_t> balanced_draw(const std::vector<int64_t>& labels,
                                   int64_t size, int64_t count, int64_t seed) {
  assert(labels.empty() || static_cast<int64_t>(labels.size()) == size);
  if (count < 0 || count > size) {
    throw Error("expected a draw of at most " + std::to_string(size) +
                " samples, found samples=" + std::to_string(count));
  }
  Positions drawn;
  if (size == 0) return drawn;
  Random random(static_cast<uint64_t>(seed));
  std::vector<Positions> classes = by_class(labels, size);
  std::vector<int64_t> share = shares(classes, size, count);
  for (size_t i = 0; i < classes.size(); ++i) {
    shuffle(classes[i], random);
    drawn.insert(drawn.end(), classes[i].begin(),
                 classes[i].begin() + share[i]);
  }
  shuffle(drawn, random);
  return drawn;
}

HeldOut hold_out(const std::vector<int64_t>& labels, int64_t size) {
  HeldOut held;
  held.val = balanced_draw(labels, size, size / kHeldOutPart, kHeldOutSeed);
  std::sort(held.val.begin(), held.val.end());
  auto next = held.val.begin();
  for (int64_t i = 0; i < size; ++i) {
    if (next != held.val.end() && *next == i) {
      ++next;
    } else {
      held.train.push_back(i);
    }
  }
  return held;
}

}  // namespace nc
