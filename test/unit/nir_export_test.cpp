#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "backends/nir/border.h"
#include "backends/nir/builder.h"
#include "backends/nir/export.h"
#include "backends/nir/file.h"
#include "backends/nir/geometry.h"
#include "backends/nir/loader.h"
#include "ir/error.h"
#include "ir/listing.h"
#include "test/support/sample_graphs.h"

namespace nc::nir {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Lines = std::vector<std::string>;

const NirNode& node_of(const NirGraph& graph, const std::string& name) {
  for (const NirNode& node : graph.nodes) {
    if (node.name == name) return node;
  }
  FAIL("there is no node " << name);
  return graph.nodes.front();
}

template <class T>
const T& entry(const Group& group, const std::string& name) {
  const Entry* found = group.find(name);
  REQUIRE(found);
  return std::get<T>(found->value);
}

const std::vector<double>& values(const NirGraph& graph,
                                  const std::string& node,
                                  const std::string& field) {
  return entry<Array>(node_of(graph, node).fields, field).values;
}

// "name Type" of each node.
Lines nodes(const NirGraph& graph) {
  Lines lines;
  for (const NirNode& node : graph.nodes) {
    lines.push_back(node.name + " " + node.type);
  }
  return lines;
}

Lines edges(const NirGraph& graph) {
  Lines lines;
  for (const auto& [from, to] : graph.edges) {
    lines.push_back(from + " " + to);
  }
  return lines;
}

NirGraph written(const std::string& text, Profile profile) {
  return export_graph(parse_listing(text), profile).graph;
}

// A spiking network with these nodes between in [2, 4, 4] and out.
std::string around(const std::string& body, const std::string& last) {
  return "snn t T=4\n"
         "  in = input(shape=[2, 4, 4], step=1, low=0, high=9)\n"
         "  n = if(threshold=i8[1]{5}) <- in\n" +
         body + "  out = output() <- " + last + "\n";
}

void check_refused(const std::string& text, Profile profile,
                   const std::string& what) {
  CHECK_THROWS_WITH(written(text, profile), Contains(what));
}

TEST_CASE("nodes are named in topological order, skips are edges") {
  NirGraph graph =
      export_graph(test::spiking_conv_net(), Profile::generic).graph;
  CHECK(nodes(graph) == Lines{"input Input", "n01_conv1 Conv2d", "n02_if1 IF",
                              "n03_conv2 Conv2d", "n04_skip Conv2d",
                              "n05_if2 IF", "n06_pool SumPool2d",
                              "n07_flat Flatten", "n08_fc Affine",
                              "output Output"});
  CHECK(edges(graph) == Lines{"input n01_conv1", "n01_conv1 n02_if1",
                              "n02_if1 n03_conv2", "n02_if1 n04_skip",
                              "n03_conv2 n05_if2", "n04_skip n05_if2",
                              "n05_if2 n06_pool", "n06_pool n07_flat",
                              "n07_flat n08_fc", "n08_fc output"});
}

TEST_CASE("numbers, shapes and settings stand in the file's fields") {
  Graph source = test::spiking_conv_net();
  NirGraph graph = export_graph(source, Profile::generic).graph;
  CHECK(values(graph, "n02_if1", "v_threshold") ==
        std::vector<double>(4 * 36, 60));
  CHECK_FALSE(node_of(graph, "n02_if1").fields.find("v_reset"));
  const auto& conv = std::get<Conv2d>(source.at("conv2").op);
  CHECK(values(graph, "n03_conv2", "weight") == conv.weight.to_doubles());
  CHECK(values(graph, "n03_conv2", "bias") == conv.bias.to_doubles());
  CHECK(entry<std::vector<int64_t>>(node_of(graph, "n07_flat").fields,
                                    "input_type") == Shape{4, 3, 3});
  CHECK(entry<int64_t>(node_of(graph, "n07_flat").fields, "start_dim") == -3);
  CHECK(entry<int64_t>(graph.metadata, "timesteps") == 4);
  CHECK(entry<std::string>(graph.metadata, "number") == "float32");
  const Group& neuron = node_of(graph, "n05_if2").metadata;
  CHECK(entry<std::string>(neuron, "name") == "if2");
  CHECK(entry<std::string>(neuron, "initial") == "half");
  CHECK(entry<Tensor>(neuron, "threshold") ==
        std::get<If>(source.at("if2").op).threshold);
}

TEST_CASE("the same graph gives the same bytes, HDF5 of the oldest form") {
  NirGraph graph = export_graph(test::spiking_mlp(), Profile::exact).graph;
  std::vector<std::byte> bytes = to_bytes(graph);
  CHECK(bytes == to_bytes(graph));
  REQUIRE(bytes.size() > 8);
  CHECK(std::to_integer<int>(bytes[1]) == 'H');
  CHECK(std::to_integer<int>(bytes[8]) == 0);  // version of the superblock
}

// Which positions window i reads: of the axis itself, and of the square one.
std::vector<int64_t> positions(const Axis& axis, int64_t window) {
  std::vector<int64_t> found;
  for (int64_t tap = 0; tap < axis.taps; ++tap) {
    int64_t at = window * axis.stride + axis.begin + tap * axis.dilation;
    found.push_back(at);
  }
  return found;
}

void check_same_windows(const Axis& axis, const SquareWindow& square,
                        size_t a) {
  int64_t room = axis.size + 2 * square.padding[a] -
                 axis.dilation * (square.kernel - 1) - 1;
  REQUIRE(room >= 0);
  CHECK(room / axis.stride + 1 == axis.count);
  for (int64_t window = 0; window < axis.count; ++window) {
    std::vector<int64_t> found;
    for (int64_t tap = 0; tap < axis.taps; ++tap) {
      int64_t place = square.offset[a] + tap;
      CHECK(place < square.kernel);
      found.push_back(window * axis.stride - square.padding[a] +
                      place * axis.dilation);
    }
    CHECK(found == positions(axis, window));
  }
}

TEST_CASE("square windows read what the others read") {
  std::minstd_rand next(1);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<Axis> axes;
    for (int a = 0; a < 2; ++a) {
      Axis axis;
      axis.size = 1 + static_cast<int64_t>(next() % 9);
      axis.taps = 1 + static_cast<int64_t>(next() % 4);
      axis.stride = 1 + static_cast<int64_t>(next() % 3);
      axis.begin = static_cast<int64_t>(next() % 6) - 3;
      axis.dilation = 1 + static_cast<int64_t>(next() % 2);
      axis.count = 1 + static_cast<int64_t>(next() % 6);
      axes.push_back(axis);
    }
    auto square = square_window(axes);
    if (!square) continue;
    ++found;
    for (size_t a = 0; a < 2; ++a) check_same_windows(axes[a], *square, a);
  }
  CHECK(found > 500);
}

