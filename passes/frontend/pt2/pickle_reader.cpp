#include "passes/frontend/pt2/pickle_reader.h"

#include <map>

#include "ir/error.h"

namespace nc::frontend::pt2 {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}

  Value read() {
    for (;;) {
      char code = taken(1)[0];
      if (code == '.') return popped();
      step(code);
    }
  }

 private:
  void step(char code);
  bool step_text(char code);
  bool step_number(char code);
  bool step_collection(char code);
  bool step_memo(char code);

  std::string taken(size_t count) {
    if (count > bytes_.size() - at_) refuse_damaged_pickle();
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  uint64_t unsigned_number(size_t width) {
    std::string digits = taken(width);
    uint64_t number = 0;
    for (size_t i = width; i-- > 0;) {
      number = number << 8 | static_cast<unsigned char>(digits[i]);
    }
    return number;
  }

  std::string line() {
    size_t end = bytes_.find('\n', at_);
    if (end == std::string::npos) refuse_damaged_pickle();
    std::string text = taken(end - at_);
    taken(1);
    return text;
  }

  void push(const Value& value) { stack_.push_back(value); }

  Value popped() {
    size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) refuse_damaged_pickle();
    Value value = stack_.back();
    stack_.pop_back();
    return value;
  }

  // What was pushed since the last mark.
  std::vector<Value> popped_to_mark() {
    if (marks_.empty()) refuse_damaged_pickle();
    auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Value> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }

  const Value& top() {
    Value value = popped();
    push(value);
    return stack_.back();
  }

  void push_tuple(std::vector<Value> items) {
    Value tuple = make_value(Sequence{{}, true});
    for (const Value& each : items) put_into(*tuple, each);
    content_of<Sequence>(tuple).items = std::move(items);
    push(tuple);
  }

  void push_tuple_of(size_t count) {
    std::vector<Value> items(count);
    while (count > 0) items[--count] = popped();
    push_tuple(std::move(items));
  }

  void append(const std::vector<Value>& items) {
    Value list = top();
    if (content_of<Sequence>(list).is_tuple) refuse_damaged_pickle();
    for (const Value& each : items) {
      put_into(*list, each);
      content_of<Sequence>(list).items.push_back(each);
    }
  }

  void set_items(const std::vector<Value>& items) {
    Value dict = top();
    if (items.size() % 2 != 0) refuse_damaged_pickle();
    for (size_t i = 0; i < items.size(); i += 2) {
      put_into(*dict, items[i]);
      put_into(*dict, items[i + 1]);
      content_of<Mapping>(dict).items.emplace_back(items[i], items[i + 1]);
    }
  }

  void call() {
    Value arguments = popped();
    Value function = popped();
    push(called(content_of<GlobalName>(function).name,
                content_of<Sequence>(arguments).items));
  }

  // Attributes of an OrderedDict (_metadata), which nobody needs.
  void build() {
    popped();
    content_of<Mapping>(top());
  }

  const std::string& bytes_;
  size_t at_ = 0;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, Value> memo_;
};

bool Reader::step_text(char code) {
  switch (code) {
    case 'X':  // BINUNICODE
      push(make_value(taken(unsigned_number(4))));
      return true;
    case '\x8c':  // SHORT_BINUNICODE
      push(make_value(taken(unsigned_number(1))));
      return true;
    case 'c': {  // GLOBAL
      std::string module = line();
      push(make_value(GlobalName{module + "." + line()}));
      return true;
    }
    case '\x93': {  // STACK_GLOBAL
      std::string name = content_of<std::string>(popped());
      push(make_value(
          GlobalName{content_of<std::string>(popped()) + "." + name}));
      return true;
    }
    default:
      return false;
  }
}

bool Reader::step_number(char code) {
  switch (code) {
    case 'N':
      push(make_value(std::monostate()));
      return true;
    case '\x88':
    case '\x89':
      push(make_value(code == '\x88'));
      return true;
    case 'K':
      push(make_value(static_cast<int64_t>(unsigned_number(1))));
      return true;
    case 'M':
      push(make_value(static_cast<int64_t>(unsigned_number(2))));
      return true;
    case 'J':
      push(make_value(int64_t{static_cast<int32_t>(unsigned_number(4))}));
      return true;
    case '\x8a': {  // LONG1: little-endian, signed
      size_t width = unsigned_number(1);
      if (width > 8) refuse_damaged_pickle();
      uint64_t bits = unsigned_number(width);
      bool is_negative = width > 0 && width < 8 && bits >> (8 * width - 1) & 1;
      if (is_negative) bits |= ~uint64_t{0} << (8 * width);
      push(make_value(static_cast<int64_t>(bits)));
      return true;
    }
    case 'G':
      taken(8);
      push(make_value(0.0));  // no fraction of a dict of tensors matters
      return true;
    default:
      return false;
  }
}

bool Reader::step_collection(char code) {
  switch (code) {
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case '}':
      push(make_value(Mapping()));
      return true;
    case ']':
      push(make_value(Sequence()));
      return true;
    case ')':
      push_tuple({});
      return true;
    case 't':
      push_tuple(popped_to_mark());
      return true;
    case '\x85':
    case '\x86':
    case '\x87':
      push_tuple_of(static_cast<size_t>(code - '\x84'));
      return true;
    case 'a':
      append({popped()});
      return true;
    case 'e':
      append(popped_to_mark());
      return true;
    case 's': {
      Value value = popped();
      Value key = popped();
      set_items({key, value});
      return true;
    }
    case 'u':
      set_items(popped_to_mark());
      return true;
    default:
      return false;
  }
}

bool Reader::step_memo(char code) {
  switch (code) {
    case 'q':
      memo_[unsigned_number(1)] = top();
      return true;
    case 'r':
      memo_[unsigned_number(4)] = top();
      return true;
    case '\x94':  // MEMOIZE
      memo_[memo_.size()] = top();
      return true;
    case 'h':
    case 'j': {
      auto found = memo_.find(unsigned_number(code == 'h' ? 1 : 4));
      if (found == memo_.end()) refuse_damaged_pickle();
      push(found->second);
      return true;
    }
    default:
      return false;
  }
}

void Reader::step(char code) {
  bool is_done = step_number(code) || step_text(code) ||
                 step_collection(code) || step_memo(code);
  if (is_done) return;
  switch (code) {
    case '\x80':  // PROTO
      taken(1);
      return;
    case '\x95':  // FRAME
      taken(8);
      return;
    case 'Q':
      return push(storage_of(popped()));
    case 'R':
      return call();
    case 'b':
      return build();
    default:
      throw Error("its pickle holds more than tensors (instruction " +
                  std::to_string(static_cast<unsigned char>(code)) + ")");
  }
}

}  // namespace

Value read_pickle(const std::string& bytes) { return Reader(bytes).read(); }

}  // namespace nc::frontend::pt2
