#include "tools/support/quoted.h"

#include <algorithm>

#include "ir/printable.h"
#include "ir/text.h"

namespace nc {
namespace {

bool is_plain(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return is_word_character(c) || c == '=' || c == ',';
  });
}

// In bash's $'...', which keeps a line one line whatever the word holds.
std::string escaped_word(const std::string& word) {
  std::string text = "$'";
  for (char c : word) {
    if (c == '\'' || c == '\\') text += '\\';
    if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      constexpr char kDigits[] = "0123456789abcdef";
      auto byte = static_cast<unsigned char>(c);
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return text + "'";
}

std::string quoted_word(const std::string& word) {
  if (is_plain(word)) return word;
  if (printable(word) != word) return escaped_word(word);
  std::string text = "'";
  for (char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string quoted(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    line += (line.empty() ? "" : " ") + quoted_word(word);
  }
  return line;
}

}  // namespace nc