TEST_CASE("a window that is square already stays as it is") {
  Axis axis{.size = 8, .taps = 3, .begin = -1, .count = 8};
  auto square = square_window({axis, axis});
  REQUIRE(square);
  CHECK(square->kernel == 3);
  CHECK(square->padding == Shape{1, 1});
}

TEST_CASE("kernels that no zeros make square are refused by name") {
  std::string conv =
      "  c = conv2d(weight=i8[3, 2, 1, 2]{~1}, stride=[1, 1], "
      "padding=[0, 0]) <- n\n  flat = flatten() <- c\n";
  check_refused(around(conv, "flat"), Profile::generic,
                "node 'c': no square kernel");
}

TEST_CASE("groups become dense, oblong kernels square") {
  NirGraph graph = written(
      around("  c = conv2d(weight=i8[4, 1, 1, 3]{1, 2, 3, 4, 5, 6, 7, 8, 9, "
             "10, 11, 12}, stride=[1, 1], padding=[0, 1], groups=2) <- n\n"
             "  flat = flatten() <- c\n",
             "flat"),
      Profile::generic);
  const Group& conv = node_of(graph, "n2_c").fields;
  const Array& weight = entry<Array>(conv, "weight");
  CHECK(weight.shape == Shape{4, 2, 3, 3});
  CHECK(entry<std::vector<int64_t>>(conv, "padding") == Shape{1, 1});
  CHECK(entry<int64_t>(conv, "groups") == 1);
  // Output channel 2 reads input channel 1, in the middle row.
  std::vector<double> third(weight.values.begin() + 2 * 18,
                            weight.values.begin() + 3 * 18);
  CHECK(third == std::vector<double>{0, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                     0, 0, 0, 7, 8, 9, 0, 0, 0});
}

