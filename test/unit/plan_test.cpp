#include "tools/support/plan.h"

#include <catch2/catch.hpp>

#include "ir/error.h"
#include "tools/support/quoted.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Lines = std::vector<std::string>;

DriverOptions compiling(const std::string& target) {
  DriverOptions options;
  options.input = "m.pt";
  options.output = "out.snn";
  options.target = target;
  options.work = "tmp";
  options.bin = "bin";
  return options;
}

DriverOptions with_data(DriverOptions options) {
  options.data = "mnist:D";
  return options;
}

// An input that has been through these tools.
DriverOptions after(const Lines& done, DriverOptions options) {
  options.input = "in.snn";
  options.done = done;
  return options;
}

Lines lines(const DriverOptions& options) {
  Lines text;
  for (const Command& command : plan(options).commands) {
    text.push_back(quoted(command.words));
  }
  return text;
}

Lines stages(const DriverOptions& options) {
  Lines names;
  for (const Command& command : plan(options).commands) {
    names.push_back(command.stage);
  }
  return names;
}

void check_fails(const DriverOptions& options, const std::string& message) {
  CHECK_THROWS_WITH(plan(options), Equals(message));
}

TEST_CASE(
    "without data thresholds come from batch norm and spikes are verified") {
  CHECK(lines(compiling("cpu")) ==
        Lines{"bin/nc-calibrate m.pt --neuron signed-if --method bn "
              "-o tmp/calibrated.snn",
              "bin/nc-fold tmp/calibrated.snn -o tmp/folded.snn",
              "bin/nc-spike tmp/folded.snn --neuron signed-if -o out.snn",
              "bin/nc-run out.snn --verify"});
}

TEST_CASE("with data all three networks are measured") {
  Plan todo = plan(with_data(compiling("cpu")));
  CHECK(lines(with_data(compiling("cpu"))) ==
        Lines{"bin/nc-calibrate m.pt --neuron signed-if --data mnist:D "
              "-o tmp/calibrated.snn",
              "bin/nc-fold tmp/calibrated.snn -o tmp/folded.snn",
              "bin/nc-spike tmp/folded.snn --neuron signed-if -o out.snn",
              "bin/nc-run m.pt --data mnist:D --json tmp/ann.json",
              "bin/nc-run tmp/calibrated.snn --data mnist:D --json "
              "tmp/quantised.json",
              "bin/nc-run out.snn --data mnist:D --json tmp/snn.json "
              "--verify"});
  CHECK(todo.network == "out.snn");
  CHECK(todo.commands[2].output == "out.snn");
  CHECK(todo.commands[5].report == "tmp/snn.json");
}

TEST_CASE("the target loihi-sim keeps the chip's limits and runs on it") {
  Lines found = lines(with_data(compiling("loihi-sim")));
  CHECK(found.at(2) ==
        "bin/nc-spike tmp/folded.snn --neuron signed-if --limits loihi2 "
        "-o out.snn");
  CHECK_THAT(found.at(5), Contains("--engine loihi --verify"));
  CHECK_THAT(lines(compiling("loihi-sim")).at(3),
             Equals("bin/nc-run out.snn --verify --engine loihi"));
}

TEST_CASE("the target hls writes hardware beside the network") {
  DriverOptions options = with_data(compiling("hls"));
  add_extra_words(options, "export,--io,stream,--force");
  CHECK(stages(options) == Lines{"calibrate", "fold", "spike", "ann",
                                 "quantised", "snn", "export"});
  CHECK(lines(options).at(6) ==
        "bin/nc-hls out.snn -o out.hls --io stream --force");
  CHECK(plan(options).folder == "out.hls");
  CHECK(plan(options).network == "out.snn");
  options.stop_after = "spike";
  options.extra.clear();
  CHECK(plan(options).folder.empty());
  CHECK(lines(after({"nc-spike"}, compiling("hls"))) ==
        Lines{"bin/nc-run in.snn --verify", "bin/nc-hls in.snn -o in.hls"});
  CHECK(
      lines(after({"nc-spike"}, compiling("rtl"))) ==
      Lines{"bin/nc-run in.snn --verify", "bin/nc-hls in.snn -o in.rtl --rtl"});
}

TEST_CASE("the target ir writes the network of plain neurons and stops") {
  CHECK(lines(with_data(compiling("ir"))) ==
        Lines{"bin/nc-calibrate m.pt --data mnist:D -o tmp/calibrated.snn",
              "bin/nc-fold tmp/calibrated.snn -o tmp/folded.snn",
              "bin/nc-spike tmp/folded.snn -o out.snn"});
  CHECK(stages(compiling("ir")) == Lines{"calibrate", "fold", "spike"});
}

