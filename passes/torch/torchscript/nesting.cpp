#include "passes/torch/torchscript/nesting.h"

#include <cctype>
#include <string>
#include <vector>

namespace nc::torchscript {
namespace {

constexpr int kDeepest = 1000;
constexpr int kDeepestIndent = 800;
constexpr int kMostElifs = 200;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Reads source text once, and keeps count of how deep the parser would be:
// one step for each operator and bracket in the expression that is open.
class NestingScanner {
 public:
  explicit NestingScanner(std::string_view source) : source_(source) {}

  bool is_shallow() {
    while (at_ < source_.size()) {
      step();
      bool is_fine = depth_ <= kDeepest && indent_ <= kDeepestIndent &&
                     elifs_ <= kMostElifs;
      if (!is_fine) return false;
    }
    return true;
  }

 private:
  void step() {
    char c = source_[at_];
    if (c == '"' || c == '\'') return skip_text(c);
    if (c == '#') return skip_comment();
    if (is_word(c)) return read_word();
    ++at_;
    if (c == '\n') return end_line();
    if (c == '(' || c == '[' || c == '{') return open();
    if (c == ')' || c == ']' || c == '}') return close();
    if (c == ',') {
      depth_ = open_.empty() ? 0 : open_.back();
    } else if (c == ' ') {
      if (is_line_start_) ++indent_;
      return;
    } else {
      ++depth_;
    }
    is_line_start_ = false;
  }

  void skip_text(char quote) {
    ++at_;
    while (at_ < source_.size() && source_[at_] != quote) {
      at_ += source_[at_] == '\\' ? 2 : 1;
    }
    ++at_;
    is_line_start_ = false;
  }

  void skip_comment() {
    while (at_ < source_.size() && source_[at_] != '\n') ++at_;
  }

  void read_word() {
    size_t start = at_;
    while (at_ < source_.size() && is_word(source_[at_])) ++at_;
    std::string_view word = source_.substr(start, at_ - start);
    bool is_operator = word == "not" || word == "and" || word == "or" ||
                       word == "if" || word == "else" || word == "in" ||
                       word == "is" || word == "lambda";
    if (is_operator) ++depth_;
    if (word == "elif") ++elifs_;
    is_line_start_ = false;
  }

  void end_line() {
    if (!open_.empty()) return;
    depth_ = 0;
    indent_ = 0;
    is_line_start_ = true;
  }

  void open() {
    open_.push_back(++depth_);
    is_line_start_ = false;
  }

  // f()() nests as well: what is closed still counts in its expression.
  void close() {
    if (open_.empty()) return;
    depth_ = open_.back() + 1;
    open_.pop_back();
  }

  std::string_view source_;
  size_t at_ = 0;
  std::vector<int> open_;  // the depth behind each open bracket
  int depth_ = 0;
  int indent_ = 0;
  int elifs_ = 0;
  bool is_line_start_ = true;
};

}  // namespace

bool is_shallow(std::string_view source) {
  return NestingScanner(source).is_shallow();
}

}  // namespace nc::torchscript
