// NIR files that were changed at random: import_nir() gives a graph, a table
// with refusals or an Error, and neither crashes, nor hangs, nor asks for
// memory that the size of the file does not justify. Seeds are fixed.
#include <catch2/catch.hpp>
#include <cstring>

#include "ir/error.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "passes/nir.h"
#include "test/support/fuzz.h"
#include "test/support/nir_file.h"

namespace nc {
namespace {

using test::NirFile;
using test::NirForm;
using Image = std::vector<std::byte>;
using test::below;
using test::changed;
using test::Outcome;
using test::Random;

void try_to_read(const Image& image, Outcome& outcome) {
  try {
    is_nir(image);
    Imported imported = import_nir(image, "fuzz", {});
    if (imported.graph.nodes.empty()) throw Error("refused");
    require_valid(imported.graph);
    listing(imported.graph);  // whatever was read can be looked at
    ++outcome.graphs;
  } catch (const Error&) {
    ++outcome.errors;
  }
}

// Files here are below 100 KB; deflate makes at most 1032 times as much of what
// is stored, and numbers become doubles.
const test::MemoryLimit kLimit(size_t{1} << 28);

// Eight bytes: a size or an address.
void change_a_number(Image& image, Random& random) {
  size_t at = below(random, image.size() - 8);
  uint64_t number = below(random, 2) ? random() >> below(random, 64)
                                     : below(random, 2 * image.size());
  std::memcpy(image.data() + at, &number, sizeof(number));
}

void copy_a_piece(Image& image, Random& random) {
  size_t size = 1 + below(random, 64);
  size_t from = below(random, image.size() - size);
  size_t to = below(random, image.size() - size);
  std::memmove(image.data() + to, image.data() + from, size);
}

// Most of a file are values and gaps; what stands near a signature is not.
size_t place_in(const Image& image, const std::vector<size_t>& blocks,
                Random& random) {
  if (below(random, 4) == 0) return below(random, image.size());
  size_t at = blocks[below(random, blocks.size())] + below(random, 160);
  return std::min(at, image.size() - 1);
}

void change(Image& image, const std::vector<size_t>& blocks, Random& random) {
  switch (below(random, 8)) {
    case 0:
      return change_a_number(image, random);
    case 1:
      return copy_a_piece(image, random);
    default: {
      size_t at = place_in(image, blocks, random);
      image[at] = changed(image[at], random);
    }
  }
}

// Trees, heaps, headers, and what stands before the first of them.
std::vector<size_t> blocks_of(const Image& image) {
  std::vector<size_t> blocks = {0};
  for (size_t at = 0; at + 4 <= image.size(); ++at) {
    for (const char* mark : {"TREE", "HEAP", "SNOD", "GCOL", "OHDR", "OCHK"}) {
      if (std::memcmp(image.data() + at, mark, 4) == 0) blocks.push_back(at);
    }
    bool header = at % 8 == 0 && image[at] == std::byte{1} &&
                  image[at + 1] == std::byte{0};
    if (header) blocks.push_back(at);
  }
  return blocks;
}

void fuzz(const Image& image, int mutants, uint64_t seed) {
  const std::vector<size_t> blocks = blocks_of(image);
  Random random(seed);
  Outcome outcome;
  for (int i = 0; i < mutants; ++i) {
    Image mutant = image;
    for (size_t n = 1 + below(random, 4); n > 0; --n) {
      change(mutant, blocks, random);
    }
    try_to_read(mutant, outcome);
  }
  // Most changes matter, some do not (a weight, a gap): both must occur.
  CHECK(outcome.errors > mutants / 10);
  CHECK(outcome.graphs > 0);
}

// Every primitive, a nested graph and a loop.
Image whole_file(NirForm form) {
  NirFile file("1.0.7", form);
  file.node("in", "Input").whole("shape", {3}, {2, 4, 4});
  file.node("conv", "Conv2d").same("weight", {2, 2, 3, 3}, 0.5);
  file.same("bias", {2}, 0.1).whole("input_shape", {2}, {4, 4});
  file.whole("stride", {2}, {1, 1}).text("padding", "same");
  file.whole("dilation", {2}, {1, 1}).whole("groups", {}, {1});
  file.node("if", "IF").same("r", {2, 4, 4}, 1);
  file.same("v_threshold", {2, 4, 4}, 1);
  file.node("sum", "SumPool2d").whole("kernel_size", {2}, {2, 2});
  file.whole("stride", {2}, {2, 2}).whole("padding", {2}, {0, 0});
  file.node("flat", "Flatten").whole("start_dim", {}, {0});
  file.whole("end_dim", {}, {-1}).whole("input_type", {3}, {2, 2, 2});
  file.node("G", "NIRGraph");
  file.node("x", "Input", "node/nodes/G").whole("shape", {1}, {8});
  file.node("fc", "Affine", "node/nodes/G").same("weight", {3, 8}, 0.25);
  file.same("bias", {3}, 0);
  file.node("y", "Output", "node/nodes/G").whole("shape", {1}, {3});
  file.graph("node/nodes/G", {{"x", "fc"}, {"fc", "y"}});
  file.node("cuba", "CubaLIF").same("tau_syn", {3}, 0.01);
  file.same("tau_mem", {3}, 0.02).same("r", {3}, 1).same("v_leak", {3}, 0);
  file.same("v_threshold", {3}, 1).same("v_reset", {3}, 0);
  file.node("rec", "Linear").same("weight", {3, 3}, -0.5);
  file.node("late", "Delay").same("delay", {3}, 0.001);
  file.node("out", "Output").whole("shape", {1}, {3});
  file.edges({{"in", "conv"},
              {"conv", "if"},
              {"if", "sum"},
              {"sum", "flat"},
              {"flat", "G"},
              {"G", "cuba"},
              {"cuba", "rec"},
              {"rec", "cuba"},
              {"cuba", "late"},
              {"late", "out"}});
  file.at("node/metadata").real64("dt", {}, {0.001});
  return file.bytes();
}

TEST_CASE("a changed file in the form of h5py gives a graph or an error") {
  fuzz(whole_file({}), 20000, 1);
  fuzz(whole_file({.packed = true}), 20000, 2);
}

TEST_CASE("a changed file in newer and rarer forms gives a graph or an error") {
  fuzz(whole_file({.compact = true, .fixed_texts = true}), 10000, 3);
  NirFile file("1.0.7", {.latest = true});
  file.node("in", "Input").whole("shape", {1}, {3});
  file.node("lif", "LIF").same("tau", {3}, 0.01).same("r", {3}, 1);
  file.same("v_leak", {3}, 0).same("v_threshold", {3}, 1);
  file.node("out", "Output").whole("shape", {1}, {3});
  file.edges({{"in", "lif"}, {"lif", "out"}});
  fuzz(file.bytes(), 20000, 4);
}

TEST_CASE("a file cut short is an error") {
  const Image image = whole_file({.packed = true});
  Outcome outcome;
  for (size_t size = 0; size < image.size(); size += 7) {
    auto end = image.begin() + static_cast<std::ptrdiff_t>(size);
    try_to_read(Image(image.begin(), end), outcome);
  }
  CHECK(outcome.graphs == 0);
}

TEST_CASE("noise behind a superblock is an error") {
  const Image image = whole_file({});
  Random random(5);
  Outcome outcome;
  for (int i = 0; i < 2000; ++i) {
    Image mutant = image;
    for (size_t at = 96; at < mutant.size(); ++at) {
      mutant[at] = static_cast<std::byte>(random());
    }
    try_to_read(mutant, outcome);
  }
  CHECK(outcome.graphs == 0);
}

}  // namespace
}  // namespace nc