TEST_CASE("the target nir writes plain neurons as NIR when all is well") {
  DriverOptions options = compiling("nir");
  options.output = "out.nir";
  add_extra_words(options, "export,--profile,norse");
  CHECK(lines(options) ==
        Lines{"bin/nc-calibrate m.pt --method bn -o tmp/calibrated.snn",
              "bin/nc-fold tmp/calibrated.snn -o tmp/folded.snn",
              "bin/nc-spike tmp/folded.snn -o tmp/spiking.snn",
              "bin/nc-run tmp/spiking.snn --verify",
              "bin/nc-export-nir tmp/spiking.snn --profile norse "
              "-o out.nir"});
  CHECK(plan(options).network == "out.nir");
  CHECK(stages(with_data(options)) == Lines{"calibrate", "fold", "spike", "ann",
                                            "quantised", "snn", "export"});
  DriverOptions spiking = after({"nc-spike"}, compiling("nir"));
  spiking.output = "out.nir";
  CHECK(lines(spiking) == Lines{"bin/nc-run in.snn --verify",
                                "bin/nc-export-nir in.snn -o out.nir"});
  options.stop_after = "spike";
  options.extra.clear();
  CHECK(lines(options).back() == "bin/nc-spike tmp/folded.snn -o out.nir");
}

TEST_CASE("options go to the stages that read them") {
  DriverOptions options = with_data(compiling("cpu"));
  options.timesteps = 16;
  options.schedule = "pipelined";
  options.bits = "4";
  options.input_shape = "1,28,28";
  options.engine = "reference";
  options.quiet = true;
  CHECK(lines(options) ==
        Lines{"bin/nc-calibrate m.pt -T 16 --schedule pipelined --neuron "
              "signed-if --data mnist:D --input-shape 1,28,28 --quiet "
              "-o tmp/calibrated.snn",
              "bin/nc-fold tmp/calibrated.snn -o tmp/folded.snn",
              "bin/nc-spike tmp/folded.snn -T 16 --schedule pipelined "
              "--neuron signed-if --bits 4 -o out.snn",
              "bin/nc-run m.pt --data mnist:D --json tmp/ann.json "
              "--input-shape 1,28,28 --quiet",
              "bin/nc-run tmp/calibrated.snn --data mnist:D --json "
              "tmp/quantised.json --quiet",
              "bin/nc-run out.snn --data mnist:D --json tmp/snn.json "
              "--engine reference --verify --quiet"});
}

TEST_CASE("the exact schedule has plain neurons on every target") {
  for (const char* target : {"cpu", "loihi-sim", "ir"}) {
    DriverOptions options = compiling(target);
    options.schedule = "exact";
    for (const std::string& line : lines(options)) {
      CHECK_THAT(line, !Contains("--neuron"));
    }
  }
}

TEST_CASE("a network of floats stores no spikes to verify") {
  DriverOptions options = compiling("cpu");
  options.bits = "float";
  CHECK(stages(options) == Lines{"calibrate", "fold", "spike"});
  for (const std::string& line : lines(with_data(options))) {
    CHECK_THAT(line, !Contains("--verify"));
  }
}

TEST_CASE("a graph goes on where its history ends") {
  DriverOptions options = with_data(compiling("cpu"));
  CHECK(stages(after({"nc-import"}, options)) ==
        Lines{"calibrate", "fold", "spike", "ann", "quantised", "snn"});
  CHECK(stages(after({"nc-import", "nc-calibrate"}, options)) ==
        Lines{"fold", "spike", "quantised", "snn"});
  CHECK(stages(after({"nc-calibrate", "nc-fold"}, options)) ==
        Lines{"spike", "quantised", "snn"});
  CHECK(stages(after({"nc-calibrate", "nc-fold", "nc-spike"}, options)) ==
        Lines{"snn"});
  CHECK(plan(after({"nc-spike"}, options)).network == "in.snn");
  CHECK(lines(after({"nc-calibrate", "nc-fold"}, compiling("ir"))) ==
        Lines{"bin/nc-spike in.snn -o out.snn"});
}

TEST_CASE("a spiking graph without stored spikes is not verified") {
  DriverOptions options = after({"nc-spike"}, with_data(compiling("cpu")));
  options.has_probe = false;
  CHECK(lines(options) ==
        Lines{"bin/nc-run in.snn --data mnist:D --json tmp/snn.json"});
}

