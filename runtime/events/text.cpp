// Events as text, for pipes and for people: a line `t x y p` an event, with
// the time in whole microseconds, column, row and a polarity of 0 or 1; blanks,
// tabs or commas between them. What follows a # is a comment; empty lines are
// passed over.
#include <algorithm>
#include <charconv>

#include "runtime/events/formats.h"

namespace nc {
namespace {

constexpr int64_t kMaxPixel = (1 << 15) - 1;

bool is_gap(char each) { return each == ' ' || each == '\t' || each == ','; }

class Line {
 public:
  Line(std::string text, const ByteSource& source)
      : text_(std::move(text)), source_(source) {
    text_.resize(std::min(text_.find('#'), text_.size()));
    pass_gap();
  }

  bool is_done() const { return at_ == text_.size(); }

  int64_t number(const char* what, int64_t low, int64_t high) {
    int64_t value = 0;
    const char* end = text_.data() + text_.size();
    auto [stop, code] = std::from_chars(text_.data() + at_, end, value);
    bool whole = code == std::errc() && (stop == end || is_gap(*stop));
    if (!whole || value < low || value > high) fail(what, low, high);
    at_ = static_cast<size_t>(stop - text_.data());
    pass_gap();
    return value;
  }

  void expect_end() const {
    if (is_done()) return;
    source_.fail("expected `t x y p`, found '" + text_.substr(at_, 40) +
                 "' behind it");
  }

 private:
  void pass_gap() {
    while (at_ < text_.size() && is_gap(text_[at_])) ++at_;
  }

  [[noreturn]] void fail(const char* what, int64_t low, int64_t high) const {
    source_.fail("expected " + std::string(what) + " from " +
                 std::to_string(low) + " to " + std::to_string(high) +
                 ", as in `t x y p`, found '" + text_.substr(at_, 40) + "'");
  }

  std::string text_;
  const ByteSource& source_;
  size_t at_ = 0;
};

}  // namespace

Decoder decode_text(ByteSource& source) {
  return {{}, [&source](Event& event) {
            while (!source.at_end()) {
              Line line(source.line(), source);
              if (line.is_done()) continue;
              event.microseconds = line.number("a time", -kMaxTime, kMaxTime);
              event.x = static_cast<int32_t>(line.number("x", 0, kMaxPixel));
              event.y = static_cast<int32_t>(line.number("y", 0, kMaxPixel));
              event.polarity = line.number("a polarity", 0, 1) == 1;
              line.expect_end();
              return true;
            }
            return false;
          }};
}

}  // namespace nc