TEST_CASE("what is read twice is read through a node of 2") {
  NirGraph graph =
      written(around("  s = sum_pool(kernel=[2, 2], stride=[2, 2], "
                     "padding=[0, 0]) <- n, n\n  flat = flatten() <- s\n",
                     "flat"),
              Profile::generic);
  CHECK(edges(graph) == Lines{"input n1_n", "n1_n n2_s_copy", "n2_s_copy n3_s",
                              "n3_s n4_flat", "n4_flat output"});
  CHECK(values(graph, "n2_s_copy", "weight") ==
        std::vector<double>{2, 0, 0, 2});
}

TEST_CASE("one edge leads into the output") {
  NirGraph graph = written(around("  a = flatten() <- n\n  m = "
                                  "if(threshold=i8[1]{2}) <- a\n",
                                  "a, m"),
                           Profile::generic);
  CHECK(edges(graph).back() == "n4_out_sum output");
  CHECK(entry<std::string>(node_of(graph, "n4_out_sum").metadata, "role") ==
        "sum");
}

TEST_CASE("everything that cannot be written is named at once") {
  std::string body =
      "  m = max_pool(kernel=[2, 2], stride=[1, 1], padding=[0, 0], "
      "dilation=[1, 1]) <- n\n"
      "  r = reshape(shape=[3, 6]) <- m\n"
      "  s = if(threshold=i8[1]{3}, signed=true) <- r\n"
      "  flat = flatten() <- s\n";
  CHECK_THROWS_WITH(
      written(around(body, "flat"), Profile::snntorch),
      Equals("cannot be written as NIR for the profile snntorch: node 'm': "
             "NIR has no max_pool; node 'r': NIR has no reshape, only "
             "flatten; node 's': signed spikes are written by the profiles "
             "generic and exact only (nc-spike --neuron if)"));
}

TEST_CASE("networks that do not spike are refused") {
  CHECK_THROWS_WITH(export_graph(test::small_ann(), Profile::generic),
                    Contains("run nc-spike first"));
}

TEST_CASE("the exact schedule is written by the profile generic alone") {
  Graph graph = test::spiking_mlp();
  graph.run.schedule = Schedule::exact;
  CHECK_THROWS_WITH(export_graph(graph, Profile::exact),
                    Contains("the schedule exact"));
  CHECK(export_graph(graph, Profile::generic).losses.size() > 0);
}

TEST_CASE("what nobody reads is left out, and said") {
  Exported done =
      export_graph(parse_listing(around("  dead = if(threshold=i8[1]{3}) <- n\n"
                                        "  flat = flatten() <- n\n",
                                        "flat")),
                   Profile::exact);
  CHECK(done.losses ==
        Lines{"node 'dead' does not reach the output: left out"});
}

TEST_CASE("a limit of the membrane that is never reached is no hindrance") {
  auto text = [](int bits) {
    return around(
        "  m = if(threshold=i8[1]{3}, membrane_bits=" + std::to_string(bits) +
            ") <- n\n  flat = flatten() <- m\n",
        "flat");
  };
  CHECK_NOTHROW(written(text(8), Profile::norse));
  check_refused(text(2), Profile::norse, "node 'm': its membrane can reach");
  CHECK_NOTHROW(written(text(2), Profile::generic));
}