TEST_CASE("the last stage writes the output") {
  DriverOptions options = with_data(compiling("cpu"));
  options.stop_after = "calibrate";
  CHECK(lines(options) == Lines{"bin/nc-calibrate m.pt --neuron signed-if "
                                "--data mnist:D -o out.snn"});
  CHECK(plan(options).network == "out.snn");
  options.stop_after = "fold";
  CHECK(stages(options) == Lines{"calibrate", "fold"});
  CHECK(plan(options).network == "out.snn");
  options.stop_after = "quantised";
  CHECK(stages(options) ==
        Lines{"calibrate", "fold", "spike", "ann", "quantised"});
  CHECK(plan(options).network == "out.snn");
}

TEST_CASE("the strategy direct takes the form of its data, no statistics") {
  DriverOptions options = with_data(compiling("cpu"));
  options.strategy = "direct";
  options.measured = "mnist:D,split=val";
  CHECK(lines(options).front() ==
        "bin/nc-calibrate m.pt --neuron signed-if --method bn --data mnist:D "
        "-o tmp/calibrated.snn");
  CHECK(lines(options).back() ==
        "bin/nc-run out.snn --data mnist:D,split=val --json tmp/snn.json "
        "--verify");
}

TEST_CASE("the strategy finetune trains what nc-spike makes") {
  DriverOptions options = with_data(compiling("cpu"));
  options.strategy = "finetune";
  add_extra_words(options, "finetune,--epochs,3");
  CHECK(stages(options) == Lines{"calibrate", "fold", "spike", "finetune",
                                 "ann", "quantised", "snn"});
  CHECK(lines(options).at(3) ==
        "bin/nc-finetune tmp/spiking.snn --data mnist:D --teacher m.pt "
        "--distill 0.9 --temperature 2 --epochs 3 -o out.snn");
  options.target = "nir";
  options.extra["finetune"] = {"--teacher", "t.pt", "--distill", "1"};
  CHECK(lines(options).at(3) ==
        "bin/nc-finetune tmp/spiking.snn --data mnist:D --teacher t.pt "
        "--distill 1 -o tmp/finetuned.snn");
  CHECK(lines(options).back() ==
        "bin/nc-export-nir tmp/finetuned.snn -o out.snn");
  DriverOptions spiking = with_data(after({"nc-spike"}, compiling("cpu")));
  spiking.strategy = "finetune";
  CHECK(stages(spiking) == Lines{"finetune", "snn"});
}

TEST_CASE("strategies that cannot be are refused") {
  DriverOptions options = compiling("cpu");
  options.strategy = "finetune";
  check_fails(options, "--strategy finetune needs --data");
  options.strategy = "luck";
  check_fails(options,
              "--strategy: expected direct, calibrate, finetune; found 'luck'");
  DriverOptions done = with_data(after({"nc-spike"}, compiling("cpu")));
  done.strategy = "calibrate";
  check_fails(done,
              "--strategy: no stage that runs reads it: the input is a spiking "
              "network");
}

TEST_CASE("-W gives words to one stage") {
  DriverOptions options = compiling("ir");
  add_extra_words(options, "spike,--bits,4");
  add_extra_words(options, "spike,--max-pool,average");
  add_extra_words(options, "fold");
  CHECK(lines(options).at(2) ==
        "bin/nc-spike tmp/folded.snn --bits 4 --max-pool average -o out.snn");
  CHECK_THROWS_WITH(add_extra_words(options, "weld,--hot"),
                    Equals("-W: expected import, calibrate, fold, spike, "
                           "finetune, ann, quantised, snn, export; found "
                           "'weld'"));
  DriverOptions verifying = compiling("cpu");
  add_extra_words(verifying, "snn,--threads,1");
  CHECK(lines(verifying).at(3) == "bin/nc-run out.snn --verify --threads 1");
}

TEST_CASE("unknown targets and stages are refused") {
  check_fails(compiling("moon"),
              "--target: expected cpu, loihi-sim, nir, hls, rtl, "
              "ir; found 'moon'");
  DriverOptions options = compiling("cpu");
  options.stop_after = "lunch";
  check_fails(options,
              "--stop-after: expected import, calibrate, fold, spike, "
              "finetune, ann, quantised, snn, export; found 'lunch'");
  options.stop_after = "ann";
  check_fails(options,
              "--stop-after: the stage 'ann' is done already, or needs --data");
}

