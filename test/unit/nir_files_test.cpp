// The forms of HDF5 in which NIR comes, and files that are broken.
#include <catch2/catch.hpp>
#include <cmath>

#include "ir/error.h"
#include "ir/listing.h"
#include "test/support/nir_runs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::check_close;
using test::error_of;
using test::Fill;
using test::imported;
using test::nir_chain;
using test::NirFile;
using test::NirForm;
using test::one_lif;
using test::Row;
using test::run;

NirFile in_form(NirForm form) {
  NirFile file("1.0.7", form);
  file.node("in", "Input").whole("shape", {1}, {7});
  file.node("fc", "Affine");
  std::vector<double> weight;
  for (int i = 0; i < 84; ++i) weight.push_back(i % 13 - 6);
  file.real("weight", {12, 7}, weight).real("bias", {12}, Row(12, 0.5));
  file.node("out", "Output").whole("shape", {1}, {12});
  file.edges({{"in", "fc"}, {"fc", "out"}});
  file.at("node/metadata/deep/er").text("note", "x").whole("n", {}, {3});
  return file;
}

TEST_CASE("every form in which HDF5 stores a graph gives the same graph") {
  std::string expected = listing(imported(in_form({})).graph);
  for (NirForm form :
       {NirForm{.packed = true}, NirForm{.compact = true},
        NirForm{.fixed_texts = true}, NirForm{.big_endian = true},
        NirForm{.latest = true}, NirForm{.latest = true, .compact = true}}) {
    CHECK(listing(imported(in_form(form)).graph) == expected);
  }
}

TEST_CASE("groups of any size are read in the newer form, too") {
  for (int count : {9, 60, 2000}) {
    NirFile file("1.0.7", {.latest = true});
    NirFile::Edges edges;
    std::string last = "in";
    file.node("in", "Input").whole("shape", {1}, {1});
    for (int i = 0; i < count; ++i) {
      std::string name = "layer_with_a_name_" + std::to_string(i);
      file.node(name, "Scale").same("scale", {1}, 1);
      edges.emplace_back(last, name);
      last = name;
    }
    edges.emplace_back(last, "out");
    file.node("out", "Output").whole("shape", {1}, {1});
    file.edges(edges);
    CHECK(imported(file).graph.nodes.size() == static_cast<size_t>(count) + 2);
  }
}

TEST_CASE("soft links lead to what they name, or are answered") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.at("shared").same("scale", {1}, 7);
  file.node("a", "Scale").link("node/nodes/a/scale", "/shared/scale");
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "a"}, {"a", "out"}});
  check_close(run(file, {{2}}), {{14}}, 0);
  NirFile lost = nir_chain("Scale", {1}, {1});
  lost.link("node/nodes/n/scale", "../scale");
  CHECK_THAT(error_of(lost), Contains("node/nodes/n/scale: a soft link leads"));
  NirFile loop = nir_chain("Scale", {1}, {1});
  loop.link("node/nodes/n/scale", "/node/nodes/n/scale");
  CHECK_THAT(error_of(loop), Contains("a soft link leads nowhere"));
}

TEST_CASE("a file that is cut off is answered") {
  std::vector<std::byte> bytes = one_lif().bytes();
  for (size_t size :
       {size_t{0}, size_t{7}, size_t{40}, bytes.size() / 2, bytes.size() - 1}) {
    Bytes part = Bytes(bytes).first(size);
    CHECK_THROWS_AS(import_nir(part, "t", {}), Error);
  }
  CHECK_THROWS_WITH(import_nir(Bytes(bytes).first(bytes.size() - 1), "t", {}),
                    Contains("cut off: expected"));
}

