#include "backends/rtl/project.h"
#include "backends/rtl/template.h"

namespace nc {

ProjectFile rtl_pins(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  auto number = [](int64_t value) { return std::to_string(value); };
  Gaps gaps = {
      {"in_range", bit_range(plan.input.bits)},
      {"in_below", number(plan.input.bits - 2)},
      {"out_range", bit_range(plan.output.bits)},
      {"out_top", number(plan.output.bits - 1)},
      {"out_below", number(plan.output.bits - 2)},
      {"class_range", bit_range(plan.output.image.class_bits())},
      {"layer_range", bit_range(static_cast<int64_t>(plan.monitors.size()))},
      {"monitor_range", bit_range(monitor_bits(plan))}};
  return {
      "pins.v",
      filled(
          R"(// The network behind a few pins: tokens come and go bit by bit, the highest
// first. in_put hands over what was shifted in; out_next takes the next token
// when out_has says that there is one.
module pins (
    input wire clk,
    input wire rst,
    input wire in_shift,
    input wire in_bit,
    input wire in_put,
    output wire in_free,
    input wire out_next,
    input wire out_shift,
    output wire out_has,
    output wire out_bit
);
  reg @in_range@ in_token;
  reg in_valid;
  wire in_ready;
  reg @out_range@ out_token;
  wire out_valid;
  wire @out_range@ out_data;
  wire unused_valid;
  wire @class_range@ unused_class;
  wire @layer_range@ unused_monitor_valid;
  wire @monitor_range@ unused_monitor_data;
  assign in_free = !in_valid;
  assign out_has = out_valid;
  assign out_bit = out_token[@out_top@];
  always @@(posedge clk) begin
    if (in_shift) in_token <= {in_token[@in_below@:0], in_bit};
    if (out_next) out_token <= out_data;
    else if (out_shift) out_token <= {out_token[@out_below@:0], 1'b0};
    if (rst) in_valid <= 0;
    else if (in_put) in_valid <= 1;
    else if (in_ready) in_valid <= 0;
  end
  snn network (
      .clk(clk),
      .rst(rst),
      .in_valid(in_valid),
      .in_ready(in_ready),
      .in_data(in_token),
      .out_valid(out_valid),
      .out_ready(out_next),
      .out_data(out_data),
      .best_valid(unused_valid),
      .best_class(unused_class),
      .monitor_valid(unused_monitor_valid),
      .monitor_data(unused_monitor_data)
  );
endmodule
)",
          gaps)};
}

}  // namespace nc
