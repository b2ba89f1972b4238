// Listings and JSON that were changed at random: what nc-as does with them
// gives a graph or an Error, and neither crashes, nor hangs, nor throws
// anything else, nor asks for memory that no such text justifies. Seeds are
// fixed.
#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/json.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "test/support/fuzz.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using test::below;
using test::Outcome;
using test::Random;
using Reader = Graph (*)(const std::string&);

// {*} and {~} may make 2^26 numbers of 4 bytes; nothing may take more.
const test::MemoryLimit kLimit((size_t{1} << 28) + (1 << 20));

// As nc-as does, and what was read can be looked at.
void try_to_read(Reader read, const std::string& text, Outcome& outcome) {
  try {
    Graph graph = read(text);
    require_valid(graph);
    from_bytes(to_bytes(graph));
    listing(graph);
    ++outcome.graphs;
  } catch (const Error&) {
    ++outcome.errors;
  } catch (const std::exception& error) {
    FAIL(error.what() << " from\n" << text);
  }
}

std::string any_of(const std::vector<std::string>& words, Random& random) {
  return words[below(random, words.size())];
}

// A place in the text, and how much of what follows it is meant.
struct Piece {
  size_t at;
  size_t size;
};

Piece piece_of(const std::string& text, Random& random) {
  size_t at = below(random, text.size());
  size_t longest = size_t{1} << below(random, 8);
  return {at, std::min(1 + below(random, longest), text.size() - at)};
}

// The number at or behind a random place.
Piece number_in(const std::string& text, Random& random) {
  constexpr auto kDigits = "0123456789";
  size_t at = text.find_first_of(kDigits, below(random, text.size()));
  if (at == std::string::npos) return {0, 0};
  size_t end = std::min(text.find_first_not_of(kDigits, at), text.size());
  return {at, end - at};
}

void change(std::string& text, const std::vector<std::string>& words,
            Random& random) {
  static const std::vector<std::string> kNumbers = {"0",
                                                    "-1",
                                                    "1",
                                                    "65536",
                                                    "2147483647",
                                                    "2147483648",
                                                    "1e9",
                                                    "4294967296",
                                                    "1000000000",
                                                    "1e999",
                                                    "-1e999",
                                                    "1e-999",
                                                    "nan",
                                                    "inf",
                                                    "0.5",
                                                    "9223372036854775807",
                                                    "9223372036854775808",
                                                    "99999999999999999999999"};
  Piece piece = piece_of(text, random);
  switch (below(random, 7)) {
    case 0:
      text[piece.at] = static_cast<char>(random());
      return;
    case 1:
      text.erase(piece.at, piece.size);
      return;
    case 2:
      text.insert(below(random, text.size()),
                  text.substr(piece.at, piece.size));
      return;
    case 3:
      text.insert(piece.at, any_of(words, random));
      return;
    case 4:
      text.replace(piece.at, piece.size, any_of(words, random));
      return;
    default:
      Piece number = number_in(text, random);
      text.replace(number.at, number.size, any_of(kNumbers, random));
  }
}

void fuzz(Reader read, const std::string& text,
          const std::vector<std::string>& words, int mutants, uint64_t seed) {
  Random random(seed);
  Outcome outcome;
  try_to_read(read, text, outcome);
  REQUIRE(outcome.graphs == 1);
  for (int i = 0; i < mutants; ++i) {
    std::string mutant = text;
    for (size_t n = 1 + below(random, 3); n > 0 && !mutant.empty(); --n) {
      change(mutant, words, random);
    }
    try_to_read(read, mutant, outcome);
  }
  // Most changes matter, some do not (a weight, a name): both must occur.
  CHECK(outcome.errors > mutants / 4);
  CHECK(outcome.graphs > 1);
}

std::string with_values(const Graph& graph) { return listing(graph, {true}); }

