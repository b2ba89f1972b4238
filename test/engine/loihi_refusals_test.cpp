// What the Loihi engine refuses, by the name of the node.
#include <catch2/catch.hpp>

#include "backends/loihi/engine.h"
#include "test/support/loihi_net.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::batch_for;
using test::loihi_mlp;
using test::Net;

void check_refused(const Graph& graph, const std::string& node,
                   const std::string& reason) {
  CHECK_THROWS_WITH(make_loihi_engine(graph),
                    Contains("'" + node + "'") && Contains(reason));
}

Graph small(Op op, Shape shape = {2, 4, 4}) {
  Net net(std::move(shape));
  net.add("conv", net.conv(2, 4, 3, 1)).add("if0", net.fires(4));
  return net.add("odd", std::move(op)).finish();
}

TEST_CASE("What Loihi cannot do is refused by name", "[loihi]") {
  check_refused(small(MaxPool{{2, 2}, {2, 2}, {0, 0}, {1, 1}, false}), "odd",
                "found max_pool");
  check_refused(small(Relu{}), "odd", "found relu");
  check_refused(small(AvgPool{{2, 2}, {2, 2}, {0, 0}}), "odd",
                "found avg_pool");
  check_refused(small(Delay{integer_tensor({1}, {2})}), "odd", "found delay");
  If strict;
  strict.threshold = integer_tensor({1}, {5});
  strict.strict = true;
  check_refused(small(strict), "odd", "found strict=true");
}

TEST_CASE("A network of real numbers is refused", "[loihi]") {
  check_refused(small(Scale{float_tensor({1}, {0.5}), {}}), "odd",
                "expected integers, found f32");
  Graph graph = loihi_mlp();
  std::get<Input>(graph.find("in")->op).step = 0;
  check_refused(graph, "in", "not quantised");
}

TEST_CASE("Numbers beyond the chip's fields are refused", "[loihi]") {
  auto neuron = [](int64_t threshold) {
    Neuron made;
    made.threshold = integer_tensor({1}, {threshold});
    return made;
  };
  check_refused(small(If{neuron(131072)}), "odd",
                "expected thresholds from 1 to 131071, found 131072");
  CHECK_NOTHROW(make_loihi_engine(small(If{neuron(131071)})));
  Lif leaky{neuron(5), integer_tensor({1}, {0})};
  check_refused(small(leaky), "odd", "expected decays from 1 to 4096, found 0");
  If value{neuron(5)};
  value.reset = Reset::value;
  value.reset_value = 0.5;
  check_refused(small(value), "odd", "whole reset_value");
  check_refused(small(Scale{integer_tensor({1}, {131072}), {}}), "odd",
                "expected weights up to 131071, found 131072");
}

TEST_CASE("A chain of layers whose currents outgrow 24 bits is refused",
          "[loihi]") {
  Net net({3000}, 0, 255);
  net.add("fc1", net.affine(3000, 4)).add("fc2", net.affine(4, 4));
  net.add("if0", net.fires(4));
  check_refused(net.finish(), "fc1", "at most 24 bits");
}

TEST_CASE("The exact schedule refuses leaks and hard resets", "[loihi]") {
  Neuron neuron;
  neuron.threshold = integer_tensor({1}, {5});
  Graph graph = small(Lif{neuron, integer_tensor({1}, {4000})});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "expected no leak");
  neuron.reset = Reset::zero;
  graph = small(If{neuron});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "expected reset=subtract");
  graph = small(Li{integer_tensor({1}, {4000})});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "found li");
}

TEST_CASE("Feedback that would come too late is refused", "[loihi]") {
  Net net({6});
  net.add("fc1", net.affine(6, 6));
  net.add("if1", net.fires(6), {"fc1", "@if2"});
  net.add("fc2", net.affine(6, 6), {"if1"}).add("if2", net.fires(6));
  check_refused(net.finish(), "if1", "1 steps too late");
}

TEST_CASE("Feedback with a bias or without a neuron is refused", "[loihi]") {
  Net net({6});
  net.add("fc1", net.affine(6, 6));
  net.add("if1", net.fires(6), {"fc1", "@again"});
  net.add("again", net.affine(6, 6), {"if1"});
  check_refused(net.add("out_fc", net.affine(6, 2), {"if1"}).finish(), "if1",
                "expected feedback without a bias, found one in 'again'");
  Net loop({6});
  loop.add("fc1", loop.affine(6, 6)).add("same", Flatten{}, {"fc1", "@same"});
  check_refused(loop.add("if1", loop.fires(6)).finish(), "same",
                "linear ops only");
}

TEST_CASE("Inputs that do not fit are refused", "[loihi]") {
  Graph graph = loihi_mlp();
  auto engine = make_loihi_engine(graph);
  Batch batch = batch_for(graph, 2, 1);
  batch.values[3] = 64;
  CHECK_THROWS_WITH(engine->run(batch), Contains("from 0 to 63, found 64"));
  batch.values[3] = 0.5;
  CHECK_THROWS_WITH(engine->run(batch), Contains("whole numbers"));
  CHECK_THROWS_WITH(engine->run(batch_for(graph, 2, 2)),
                    Contains("expected inputs of 1 or 6 steps, found 2"));
  batch.shape = {21};
  CHECK_THROWS_WITH(engine->run(batch), Contains("expected samples of [20]"));
}

}  // namespace
}  // namespace nc
