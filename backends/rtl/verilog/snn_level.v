// One stage of firing: takes threshold * 2^LEVEL from the membrane where that
// leaves no less than 0, and then counts 2^LEVEL spikes. STRICT: a membrane at
// the threshold does not fire. BITS hold the threshold at every level.
module snn_level #(
    parameter LEVEL = 0,
    parameter LEVELS = 1,
    parameter STRICT = 0,
    parameter BITS = 8,
    parameter THRESHOLD_BITS = 4
) (
    input wire clk,
    input wire go,
    input wire [BITS-1:0] v,
    input wire [THRESHOLD_BITS-1:0] threshold,
    input wire [LEVELS-1:0] spikes,
    output reg [BITS-1:0] next_v,
    output reg [THRESHOLD_BITS-1:0] next_threshold,
    output reg [LEVELS-1:0] next_spikes
);
  wire [LEVELS:0] one = 1;
  wire [LEVELS:0] step = one << LEVEL;
  wire [BITS:0] wide_threshold =
      {{(BITS + 1 - THRESHOLD_BITS) {1'b0}}, threshold} << LEVEL;
  wire [BITS:0] rest = {v[BITS-1], v} - wide_threshold;
  wire stays = STRICT != 0 && LEVEL == 0 && rest == 0 && spikes == 0;
  wire fires = !rest[BITS] && !stays;

  always @(posedge clk) begin
    if (go) begin
      next_v <= fires ? rest[BITS-1:0] : v;
      next_threshold <= threshold;
      next_spikes <= fires ? spikes | step[LEVELS-1:0] : spikes;
    end
  end
  wire unused = &{1'b0, step[LEVELS]};
endmodule
