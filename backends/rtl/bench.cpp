#include "backends/rtl/golden.h"
#include "backends/rtl/project.h"
#include "backends/rtl/template.h"

namespace nc {
namespace {

std::string number(int64_t value) { return std::to_string(value); }

// What goes by as valid and data, against a table of tokens.
struct Check {
  std::string title;  // "layer 'if1'"
  std::string id;
  std::string valid;
  std::string data;
  const RtlTable& tokens;
};

std::string check_text(const Check& check) {
  return filled(R"(  wire @id@_done;
  wire [31:0] @id@_different;
  snn_check #(
      .NAME("@title@"),
      .FILE("@file@"),
      .WIDTH(@bits@),
      .TOKENS(@tokens@)
  ) @id@ (
      .clk(clk),
      .rst(rst),
      .valid(@valid@),
      .data(@data@),
      .done(@id@_done),
      .different(@id@_different)
  );
)",
                {{"id", check.id},
                 {"title", check.title},
                 {"file", check.tokens.file},
                 {"bits", number(check.tokens.bits)},
                 {"tokens", number(check.tokens.size())},
                 {"valid", check.valid},
                 {"data", check.data}});
}

std::vector<Check> layer_checks(const RtlProject& project,
                                const RtlGolden& golden) {
  std::vector<Check> checks;
  int64_t low = 0;
  for (const RtlMonitor& each : project.plan.monitors) {
    const RtlTable& tokens = golden.spikes[checks.size()];
    std::string layer = std::to_string(checks.size());
    int64_t bits = token_bits(each.image, each.value);
    checks.push_back({"layer '" + each.node + "'", "layer_" + layer,
                      "monitor_valid[" + layer + "]",
                      "monitor_data[" + number(low) + "+:" + number(bits) + "]",
                      tokens});
    low += bits;
  }
  return checks;
}

// After so many clocks without a token something is stuck.
int64_t most_idle(const RtlPlan& plan) {
  double cycles = 0;
  for (const RtlInstance& each : plan.instances) cycles += each.cycles;
  return 5000 + static_cast<int64_t>(8 * cycles);
}

Gaps gaps_of(const RtlProject& project, const RtlGolden& golden) {
  const RtlPlan& plan = project.plan;
  return {
      {"in_bits", number(plan.input.bits)},
      {"in_range", bit_range(plan.input.bits)},
      {"in_tokens", number(golden.input.size())},
      {"out_bits", number(plan.output.bits)},
      {"out_range", bit_range(plan.output.bits)},
      {"class_range", bit_range(plan.output.image.class_bits())},
      {"layer_range", bit_range(static_cast<int64_t>(plan.monitors.size()))},
      {"monitor_range", bit_range(monitor_bits(plan))},
      {"samples", number(project.golden.samples)},
      {"steps", number(project.graph.run.timesteps)},
      {"layers", number(static_cast<int64_t>(plan.monitors.size()))},
      {"most_idle", number(most_idle(plan))}};
}

}  // namespace

