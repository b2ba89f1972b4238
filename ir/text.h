// Numbers and words as text that reads back to the same value.
#pragma once

#include <string>
#include <string_view>

namespace nc {

// The shortest decimal form that reads back exactly; "inf", "-inf", "nan".
std::string number_text(double value);
std::string number_text(float value);

// In double quotes, printable, with \" and \\.
std::string quoted(std::string_view text);

// As it stands where that is one plain word, else quoted.
std::string word_text(std::string_view text);
bool is_word_character(char c);

}  // namespace nc