TEST_CASE("broken graphs are answered by the name of node or edge") {
  auto broken = [](const std::string& type, const Fill& fields) {
    NirFile file = nir_chain(type, {2}, {2});
    fields(file);
    return error_of(file);
  };
  auto none = [](NirFile&) {};
  CHECK(broken("Foo", none) ==
        "refused Foo n: this program knows no such node");
  CHECK(broken("LIF", [](NirFile& n) { n.same("r", {2}, 1); }) ==
        "node 'n' (LIF): expected 'tau', found none");
  CHECK(broken("I", [](NirFile& n) { n.same("r", {2}, NAN); }) ==
        "node 'n' (I): 'r' holds a number that is not finite");
  CHECK(broken("I", [](NirFile& n) { n.text("r", "x"); }) ==
        "node 'n' (I): 'r': expected numbers, found text");
  CHECK(broken("I", [](NirFile& n) { n.same("r", {3}, 1); }) ==
        "node 'n' (I): 'r': expected shape [2] or one that can be broadcast to "
        "it, found [3]");
  CHECK(broken("IF", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_threshold", {2}, 1);
          n.text("reset", "soft");
        }) == "refused IF n: unknown field 'reset'");
  CHECK(broken("IF", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_threshold", {2}, 1);
          n.real("v_reset", {2}, {0, 1});
        }) == "refused IF n: v_reset differs from neuron to neuron");
  CHECK(broken("LI", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_leak", {2}, 0).same("tau", {2}, 0);
        }) == "node 'n' (LI): expected every 'tau' above 0, found 0");
  CHECK(broken("Linear", [](NirFile& n) {
          n.same("weight", {2, 3}, 1);
        }) == "edge 'in' -> 'n': expected shape [3], found [2]");
  CHECK(broken("Affine", [](NirFile& n) {
          n.same("weight", {2, 2}, 1);
        }) == "node 'n' (Affine): expected 'bias', found none");
}

TEST_CASE("broken edges and ends are answered") {
  auto with_edges = [](const NirFile::Edges& edges) {
    NirFile file;
    file.node("in", "Input").whole("shape", {1}, {1});
    file.node("a", "Scale").same("scale", {1}, 2);
    file.node("b", "Scale").same("scale", {1}, 2);
    file.node("out", "Output").whole("shape", {1}, {1});
    file.edges(edges);
    return error_of(file);
  };
  CHECK(with_edges({{"in", "a"}, {"a", "c"}}) ==
        "edge 'a' -> 'c': 'c' is not a node of the graph");
  CHECK(with_edges({{"in", "a"}, {"b", "a"}, {"a", "out"}}) ==
        "node 'b' (Scale): nothing leads to it");
  CHECK(with_edges({}) == "node 'out' (Output): nothing leads to it");
  NirFile two;
  two.node("x", "Input").whole("shape", {1}, {1});
  two.node("y", "Input").whole("shape", {1}, {1});
  two.node("out", "Output").whole("shape", {1}, {1});
  two.edges({{"x", "out"}, {"y", "out"}});
  CHECK(error_of(two) == "expected one Input, found 'x', 'y'");
  NirFile slash = nir_chain("Scale", {1}, {1});
  slash.same("scale", {1}, 1).node("a/b", "Scale").same("scale", {1}, 1);
  CHECK(error_of(slash) ==
        "node 'a': expected a type, found none (HDF5 takes a name with '/' "
        "apart)");
  NirFile untyped = nir_chain("Scale", {1}, {1});
  untyped.same("scale", {1}, 1).at("node/nodes/z").same("scale", {1}, 1);
  CHECK_THAT(error_of(untyped), Contains("node 'z': expected a type"));
}

TEST_CASE("HDF5 that is not NIR is told apart") {
  NirFile file = one_lif();
  CHECK(is_nir(file.bytes()));
  NirForm latest{.latest = true};
  CHECK(is_nir(in_form(latest).bytes()));
  std::vector<std::byte> text(100, std::byte{'x'});
  CHECK_FALSE(is_nir(text));
  CHECK_FALSE(is_nir(Bytes{}));
}

}  // namespace
}  // namespace nc