ProjectFile rtl_bench(const RtlProject& project) {
  RtlGolden golden = golden_tokens(project);
  Gaps gaps = gaps_of(project, golden);
  std::vector<Check> checks = layer_checks(project, golden);
  for (const Check& each : checks) {
    gaps["spikes"] +=
        (gaps["spikes"].empty() ? "" : " + ") + each.id + "_different";
  }
  checks.push_back({"output", "output_tokens", "out_valid && out_ready",
                    "out_data", golden.output});
  checks.push_back({"best_class", "best_classes", "best_valid",
                    "{1'b0, best_class}", golden.best_class});
  for (const Check& each : checks) {
    gaps["done"] += (gaps["done"].empty() ? "" : " && ") + each.id + "_done";
    gaps["checks"] += check_text(each);
  }
  return {
      "bench.v",
      filled(
          R"(// Feeds the stored probe to the network and compares every token that a layer
// sends, and the outputs, with those of the reference engine.
// PAUSES: the feed and the reader of the outputs rest now and then.
module bench #(
    parameter PAUSES = 0
) (
    input wire clk,
    input wire rst,
    output wire done,
    output wire failed
);
  wire in_valid;
  wire in_ready;
  wire @in_range@ in_data;
  wire out_valid;
  wire out_ready;
  wire @out_range@ out_data;
  wire best_valid;
  wire @class_range@ best_class;
  wire @layer_range@ monitor_valid;
  wire @monitor_range@ monitor_data;

  snn network (
      .clk(clk),
      .rst(rst),
      .in_valid(in_valid),
      .in_ready(in_ready),
      .in_data(in_data),
      .out_valid(out_valid),
      .out_ready(out_ready),
      .out_data(out_data),
      .best_valid(best_valid),
      .best_class(best_class),
      .monitor_valid(monitor_valid),
      .monitor_data(monitor_data)
  );
  snn_pause #(
      .PAUSES(PAUSES),
      .SEED(16'h1234)
  ) reader (
      .clk(clk),
      .rst(rst),
      .holds(1'b0),
      .goes(out_ready)
  );

  snn_feed #(
      .PAUSES(PAUSES),
      .FILE("tb_data/input.hex"),
      .WIDTH(@in_bits@),
      .TOKENS(@in_tokens@)
  ) feed (
      .clk(clk),
      .rst(rst),
      .valid(in_valid),
      .ready(in_ready),
      .data(in_data)
  );

@checks@
  snn_verdict #(
      .SAMPLES(@samples@),
      .STEPS(@steps@),
      .LAYERS(@layers@),
      .MOST_IDLE(@most_idle@)
  ) verdict (
      .clk(clk),
      .rst(rst),
      .starts(in_valid && in_ready),
      .moves(|monitor_valid || (out_valid && out_ready) ||
             (in_valid && in_ready)),
      .complete(@done@),
      .spikes(@spikes@),
      .outputs(output_tokens_different + best_classes_different),
      .done(done),
      .failed(failed)
  );
endmodule
)",
          gaps)};
}

ProjectFile rtl_pins_bench(const RtlProject& project) {
  RtlGolden golden = golden_tokens(project);
  Gaps gaps = gaps_of(project, golden);
  gaps["check"] =
      check_text({"output", "output_tokens", "valid", "data", golden.output});
  return {
      "pins_bench.v",
      filled(
          R"(// Shifts the stored probe through the pins and compares the tokens that come
// with those of the reference engine.
module pins_bench (
    input wire clk,
    input wire rst,
    output wire done,
    output wire failed
);
  wire in_shift, in_bit, in_put, in_free;
  wire out_next, out_shift, out_has, out_bit;
  wire valid;
  wire @out_range@ data;

  pins pins (
      .clk(clk),
      .rst(rst),
      .in_shift(in_shift),
      .in_bit(in_bit),
      .in_put(in_put),
      .in_free(in_free),
      .out_next(out_next),
      .out_shift(out_shift),
      .out_has(out_has),
      .out_bit(out_bit)
  );
  snn_drive #(
      .FILE("tb_data/input.hex"),
      .IN_WIDTH(@in_bits@),
      .TOKENS(@in_tokens@),
      .OUT_WIDTH(@out_bits@)
  ) drive (
      .clk(clk),
      .rst(rst),
      .in_shift(in_shift),
      .in_bit(in_bit),
      .in_put(in_put),
      .in_free(in_free),
      .out_next(out_next),
      .out_shift(out_shift),
      .out_has(out_has),
      .out_bit(out_bit),
      .valid(valid),
      .data(data)
  );
@check@
  snn_verdict #(
      .SAMPLES(@samples@),
      .STEPS(@steps@),
      .LAYERS(0),
      .MOST_IDLE(@most_idle@)
  ) verdict (
      .clk(clk),
      .rst(rst),
      .starts(in_shift),
      .moves(in_shift || valid),
      .complete(output_tokens_done),
      .spikes(32'd0),
      .outputs(output_tokens_different),
      .done(done),
      .failed(failed)
  );
endmodule
)",
          gaps)};
}

}  // namespace nc
