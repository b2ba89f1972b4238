// The Loihi engine against the reference engine: equal trains, equal outputs,
// layer by layer.
#include <catch2/catch.hpp>

#include "backends/loihi/engine.h"
#include "runtime/reference.h"
#include "test/support/loihi_net.h"

namespace nc {
namespace {

using test::batch_for;
using test::check_exact;
using test::kAll;
using test::loihi_mlp;
using test::loihi_residual;
using test::Net;
using test::require_equal;
using test::run_loihi;

TEST_CASE("A multi-layer perceptron spikes as in the reference", "[loihi]") {
  check_exact(loihi_mlp());
}

TEST_CASE("Inputs that change from step to step arrive in order", "[loihi]") {
  check_exact(loihi_mlp(), 6);
}

TEST_CASE("A residual network with a 16-bit skip scale is exact", "[loihi]") {
  for (int seed : {1, 2, 3}) check_exact(loihi_residual(seed));
}

TEST_CASE("The number of threads changes nothing", "[loihi]") {
  Graph graph = loihi_residual();
  Batch batch = batch_for(graph, 7, 1);
  Outputs one = run_loihi(graph, batch);
  Outputs three = run_loihi(graph, batch, 3);
  require_equal(three, one);
  CHECK(three.warnings == one.warnings);
}

TEST_CASE("Layers behind the readout's depth finish their trains", "[loihi]") {
  Net net({20});
  net.add("fc1", net.affine(20, 8)).add("if1", net.fires(8, 2000, 6000));
  net.add("fc2", net.affine(8, 8)).add("if2", net.fires(8));
  net.add("fc3", net.affine(8, 8)).add("if3", net.fires(8));
  net.add("fc4", net.affine(8, 3), {"if1"});
  check_exact(net.finish());
}

TEST_CASE("An engine can run one batch after another", "[loihi]") {
  Graph graph = loihi_residual();
  auto engine = make_loihi_engine(graph);
  engine->run(batch_for(graph, 3, 1, 8), kAll);
  Batch batch = batch_for(graph, 3, 1, 9);
  require_equal(engine->run(batch, kAll),
                make_reference_engine(graph)->run(batch, kAll));
}

TEST_CASE("A pipelined graph gives the same aligned trains", "[loihi]") {
  Graph graph = loihi_residual();
  graph.run.schedule = Schedule::pipelined;
  check_exact(graph);
}

TEST_CASE("Strides, groups, dilation and uneven padding are exact", "[loihi]") {
  Net net({4, 9, 7}, -64, 63);
  Conv2d grouped;
  grouped.weight = net.weight({6, 2, 3, 2});
  grouped.bias = net.bias(6);
  grouped.stride = {2, 1};
  grouped.padding = {1, 2};
  grouped.groups = 2;
  net.add("grouped", grouped).add("if0", net.fires(6, 500, 4000));
  Conv2d depthwise;
  depthwise.weight = net.weight({6, 1, 3, 3});
  depthwise.padding = {1, 1};
  depthwise.groups = 6;
  net.add("depthwise", depthwise).add("if1", net.fires(6, 30, 200));
  Conv2d dilated;
  dilated.weight = net.weight({5, 6, 3, 3});
  dilated.stride = {1, 2};
  dilated.dilation = {2, 3};
  dilated.padding = {2, 3};
  net.add("dilated", dilated).add("if2", net.fires(5));
  net.add("flat", Flatten{}).add("fc", net.affine(5 * 5 * 5, 3));
  check_exact(net.finish());
}

TEST_CASE("One-dimensional convolutions and pools are exact", "[loihi]") {
  Net net({3, 20});
  Conv1d conv;
  conv.weight = net.weight({4, 3, 5});
  conv.bias = net.draw({4, 10}, -99, 99);
  conv.stride = {2};
  conv.padding = {2};
  net.add("conv", conv).add("if0", net.fires(4, 1000, 4000));
  net.add("pool", SumPool{{3}, {2}, {1}, true});
  Conv1d wide;
  wide.weight = net.weight({5, 4, 3});
  wide.dilation = {2};
  wide.padding = {1};
  net.add("wide", wide).add("if1", net.fires(5)).add("flat", Flatten{});
  net.add("fc", net.affine(20, 2));
  check_exact(net.finish());
}

TEST_CASE("Rearrangements are wiring, on spikes and on currents", "[loihi]") {
  Net net({2, 6, 6}, 0, 15);
  net.add("conv", net.conv(2, 4, 3, 1));
  net.add("turned", Permute{{0, 2, 1}});
  net.add("pooled", SumPool{{3, 3}, {2, 2}, {1, 1}, true});
  net.add("if0", net.fires(4, 2000, 12000));  // [4, 4, 4]
  net.add("part", Slice{0, 1, 4, 2});         // [2, 4, 4]
  net.add("padded", Pad{{0, 1, 0}, {1, 0, 2}, 0});
  net.add("conv1", net.conv(3, 4, 3, 1)).add("if1", net.fires(4));
  net.add("reshaped", Reshape{{10, 12}});
  net.add("mixed", Permute{{1, 0}}).add("flat", Flatten{});
  net.add("fc", net.affine(120, 4)).add("tail", Slice{0, 1, 4, 1});
  check_exact(net.finish());
}

TEST_CASE("A pad by a constant is a bias", "[loihi]") {
  Net net({2, 5, 5});
  net.add("padded", Pad{{0, 1, 2}, {0, 0, 1}, 77});
  net.add("conv", net.conv(2, 3, 3, 0)).add("if0", net.fires(3, 2000, 12000));
  net.add("flat", Flatten{}).add("fc", net.affine(3 * 4 * 6, 4));
  check_exact(net.finish());
}

TEST_CASE("Concatenated branches of different depth line up", "[loihi]") {
  Net net({2, 6, 6});
  net.add("conv0", net.conv(2, 4, 3, 1)).add("if0", net.fires(4, 2000, 8000));
  net.add("conv1", net.conv(4, 3, 3, 1)).add("if1", net.fires(3));
  net.add("both", Concat{0}, {"if0", "if1", "in"});
  Conv2d last = net.conv(9, 4, 1, 0);
  net.add("conv2", last).add("if2", net.fires(4, 2000, 8000));
  net.add("flat", Flatten{}).add("fc", net.affine(144, 3));
  check_exact(net.finish());
}

TEST_CASE("An input that is read twice counts twice", "[loihi]") {
  Net net({10});
  net.add("fc1", net.affine(10, 8)).add("if1", net.fires(8, 2000, 6000));
  net.add("fc2", net.affine(8, 8), {"if1", "if1"});
  net.add("if2", net.fires(8), {"fc2", "if1", "fc2"});
  check_exact(net.add("fc3", net.affine(8, 3)).finish());
}

TEST_CASE("Weighted layers in a row pass currents through a relay", "[loihi]") {
  Net net({2, 6, 6}, -30, 30);
  net.add("conv0", net.conv(2, 4, 3, 1));
  net.add("pooled", SumPool{{2, 2}, {2, 2}, {0, 0}, false});
  Conv2d small;
  small.weight = net.draw({4, 4, 1, 1}, -1, 1);
  small.bias = net.bias(4);
  net.add("conv1", small).add("if0", net.fires(4, 2000, 12000));
  net.add("flat", Flatten{}).add("fc1", net.affine(36, 6));
  net.add("gain", Scale{net.draw({6}, -3, 3), net.bias(6)});
  // conv0 is also read as it is.
  net.add("side", If{net.neuron(4, 2000, 12000)}, {"pooled"});
  net.add("side_flat", Flatten{}).add("fc2", net.affine(36, 6));
  net.add("out", Output{0.5}, {"gain", "fc2"});
  check_exact(net.finish());
}

}  // namespace
}  // namespace nc