TEST_CASE("one threshold for a layer: whole numbers come back from rows") {
  NirGraph graph = export_graph(test::spiking_mlp(), Profile::snntorch).graph;
  const NirNode& layer = node_of(graph, "n1_fc1");
  const auto& theta = entry<std::vector<double>>(layer.metadata, "row_scale");
  CHECK(theta == std::vector<double>{20, 25, 30, 35, 40});
  CHECK(values(graph, "n2_if1", "v_threshold") == std::vector<double>(5, 1));
  Graph source = test::spiking_mlp();
  const auto& affine = std::get<Affine>(source.at("fc1").op);
  std::vector<double> whole = affine.weight.to_doubles();
  const std::vector<double>& divided = values(graph, "n1_fc1", "weight");
  for (size_t i = 0; i < whole.size(); ++i) {
    CHECK(static_cast<double>(static_cast<float>(divided[i])) == divided[i]);
    CHECK(std::nearbyint(divided[i] * theta[i / 4]) == whole[i]);
  }
}

TEST_CASE("weights that others read as well are divided behind a node") {
  std::string body =
      "  flat = flatten() <- n\n"
      "  fc = affine(weight=i8[3, 32]{~1}) <- flat\n"
      "  a = if(threshold=i8[3]{3, 4, 5}) <- fc\n";
  NirGraph graph = written(around(body, "a, fc"), Profile::spikingjelly);
  CHECK_THAT(edges(graph),
             Catch::Matchers::VectorContains(std::string("n4_a_copy n5_a")));
  CHECK_FALSE(node_of(graph, "n3_fc").metadata.find("row_scale"));
  CHECK(node_of(graph, "n4_a_copy").metadata.find("row_scale"));
}

TEST_CASE("profile exact writes reset by subtraction as a loop") {
  NirGraph graph = export_graph(test::spiking_mlp(), Profile::exact).graph;
  CHECK(nodes(graph) == Lines{"input Input", "n1_fc1 Affine",
                              "n2_if1_membrane I", "n3_if1_spikes Threshold",
                              "n4_if1_reset Scale", "n5_fc2 Affine",
                              "output Output"});
  CHECK(entry<std::vector<std::pair<std::string, std::string>>>(graph.metadata,
                                                                "feedback") ==
        std::vector<std::pair<std::string, std::string>>{
            {"n4_if1_reset", "n2_if1_membrane"}});
  // theta - floor(theta / 2) - 1/2
  CHECK(values(graph, "n3_if1_spikes", "threshold") ==
        std::vector<double>{9.5, 12.5, 14.5, 17.5, 19.5});
  CHECK(values(graph, "n4_if1_reset", "scale") ==
        std::vector<double>{-20, -25, -30, -35, -40});
}

TEST_CASE("the step before of an earlier node comes through a delay") {
  NirGraph graph =
      written(around("  flat = flatten() <- n\n"
                     "  m = if(threshold=i8[1]{3}) <- flat, @flat, @m\n",
                     "m"),
              Profile::generic);
  CHECK(edges(graph) == Lines{"input n1_n", "n1_n n2_flat",
                              "n2_flat n3_flat_delay", "n2_flat n4_m",
                              "n3_flat_delay n4_m", "n4_m n4_m",
                              "n4_m output"});
  check_refused(around("  flat = flatten() <- n\n"
                       "  m = if(threshold=i8[1]{3}) <- flat, @m\n",
                       "m"),
                Profile::sinabs, "node 'm': it reads the step before");
}