TEST_CASE("a changed listing gives a graph or an error") {
  const std::vector<std::string> words = {
      "[",
      "]",
      "{",
      "}",
      "(",
      ")",
      "=",
      ",",
      "<- ",
      "@",
      "#",
      ";",
      "\"",
      "\\x",
      "\n",
      "\t",
      "{*1}",
      "{~1}",
      "f32[",
      "i8[",
      "i32[",
      "u8[",
      "snn ",
      "probe ",
      "in",
      "fc1",
      "if1",
      "pad(",
      "relu()",
      "true",
      "<- in",
      "T=",
      "slice(axis=0, start=0, stop=1, step=1)",
      "# origin a, b"};
  fuzz(parse_listing, with_values(test::spiking_mlp()), words, 20000, 1);
  fuzz(parse_listing, with_values(test::spiking_conv_net()), words, 8000, 2);
  fuzz(parse_listing, with_values(test::small_ann()), words, 4000, 3);
  fuzz(parse_listing, with_values(test::every_op()), words, 4000, 4);
}

TEST_CASE("a listing of made tensors gives a graph or an error") {
  const std::string text =
      "snn made  T=2 low=0 high=7 whole=true\n"
      "  in   = input(shape=[2, 6, 6], step=1, high=7)\n"
      "  pad  = pad(before=[0, 1, 1], after=[0, 1, 1]) <- in\n"
      "  conv = conv2d(weight=i8[4, 2, 3, 3]{~5}, stride=[1, 1], "
      "padding=[0, 0]) <- pad\n"
      "  if1  = if(threshold=i32[4]{*9}) <- conv\n"
      "  flat = reshape(shape=[144]) <- if1\n"
      "  fc   = affine(weight=i8[3, 144]{~6}, bias=i32[3]{*1}) <- flat\n"
      "  out  = output() <- fc\n";
  fuzz(parse_listing, text, {"[", "]", "{*1}", "{~2}", "f32[", ", 6", "0"},
       4000, 5);
}

TEST_CASE("changed JSON gives a graph or an error") {
  const std::vector<std::string> words = {
      "[",       "]",     "{",       "}",        ":",
      ",",       "\"",    "null",    "true",     "{}",
      "[]",      "\"a\"", "\"inf\"", "\\u0000",  "\\ud800",
      "\\u",     "1.5",   "\"nan\"", "\"kind\"", "-",
      "\"f32\"", "[[",    "1e5",     "\xff",     "\"seed\": null,"};
  fuzz(from_json_text, to_json_text(test::spiking_mlp()), words, 20000, 6);
  fuzz(from_json_text, to_json_text(test::small_ann()), words, 3000, 7);
  fuzz(from_json_text, to_json_text(test::every_op()), words, 4000, 8);
}

TEST_CASE("texts cut short anywhere give a graph or an error") {
  Outcome outcome;
  const std::string text = with_values(test::spiking_mlp());
  for (size_t size = 0; size < text.size(); ++size) {
    try_to_read(parse_listing, text.substr(0, size), outcome);
  }
  const std::string json = to_json_text(test::spiking_mlp());
  for (size_t size = 0; size < json.size(); ++size) {
    try_to_read(from_json_text, json.substr(0, size), outcome);
  }
  CHECK(outcome.errors > 0);
}

TEST_CASE("deep nesting is an error") {
  Outcome outcome;
  for (const std::string open : {"[", "{\"a\":", "[{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 300000; ++i) text += open;
    try_to_read(from_json_text, text, outcome);
    try_to_read(parse_listing, "snn x\n a = pad(before=" + text, outcome);
  }
  std::string lists(300000, '[');
  try_to_read(from_json_text, lists + std::string(300000, ']'), outcome);
  CHECK(outcome.graphs == 0);
  CHECK(outcome.errors == 7);
}

TEST_CASE("random characters are an error") {
  Random random(9);
  Outcome outcome;
  for (int i = 0; i < 3000; ++i) {
    std::string text = below(random, 2) ? "snn x\n" : "{\"format\":";
    Reader read = text[0] == 's' ? parse_listing : from_json_text;
    for (size_t n = 1 + below(random, 200); n > 0; --n) {
      text += static_cast<char>(random());
    }
    try_to_read(read, text, outcome);
  }
  CHECK(outcome.errors > 2000);
}

}  // namespace
}  // namespace nc
