#include "ir/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "ir/printable.h"

namespace nc {
namespace {

template <class T>
std::string shortest(T value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer{};
  auto end = std::to_chars(buffer.begin(), buffer.end(), value).ptr;
  return std::string(buffer.begin(), end);
}

}  // namespace

std::string number_text(double value) { return shortest(value); }

std::string number_text(float value) { return shortest(value); }

std::string quoted(std::string_view text) {
  return '"' + printable(text, "\"\\") + '"';
}

std::string word_text(std::string_view text) {
  bool plain =
      !text.empty() && std::all_of(text.begin(), text.end(), is_word_character);
  return plain ? std::string(text) : quoted(text);
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("_.-+/:@%").find(c) != std::string_view::npos;
}

}  // namespace nc