double border_sum(const Array& kernel, size_t channel,
                  const std::vector<Axis>& axes, int64_t y, int64_t x) {
  double sum = 0;
  const double* tap =
      kernel.values.data() + channel * static_cast<size_t>(axes[0].taps) *
                                 static_cast<size_t>(axes[1].taps);
  for (int64_t at_y : positions(axes[0], y)) {
    for (int64_t at_x : positions(axes[1], x)) {
      bool inside =
          at_y >= 0 && at_y < axes[0].size && at_x >= 0 && at_x < axes[1].size;
      sum += inside ? *tap : 0;
      ++tap;
    }
  }
  return sum;
}

Array border_bias(const Array& kernel, const std::vector<Axis>& axes) {
  Array bias{{kernel.shape[0], axes[0].count, axes[1].count}, {}};
  for (int64_t c = 0; c < kernel.shape[0]; ++c) {
    for (int64_t y = 0; y < axes[0].count; ++y) {
      for (int64_t x = 0; x < axes[1].count; ++x) {
        bias.values.push_back(
            border_sum(kernel, static_cast<size_t>(c), axes, y, x));
      }
    }
  }
  return bias;
}

TEST_CASE("a bias of the border is a convolution of ones, in whole numbers") {
  std::minstd_rand next(3);
  for (auto [taps, stride, padding, dilation, size] :
       std::vector<std::array<int64_t, 5>>{{3, 1, 1, 1, 6},
                                           {3, 2, 1, 1, 7},
                                           {3, 2, 1, 1, 8},
                                           {5, 1, 2, 1, 9},
                                           {3, 1, 2, 2, 9},
                                           {7, 2, 3, 1, 12}}) {
    Axis axis{.size = size,
              .taps = taps,
              .stride = stride,
              .begin = -padding,
              .dilation = dilation};
    axis.count = (size + 2 * padding - dilation * (taps - 1) - 1) / stride + 1;
    Array kernel{{2, 1, taps, taps}, {}};
    for (int64_t i = 0; i < 2 * taps * taps; ++i) {
      kernel.values.push_back(static_cast<double>(next() % 201) - 100);
    }
    Array bias = border_bias(kernel, {axis, axis});
    Kernel found = border_kernel(bias, {axis, axis});
    CHECK(border_bias(found.weight, {axis, axis}).values == bias.values);
    for (double weight : found.weight.values) {
      CHECK(weight == std::nearbyint(weight));
    }
  }
}

TEST_CASE("another bias in the middle is not the border's") {
  Axis axis{.size = 6, .taps = 3, .begin = -1, .count = 6};
  Array bias{{1, 6, 6}, std::vector<double>(36, 7)};
  CHECK_NOTHROW(border_kernel(bias, {axis, axis}));
  bias.values[14] = 8;
  CHECK_THROWS_WITH(border_kernel(bias, {axis, axis}),
                    Contains("another one at each position"));
}

TEST_CASE("what would take too much memory is refused before it is taken") {
  check_refused(R"(snn t T=4
  in = input(shape=[9000], step=1, low=0, high=9)
  s = scale(weight=i8[1]{5}) <- in
  n = if(threshold=i8[1]{5}) <- s
  out = output() <- n
)",
                Profile::generic,
                "node 's': as a dense array [9000, 9000] it has more than "
                "2^26 elements");
  check_refused(R"(snn t T=4
  in = input(shape=[1, 40000, 40000], step=1, low=0, high=9)
  n = if(threshold=i8[1]{5}) <- in
  out = output() <- n
)",
                Profile::generic, "are more than 2^26");
  CHECK_NOTHROW(Builder().require_room(int64_t{1} << 28));
  CHECK_THROWS_WITH(Builder().require_room((int64_t{1} << 28) + 1),
                    Contains("more than 2^28 numbers"));
}

TEST_CASE("loaders have names that Python can import") {
  CHECK(loader_path("some dir/my-net 2.nir") == "some dir/load_my_net_2.py");
  CHECK_THAT(loader_text(Profile::sinabs, "a\"\"\".nir", "tool"),
             Contains("Loads a???.nir (profile sinabs)") &&
                 Contains("def load(path)") && Contains("def run(net"));
}

}  // namespace
}  // namespace nc::nir
