#include "ir/printable.h"

#include <cstdint>

namespace nc {
namespace {

struct Character {
  uint32_t code = 0;
  size_t size = 0;  // in bytes; 0: not UTF-8
};

// How many bytes a character takes, by its first one; 0: none begins so.
size_t size_by(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // continuation, or a form that is too long
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

bool is_too_long(const Character& character) {
  return (character.size == 3 && character.code < 0x800) ||
         (character.size == 4 && character.code < 0x10000);
}

bool is_no_code_point(uint32_t code) {
  return code > 0x10FFFF || (code >= 0xD800 && code < 0xE000);
}

// The character at the beginning of `text`, which is not empty.
Character first_of(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  Character character{first, size_by(first)};
  if (character.size > text.size()) return {};
  if (character.size > 1) character.code &= 0xFFu >> (character.size + 1);
  for (size_t i = 1; i < character.size; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    character.code = character.code << 6 | (next & 0x3Fu);
  }
  bool wrong = is_too_long(character) || is_no_code_point(character.code);
  return wrong ? Character{} : character;
}

bool is_control(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 ||
         code == 0x2029;
}

std::string escaped(char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string printable(std::string_view text, std::string_view marked) {
  std::string line;
  while (!text.empty()) {
    Character character = first_of(text);
    size_t size = character.size == 0 ? 1 : character.size;
    if (marked.find(text[0]) != std::string_view::npos) line += '\\';
    if (character.size > 0 && !is_control(character.code)) {
      line += text.substr(0, size);
    } else {
      for (char c : text.substr(0, size)) line += escaped(c);
    }
    text.remove_prefix(size);
  }
  return line;
}

}  // namespace nc
