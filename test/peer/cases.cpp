// nir_cases FOLDER: writes the networks of the engine tests, the sample graphs
// and some more as .snn files, for tests in other languages.
#include <cstdio>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/listing.h"
#include "test/support/engine_cases.h"
#include "test/support/sample_graphs.h"

namespace {

// What NIR has no primitives for and what is written as weights.
const char* const kRearranged = R"(snn t T=5
  in = input(shape=[2, 6, 5], step=1, low=0, high=9)
  n = if(threshold=i8[2]{5, 7}) <- in
  wide = pad(before=[1, 1, 0], after=[0, 1, 2]) <- n
  part = slice(axis=2, start=1, stop=6, step=2) <- wide
  some = slice(axis=0, start=0, stop=3, step=2) <- part
  both = concat(axis=0) <- part, some, some
  turn = permute(order=[2, 0, 1]) <- both
  flat = flatten() <- turn
  fc = affine(weight=i8[5, 168]{~1}, bias=i8[5]{1, 2, 3, 4, 5}) <- flat
  pool = sum_pool(kernel=[2, 4], stride=[2, 1], padding=[1, 1], ceil_mode=true) <- n
  conv = conv2d(weight=i8[3, 2, 1, 3]{~2}, bias=i16[3, 4, 4]{*9}, stride=[1, 1], padding=[0, 1]) <- pool
  m = if(threshold=i8[3]{30, 40, 50}) <- conv
  flat2 = reshape(shape=[48]) <- m
  fc2 = affine(weight=i8[5, 48]{~3}) <- flat2
  again = scale(weight=i8[5]{1, 2, 3, 4, 5}, offset=i8[1]{3}) <- fc2
  k = if(threshold=i8[5]{20, 30, 40, 50, 60}, initial=zero) <- fc, again, fc2
  out = output(scale=0.5) <- k, fc2
)";

const char* const kDelays = R"(snn t T=9
  in = input(shape=[6], step=1, low=0, high=9)
  late = delay(steps=i8[6]{0, 1, 2, 3, 1, 9}) <- in
  n = if(threshold=i8[1]{7}) <- late, @in, @m
  fc = affine(weight=i8[6, 6]{~3}) <- n
  m = if(threshold=i8[6]{9, 8, 7, 6, 5, 4}, strict=true) <- fc, fc, @m
  out = output() <- m, n
)";

// Neurons that all consumers know, or those that fire above the threshold.
nc::Graph with_neurons(nc::Graph graph, bool strict) {
  for (nc::Node& node : graph.nodes) {
    auto* neuron = std::get_if<nc::If>(&node.op);
    if (!neuron) continue;
    neuron->is_signed = false;
    neuron->strict = strict;
  }
  return graph;
}

void write(const std::string& folder, int number, const nc::Graph& graph) {
  char name[32];
  std::snprintf(name, sizeof(name), "/case_%03d.snn", number);
  nc::save(graph, folder + name);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  int number = 0;
  for (const nc::test::EngineCase& each : nc::test::engine_cases()) {
    write(argv[1], number++, each.graph);
  }
  for (const nc::test::EngineCase& each : nc::test::window_cases()) {
    write(argv[1], number++, each.graph);
    write(argv[1], number++, with_neurons(each.graph, false));
  }
  for (size_t i : {0U, 1U, 2U, 12U, 13U}) {
    nc::Graph graph = nc::test::engine_cases().at(i).graph;
    write(argv[1], number++, with_neurons(graph, true));
  }
  write(argv[1], number++, nc::parse_listing(kRearranged));
  write(argv[1], number++, nc::parse_listing(kDelays));
  write(argv[1], number++, nc::test::every_op());
  write(argv[1], number++, nc::test::spiking_mlp());
  write(argv[1], number++, nc::test::spiking_conv_net());
  return 0;
} catch (const nc::Error& error) {
  std::fprintf(stderr, "nir_cases: %s\n", error.what());
  return 1;
}
