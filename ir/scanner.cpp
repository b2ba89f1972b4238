#include "ir/scanner.h"

#include <algorithm>
#include <charconv>

#include "ir/error.h"
#include "ir/text.h"

namespace nc {

bool Scanner::at_end() {
  skip_blanks();
  return rest_.empty();
}

bool Scanner::accept(std::string_view token) {
  skip_blanks();
  if (!rest_.starts_with(token)) return false;
  rest_.remove_prefix(token.size());
  return true;
}

void Scanner::expect(std::string_view token) {
  if (!accept(token)) fail_expecting("'" + std::string(token) + "'");
}

bool Scanner::follows(char c) const { return rest_.starts_with(c); }

std::string Scanner::word(const std::string& expected) {
  if (accept("\"")) return quoted_word();
  auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word_character);
  std::string text(rest_.begin(), end);
  if (text.empty()) fail_expecting(expected);
  rest_.remove_prefix(text.size());
  return text;
}

std::string Scanner::name(const std::string& expected) {
  constexpr std::string_view kOnlyInWords = "+/:@%";
  skip_blanks();
  auto end = std::find_if_not(rest_.begin(), rest_.end(), [&](char c) {
    return is_word_character(c) && kOnlyInWords.find(c) == std::string::npos;
  });
  std::string text(rest_.begin(), end);
  if (text.empty()) fail_expecting(expected);
  rest_.remove_prefix(text.size());
  return text;
}

int64_t Scanner::integer() { return parsed<int64_t>("a whole number"); }

double Scanner::number() { return parsed<double>("a number"); }

float Scanner::single() { return parsed<float>("a number"); }

void Scanner::fail_expecting(const std::string& expected) {
  constexpr size_t kShown = 20;
  std::string found =
      at_end() ? "the end of the line" : quoted(rest_.substr(0, kShown));
  fail("expected " + expected + ", found " + found);
}

void Scanner::fail(const std::string& message) const {
  throw Error("line " + std::to_string(number_) + ": " + message);
}

void Scanner::skip_blanks() {
  size_t blanks = rest_.find_first_not_of(" \t\r");
  rest_.remove_prefix(std::min(blanks, rest_.size()));
}

template <class T>
T Scanner::parsed(const std::string& expected) {
  skip_blanks();
  T value{};
  auto [end, error] =
      std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (error != std::errc()) fail_expecting(expected);
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  return value;
}

// The rest of a quoted word, after its first quote.
std::string Scanner::quoted_word() {
  std::string text;
  while (!rest_.empty()) {
    char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') return text;
    text += c == '\\' ? escape() : c;
  }
  fail("expected a closing quote");
}

// What stands for the characters after a backslash.
char Scanner::escape() {
  char c = rest_.empty() ? '\0' : rest_.front();
  rest_.remove_prefix(rest_.empty() ? 0 : 1);
  if (c == 'n') return '\n';
  if (c == 't') return '\t';
  if (c == '"' || c == '\\') return c;
  unsigned code = 0;
  const char* digits = rest_.data();
  bool whole = c == 'x' && rest_.size() >= 2 &&
               std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
  if (!whole) fail("expected \\\", \\\\, \\n, \\t or \\xHH in a quoted word");
  rest_.remove_prefix(2);
  return static_cast<char>(code);
}

}  // namespace nc
