#include "ir/printable.h"

#include <catch2/catch.hpp>

namespace nc {
namespace {

TEST_CASE("plain text and UTF-8 are printed as they are") {
  for (const char* text : {"", "a b~", "C:\\x",
                           "Gr\xc3\xb6\xc3\x9f"
                           "e",
                           "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf",
                           "\xf4\x8f\xbf\xbf"}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("control characters are escaped") {
  CHECK(printable("a\nb\rc\td") == "a\\nb\\x0dc\\td");
  CHECK(printable("\x1b[2J\x07\x7f") == "\\x1b[2J\\x07\\x7f");
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
  // The one-character forms of ESC [ and of line breaks.
  CHECK(printable("\xc2\x9b"
                  "2J\xc2\x85") == "\\xc2\\x9b2J\\xc2\\x85");
  CHECK(printable("\xc2\xa0") == "\xc2\xa0");
  CHECK(printable("\xe2\x80\xa8|\xe2\x80\xa9") ==
        "\\xe2\\x80\\xa8|\\xe2\\x80\\xa9");
}

TEST_CASE("marked characters get a backslash") {
  CHECK(printable("a\"b\\c\n", "\"\\") == "a\\\"b\\\\c\\n");
  CHECK(printable("a\"b\\c\n") == "a\"b\\c\\n");
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
  CHECK(printable("\xff"
                  "a\x80") == "\\xffa\\x80");
  CHECK(printable("\xc3") == "\\xc3");    // cut short
  CHECK(printable("\xc3(") == "\\xc3(");  // not continued
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable("\xc0\x8a") == "\\xc0\\x8a");  // a long newline
  CHECK(printable("\xe0\x80\x8a") == "\\xe0\\x80\\x8a");
  CHECK(printable("\xf0\x80\x80\x8a") == "\\xf0\\x80\\x80\\x8a");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

}  // namespace
}  // namespace nc