TEST_CASE("options that no stage would read are refused") {
  DriverOptions spiking = after({"nc-spike"}, compiling("cpu"));
  auto check = [](DriverOptions options, auto change,
                  const std::string& message) {
    change(options);
    check_fails(options, message);
  };
  const std::string why =
      ": no stage that runs reads it: the input is a spiking network";
  check(
      spiking, [](auto& o) { o.timesteps = 4; }, "-T" + why);
  check(
      spiking, [](auto& o) { o.schedule = "exact"; }, "--schedule" + why);
  check(
      spiking, [](auto& o) { o.bits = "4"; }, "--bits" + why);
  check(
      spiking, [](auto& o) { o.extra["spike"] = {"x"}; }, "-Wspike" + why);
  check(
      after({"nc-calibrate"}, compiling("cpu")),
      [](auto& o) { o.input_shape = "2"; },
      "--input-shape: no stage that runs reads it");
  check(
      compiling("ir"), [](auto& o) { o.engine = "torch"; },
      "--engine: no stage that runs reads it");
  check(
      compiling("cpu"), [](auto& o) { o.extra["ann"] = {"x"}; },
      "-Wann: no stage that runs reads it");
}

TEST_CASE("a spiking network leaves nothing to do without data") {
  const std::string message =
      "in.snn: nothing to do: it is a spiking network already (with --data, "
      "and another target than ir, it is measured)";
  check_fails(after({"nc-spike"}, compiling("ir")), message);
  check_fails(after({"nc-spike"}, with_data(compiling("ir"))), message);
  DriverOptions options = after({"nc-spike"}, compiling("cpu"));
  options.has_probe = false;
  check_fails(options, message);
}

// A NIR file of real numbers.
DriverOptions from_nir(const std::string& target) {
  DriverOptions options = compiling(target);
  options.input = "m.nir";
  options.is_nir = options.spikes = true;
  options.has_probe = false;
  return options;
}

TEST_CASE("a NIR file is imported, and becomes one of integers") {
  DriverOptions options = with_data(from_nir("loihi-sim"));
  options.timesteps = 20;
  options.dt = "0.001";
  CHECK(lines(options) ==
        Lines{"bin/nc-import m.nir -T 20 --dt 0.001 -o tmp/imported.snn",
              "bin/nc-spike tmp/imported.snn --data mnist:D --limits loihi2 "
              "-o out.snn",
              "bin/nc-run out.snn --data mnist:D --json tmp/snn.json --engine "
              "loihi --verify"});
  CHECK(lines(from_nir("cpu")) ==
        Lines{"bin/nc-import m.nir -o tmp/imported.snn",
              "bin/nc-spike tmp/imported.snn -o out.snn",
              "bin/nc-run out.snn --verify"});
}

TEST_CASE("a NIR file stays one of real numbers where that is asked for") {
  DriverOptions options = from_nir("cpu");
  options.bits = "float";
  CHECK(lines(options) == Lines{"bin/nc-import m.nir -o out.snn"});
  CHECK(plan(options).network == "out.snn");
}

TEST_CASE("a NIR file of integers is imported as it is") {
  DriverOptions options = from_nir("cpu");
  options.is_quantized = options.has_probe = true;
  options.done = {"nc-spike", "nc-export-nir"};
  CHECK(lines(options) ==
        Lines{"bin/nc-import m.nir -o out.snn", "bin/nc-run out.snn --verify"});
}

TEST_CASE("a NIR file without neurons goes the way of an ANN") {
  DriverOptions options = from_nir("ir");
  options.spikes = false;
  CHECK(stages(options) == Lines{"import", "calibrate", "fold", "spike"});
}

TEST_CASE("a spiking graph of real numbers only becomes one of integers") {
  DriverOptions options = after({"nc-import"}, compiling("ir"));
  options.spikes = true;
  options.timesteps = 6;
  options.schedule = "pipelined";
  CHECK(lines(options) ==
        Lines{"bin/nc-spike in.snn -T 6 --schedule pipelined -o out.snn"});
}

TEST_CASE("the check asks nc-import, with the shape") {
  DriverOptions options = compiling("cpu");
  CHECK(quoted(plan_check(options).words) ==
        "bin/nc-import m.pt --check --spiking");
  options.input_shape = "3,32,32";
  CHECK(quoted(plan_check(options).words) ==
        "bin/nc-import m.pt --check --spiking --input-shape 3,32,32");
}

TEST_CASE("a shell reads back quoted words") {
  CHECK(quoted({"a", "--b=c,d"}) == "a --b=c,d");
  CHECK(quoted({"a b", "", "it's", "$x"}) == "'a b' '' 'it'\\''s' '$x'");
  CHECK(quoted({"\xc3\xa9"}) == "'\xc3\xa9'");
  CHECK(quoted({"a\nb",
                "'\\\x1b"
                "2"}) == "$'a\\x0ab' $'\\'\\\\\\x1b2'");
}

}  // namespace
}  // namespace nc
