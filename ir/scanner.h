// Reads one line of a listing from left to right. Errors say the number of
// the line, what was expected and what stands there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nc {

class Scanner {
 public:
  Scanner(std::string_view line, size_t number)
      : rest_(line), number_(number) {}

  bool at_end();
  bool accept(std::string_view token);  // skips blanks, then the token
  void expect(std::string_view token);
  bool follows(char c) const;  // right here, without skipping blanks

  std::string word(const std::string& expected);  // bare or quoted
  std::string name(const std::string& expected);  // letters, digits, _ . -
  int64_t integer();
  double number();
  float single();

  [[noreturn]] void fail_expecting(const std::string& expected);
  [[noreturn]] void fail(const std::string& message) const;

 private:
  void skip_blanks();
  template <class T>
  T parsed(const std::string& expected);
  std::string quoted_word();
  char escape();

  std::string_view rest_;
  size_t number_;
};

}  // namespace nc
