#include "passes/torch/torchscript/pickle_nesting.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace nc::torchscript {
namespace {

constexpr int kDeepest = 1000;

// What a pickle holds in its place on the stack: the number of an object, or
// nothing of interest (numbers, texts), or a mark.
using Slot = int;
constexpr Slot kPlain = -1;
constexpr Slot kMark = -2;

class PickleScanner {
 public:
  explicit PickleScanner(std::string_view pickle) : pickle_(pickle) {}

  bool is_shallow() {
    while (at_ < pickle_.size() && step()) {
    }
    return deepest_path() <= kDeepest;
  }

 private:
  // One opcode; false at the end, or where LibTorch would stop as well.
  bool step() {
    char opcode = pickle_[at_++];
    switch (opcode) {
      case '(':
        stack_.push_back(kMark);
        return true;
      case ')':
      case ']':
      case '}':
        return make(0);
      case 't':
      case 'l':
      case 'd':
        return make(above_mark(), true);
      case '\x85':
        return make(1);
      case '\x86':
        return make(2);
      case '\x87':
        return make(3);
      case 'R':
      case '\x81':
        return make(2);
      case 'Q':
        return make(1);
      case 'a':
      case 'b':
        return put_into(1);
      case 's':
        return put_into(2);
      case 'e':
      case 'u':
        return put_into(above_mark(), true);
      case '0':
        return pop();
      case 'q':
        return remember(static_cast<int64_t>(number(1)));
      case 'r':
        return remember(static_cast<int64_t>(number(4)));
      case '\x94':
        return remember(static_cast<int64_t>(memo_.size()));
      case 'h':
        return recall(static_cast<int64_t>(number(1)));
      case 'j':
        return recall(static_cast<int64_t>(number(4)));
      case '\x93':
        return pop() && pop() && push_plain(0);
      case 'c':
        return skip_line() && skip_line() && push_plain(0);
      case '\x80':
        return skip(1);
      case '\x95':
        return skip(8);
      default:
        return plain(opcode);
    }
  }

  // Numbers, texts, truth values.
  bool plain(char opcode) {
    switch (opcode) {
      case 'N':
      case '\x88':
      case '\x89':
        return push_plain(0);
      case 'K':
        return push_plain(1);
      case 'M':
        return push_plain(2);
      case 'J':
        return push_plain(4);
      case 'G':
        return push_plain(8);
      case '\x8a':
      case 'U':
      case '\x8c':
      case 'C':
        return push_plain(number(1));
      case 'X':
      case 'T':
      case 'B':
        return push_plain(number(4));
      case '\x8d':
      case '\x8e':
        return push_plain(number(8));
      default:
        return false;
    }
  }

  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && at_ < pickle_.size(); ++i, ++at_) {
      value |= uint64_t{static_cast<unsigned char>(pickle_[at_])} << (8 * i);
    }
    return value;
  }

  bool skip(uint64_t bytes) {
    if (bytes > pickle_.size() - at_) return false;
    at_ += static_cast<size_t>(bytes);
    return true;
  }

  bool skip_line() {
    size_t end = pickle_.find('\n', at_);
    if (end == std::string_view::npos) return false;
    at_ = end + 1;
    return true;
  }

  bool push_plain(uint64_t bytes) {
    stack_.push_back(kPlain);
    return skip(bytes);
  }

  bool pop() {
    if (stack_.empty()) return false;
    stack_.pop_back();
    return true;
  }

  size_t above_mark() const {
    size_t count = 0;
    while (count < stack_.size() &&
           stack_[stack_.size() - 1 - count] != kMark) {
      ++count;
    }
    return count;
  }

  // The topmost objects go into `holder`; then the mark below them goes.
  bool move_into(int holder, size_t count, bool has_mark) {
    if (stack_.size() < count + (has_mark ? 1 : 0)) return false;
    for (size_t i = 0; i < count; ++i, stack_.pop_back()) {
      if (stack_.back() >= 0) {
        held_[static_cast<size_t>(holder)].push_back(stack_.back());
      }
    }
    if (has_mark) stack_.pop_back();
    return true;
  }

  bool make(size_t count, bool has_mark = false) {
    held_.emplace_back();
    int made = static_cast<int>(held_.size()) - 1;
    if (!move_into(made, count, has_mark)) return false;
    stack_.push_back(made);
    return true;
  }

  bool put_into(size_t count, bool has_mark = false) {
    size_t below = count + (has_mark ? 1 : 0);
    if (stack_.size() <= below) return false;
    Slot holder = stack_[stack_.size() - 1 - below];
    return holder >= 0 && move_into(holder, count, has_mark);
  }

  bool remember(int64_t key) {
    if (stack_.empty()) return false;
    memo_[key] = stack_.back();
    return true;
  }

  bool recall(int64_t key) {
    auto found = memo_.find(key);
    if (found == memo_.end()) return false;
    stack_.push_back(found->second);
    return true;
  }

  // Objects on the longest way from one to what it holds, without recursion:
  // those that nobody holds first. More than allowed when some hold themselves.
  int deepest_path() const {
    std::vector<int> holders(held_.size(), 0);
    for (const auto& held : held_) {
      for (int each : held) ++holders[static_cast<size_t>(each)];
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < holders.size(); ++i) {
      if (holders[i] == 0) ready.push_back(i);
    }
    std::vector<int> depth(held_.size(), 1);
    int deepest = 0;
    for (size_t next = 0; next < ready.size(); ++next) {
      size_t holder = ready[next];
      deepest = std::max(deepest, depth[holder]);
      for (int each : held_[holder]) {
        size_t held = static_cast<size_t>(each);
        depth[held] = std::max(depth[held], depth[holder] + 1);
        if (--holders[held] == 0) ready.push_back(held);
      }
    }
    return ready.size() == held_.size() ? deepest : kDeepest + 1;
  }

  std::string_view pickle_;
  size_t at_ = 0;
  std::vector<Slot> stack_;
  std::map<int64_t, Slot> memo_;
  std::vector<std::vector<int>> held_;  // objects that each object holds
};

}  // namespace

bool is_shallow_pickle(std::string_view pickle) {
  return PickleScanner(pickle).is_shallow();
}

}  // namespace nc::torchscript
