// Files that were changed on purpose by someone who repairs every checksum:
// from_bytes() gives a graph or an Error, and neither crashes, nor hangs, nor
// takes memory that the size of the file does not justify. Seeds are fixed.
#include <catch2/catch.hpp>
#include <cstring>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/listing.h"
#include "test/support/fuzz.h"
#include "test/support/hdf5_blocks.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using test::Hdf5Block;
using Image = std::vector<std::byte>;
using test::below;
using test::changed;
using test::Outcome;
using test::Random;

void try_to_read(const Image& image, Outcome& outcome) {
  try {
    Graph graph = from_bytes(test::with_trailer(image));
    listing(graph);  // whatever was read can be looked at
    ++outcome.graphs;
  } catch (const Error&) {
    ++outcome.errors;
  }
}

void change_a_byte(Image& image, const Hdf5Block& block, Random& random) {
  size_t at = block.begin + below(random, block.end - block.begin);
  image[at] = changed(image[at], random);
}

// Eight bytes: a size or an address.
void change_a_number(Image& image, const Hdf5Block& block, Random& random) {
  size_t at = block.begin + below(random, block.end - block.begin);
  uint64_t number = below(random, 2) ? random() >> below(random, 64)
                                     : below(random, 2 * image.size());
  size_t size = std::min(sizeof(number), block.end - at);
  std::memcpy(image.data() + at, &number, size);
}

// A piece of one block over a piece of another.
void copy_a_piece(Image& image, const Hdf5Block& from, const Hdf5Block& to,
                  Random& random) {
  size_t source = from.begin + below(random, from.end - from.begin);
  size_t target = to.begin + below(random, to.end - to.begin);
  size_t size =
      std::min({1 + below(random, 64), from.end - source, to.end - target});
  std::memmove(image.data() + target, image.data() + source, size);
}

void change(Image& image, const std::vector<Hdf5Block>& blocks,
            Random& random) {
  const Hdf5Block& block = blocks[below(random, blocks.size())];
  const Hdf5Block& other = blocks[below(random, blocks.size())];
  switch (below(random, 8)) {
    case 0:
      return change_a_number(image, block, random);
    case 1:
      return copy_a_piece(image, other, block, random);
    default:
      return change_a_byte(image, block, random);
  }
}

void fuzz(const Graph& graph, int mutants, uint64_t seed) {
  const Image image = test::without_trailer(to_bytes(graph));
  const std::vector<Hdf5Block> blocks = test::find_hdf5_blocks(image);
  REQUIRE(blocks.size() > graph.nodes.size());
  Random random(seed);
  Outcome outcome;
  for (int i = 0; i < mutants; ++i) {
    Image mutant = image;
    for (size_t n = 1 + below(random, 4); n > 0; --n) {
      change(mutant, blocks, random);
    }
    test::repair_checksums(mutant, blocks);
    try_to_read(mutant, outcome);
  }
  // Most changes matter, some do not (a weight, a name): both must occur.
  CHECK(outcome.errors > mutants / 4);
  CHECK(outcome.graphs > 0);
}

TEST_CASE("a file with changed metadata gives a graph or an error") {
  fuzz(test::spiking_mlp(), 12000, 1);
  fuzz(test::spiking_conv_net(), 5000, 2);
  fuzz(test::every_op(), 1500, 3);
}

TEST_CASE("a file with any byte changed gives a graph or an error") {
  const Image image = test::without_trailer(to_bytes(test::spiking_mlp()));
  Outcome outcome;
  for (size_t at = 0; at < image.size(); ++at) {
    for (unsigned value : {0x00u, 0x01u, 0x7fu, 0xffu}) {
      Image mutant = image;
      mutant[at] = static_cast<std::byte>(value);
      try_to_read(mutant, outcome);
    }
  }
  CHECK(outcome.errors > 0);
}

TEST_CASE("a file cut short and signed again is an error") {
  const Image image = test::without_trailer(to_bytes(test::spiking_mlp()));
  Outcome outcome;
  for (size_t size = 0; size < image.size(); ++size) {
    try_to_read(
        Image(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(size)),
        outcome);
  }
  CHECK(outcome.graphs == 0);
}

TEST_CASE("noise behind the signature is an error") {
  Random random(4);
  Outcome outcome;
  const Image image = test::without_trailer(to_bytes(test::spiking_mlp()));
  for (int i = 0; i < 2000; ++i) {
    Image mutant(image.begin(), image.begin() + 48);
    for (size_t n = below(random, 500); n > 0; --n) {
      mutant.push_back(static_cast<std::byte>(random()));
    }
    try_to_read(mutant, outcome);
  }
  CHECK(outcome.graphs == 0);
}

}  // namespace
}  // namespace nc
