// Spikes and reset of one neuron, a pipeline of LEVELS clocks, and one more
// with SIGNED: there a membrane below 0 takes a spike back (value -1) where
// the net count of spikes is above 0. The count comes and goes beside the
// membrane. `first` is the membrane before the first step.
module snn_fire #(
    parameter BITS = 8,
    parameter VALUE_BITS = 1,  // LEVELS, and one more with SIGNED
    parameter THRESHOLD_BITS = 4,
    parameter LEVELS = 1,
    parameter STRICT = 0,
    parameter SIGNED = 0,
    parameter NET_BITS = 1,
    parameter RESETS = 0,  // to RESET_VALUE; 0: by subtraction
    parameter RESET_VALUE = 0,
    parameter HALF = 1  // first = threshold / 2, or 0
) (
    input wire clk,
    input wire go,
    input wire [BITS-1:0] v,
    input wire [THRESHOLD_BITS-1:0] threshold,
    input wire [NET_BITS-1:0] net,
    output wire [VALUE_BITS-1:0] value,
    output wire [BITS-1:0] next_v,
    output wire [NET_BITS-1:0] next_net,
    output wire [BITS-1:0] first
);
  wire [(LEVELS+1)*BITS-1:0] vs;
  wire [(LEVELS+1)*THRESHOLD_BITS-1:0] thresholds;
  wire [(LEVELS+1)*LEVELS-1:0] counts;
  assign vs[0+:BITS] = v;
  assign thresholds[0+:THRESHOLD_BITS] = threshold;
  assign counts[0+:LEVELS] = 0;
  genvar i;
  generate
    for (i = 0; i < LEVELS; i = i + 1) begin : levels
      snn_level #(
          .LEVEL(LEVELS - 1 - i),
          .LEVELS(LEVELS),
          .STRICT(STRICT),
          .BITS(BITS),
          .THRESHOLD_BITS(THRESHOLD_BITS)
      ) level (
          .clk(clk),
          .go(go),
          .v(vs[i*BITS+:BITS]),
          .threshold(thresholds[i*THRESHOLD_BITS+:THRESHOLD_BITS]),
          .spikes(counts[i*LEVELS+:LEVELS]),
          .next_v(vs[(i+1)*BITS+:BITS]),
          .next_threshold(thresholds[(i+1)*THRESHOLD_BITS+:THRESHOLD_BITS]),
          .next_spikes(counts[(i+1)*LEVELS+:LEVELS])
      );
    end
  endgenerate

  wire [BITS-1:0] rest = vs[LEVELS*BITS+:BITS];
  wire [LEVELS-1:0] count = counts[LEVELS*LEVELS+:LEVELS];
  wire [BITS-1:0] wide_threshold = {
    {(BITS - THRESHOLD_BITS) {1'b0}},
    thresholds[LEVELS*THRESHOLD_BITS+:THRESHOLD_BITS]
  };
  wire [BITS-1:0] half = HALF != 0 ? wide_threshold >> 1 : {BITS{1'b0}};
  wire [31:0] value_32 = RESET_VALUE;
  wire [BITS+31:0] reset_value = {{BITS{value_32[31]}}, value_32};
  wire unused_bits = &{1'b0, reset_value};
  wire [BITS-1:0] left = RESETS != 0 && count != 0 ? reset_value[BITS-1:0] : rest;

  generate
    if (SIGNED != 0) begin : takes_back
      wire [NET_BITS-1:0] net_now;
      snn_delay #(
          .WIDTH(NET_BITS),
          .CLOCKS(LEVELS)
      ) net_delay (
          .clk(clk),
          .go(go),
          .data(net),
          .delayed(net_now)
      );
      wire takes = rest[BITS-1] && net_now != 0;
      wire [BITS-1:0] lifted =
          RESETS != 0 ? reset_value[BITS-1:0] : rest + wide_threshold;
      wire [NET_BITS+LEVELS-1:0] wide_count = {{NET_BITS{1'b0}}, count};
      reg [BITS-1:0] v_after;
      reg [BITS-1:0] half_after;
      reg [VALUE_BITS-1:0] value_after;
      reg [NET_BITS-1:0] net_after;
      always @(posedge clk) begin
        if (go) begin
          v_after <= takes ? lifted : left;
          half_after <= half;
          value_after <= takes ? {VALUE_BITS{1'b1}} : {1'b0, count};
          net_after <= net_now + (takes ? {NET_BITS{1'b1}}
                                        : wide_count[NET_BITS-1:0]);
        end
      end
      wire unused = &{1'b0, wide_count};
      assign next_v = v_after;
      assign first = half_after;
      assign value = value_after;
      assign next_net = net_after;
    end else begin : counts_up
      assign next_v = left;
      assign first = half;
      assign value = count;
      assign next_net = 0;
      wire unused = &{1'b0, net};
    end
  endgenerate
endmodule
