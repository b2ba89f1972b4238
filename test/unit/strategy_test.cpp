#include "tools/support/strategy.h"

#include <catch2/catch.hpp>

#include "ir/listing.h"
#include "tools/support/trials.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

Graph network(bool has_batch_norm) {
  std::string norm =
      "  bn  = batch_norm(weight=f32[2]{1, 1}, bias=f32[2]{0, 0}, "
      "mean=f32[2]{0, 0}, variance=f32[2]{1, 1}, "
      "epsilon=1e-05) <- fc\n";
  return parse_listing(
      "snn net\n  in  = input(shape=[2])\n"
      "  fc  = affine(weight=f32[2, 2]{~1}) <- in\n" +
      (has_batch_norm ? norm : "") + "  act = relu() <- " +
      (has_batch_norm ? "bn" : "fc") + "\n  out = output() <- act\n");
}

Names names(const std::vector<Candidate>& list) {
  Names names;
  for (const Candidate& each : list) {
    names.push_back(each.strategy + std::to_string(each.timesteps));
  }
  return names;
}

Trial trial(const std::string& strategy, std::optional<double> accuracy) {
  return {{strategy, 4}, accuracy, 1.5};
}

TEST_CASE("training comes last, and few timesteps first") {
  CHECK(names(candidates(network(true), {4, 8})) ==
        Names{"direct4", "calibrate4", "direct8", "calibrate8", "finetune4",
              "finetune8"});
}

TEST_CASE("without batch norms nothing is direct, and that is said") {
  CHECK(names(candidates(network(false), {8})) ==
        Names{"calibrate8", "finetune8"});
  CHECK_THAT(ruled_out(network(false)), Contains("without batch norms"));
  CHECK(ruled_out(network(true)).empty());
}

TEST_CASE("the first that is good enough is taken, the best comes later") {
  std::vector<Trial> trials = {trial("direct", 0.80), trial("calibrate", 0.905),
                               trial("finetune", 0.91)};
  Choice choice = choose(trials, 0.91, 0.6);
  CHECK(choice.trial == 1);
  CHECK(choice.is_good_enough);
  CHECK_THAT(choice.reason, Contains("calibrate at T=4: gap 0.50 points"));
}

TEST_CASE("when none is good enough the smallest gap is taken") {
  std::vector<Trial> trials = {trial("direct", 0.80), trial("calibrate", 0.90),
                               trial("finetune", std::nullopt)};
  Choice choice = choose(trials, 0.91, 0.6);
  CHECK(choice.trial == 1);
  CHECK_FALSE(choice.is_good_enough);
  CHECK_THAT(choice.reason, Contains("the smallest; wanted 0.60"));
  CHECK_THAT(text_of(trials, choice, 0.91), Contains("failed"));
}

TEST_CASE("when all fail there is no choice") {
  CHECK_FALSE(choose({trial("direct", std::nullopt)}, 0.9, 1).trial);
}

TEST_CASE("strategies are judged on what is held out of the training data") {
  CHECK(held_out_split("mnist:D,mean=.1") == "mnist:D,mean=.1,split=val");
  CHECK_THROWS_WITH(held_out_split("some/data.npz"), Contains("--val-data"));
  CHECK_THROWS_WITH(held_out_split("mnist:D,split=train"),
                    Contains("--val-data"));
}

}  // namespace
}  // namespace nc
