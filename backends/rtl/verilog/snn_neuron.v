// A neuron per clock, as a pipeline: what arrived (v), what arrives in every
// step (kept) and the bias are added, clamped to +-LIMIT, then MODE decides:
//   0  fires and resets (snn_fire)
//   1  hands the sum on, and starts the next step from 0
//   2  hands the sum on, and keeps it
// At the end v leaks, for the step to come. `starts` (which does not change
// while neurons are in the pipeline) makes next_v that of a new sample.
module snn_neuron #(
    parameter MODE = 0,
    parameter BITS = 8,
    parameter VALUE_BITS = 1,
    parameter LIMIT = 0,  // 0: none
    parameter RECTIFIES = 0,
    parameter THRESHOLD_BITS = 4,
    parameter LEVELS = 1,
    parameter STRICT = 0,
    parameter SIGNED = 0,
    parameter NET_BITS = 1,
    parameter RESETS = 0,
    parameter RESET_VALUE = 0,
    parameter HALF = 1,
    parameter LEAKS = 0,
    parameter DECAY_BITS = 13,
    parameter CLOCKS = 3  // in all, of these parameters: see snn_neurons
) (
    input wire clk,
    input wire go,
    input wire starts,
    input wire [BITS-1:0] v,
    input wire [BITS-1:0] kept,
    input wire [BITS-1:0] bias,
    input wire [THRESHOLD_BITS-1:0] threshold,
    input wire [DECAY_BITS-1:0] decay,
    input wire [NET_BITS-1:0] net,
    output wire [VALUE_BITS-1:0] value,
    output wire [BITS-1:0] next_v,
    output wire [NET_BITS-1:0] next_net
);
  localparam CLAMPED = LIMIT != 0 ? 3 : 2;  // clocks until then
  localparam LEAKING = LEAKS != 0 ? 2 : 0;

  reg [BITS-1:0] part;
  reg [BITS-1:0] other;
  reg [BITS-1:0] sum;
  always @(posedge clk) begin
    if (go) begin
      part <= v + bias;
      other <= kept;
      sum <= part + other;
    end
  end

  wire [BITS-1:0] clamped;
  generate
    if (LIMIT != 0) begin : clamps
      wire [BITS-1:0] most = LIMIT;
      wire [BITS-1:0] least = ~most + 1'b1;
      reg [BITS-1:0] within;
      always @(posedge clk) begin
        if (go) begin
          within <= sum[BITS-1] ? (sum < least ? least : sum)
                                : (sum > most ? most : sum);
        end
      end
      assign clamped = within;
    end else begin : free
      assign clamped = sum;
    end
  endgenerate

  wire [BITS-1:0] after;
  wire [VALUE_BITS-1:0] sent;
  wire [NET_BITS-1:0] net_after;
  generate
    if (MODE == 0) begin : fires
      wire [THRESHOLD_BITS-1:0] threshold_now;
      wire [NET_BITS-1:0] net_now;
      wire [BITS-1:0] fired;
      wire [BITS-1:0] first;
      wire [NET_BITS-1:0] fired_net;
      snn_delay #(
          .WIDTH(THRESHOLD_BITS + NET_BITS),
          .CLOCKS(CLAMPED)
      ) delay (
          .clk(clk),
          .go(go),
          .data({threshold, net}),
          .delayed({threshold_now, net_now})
      );
      snn_fire #(
          .BITS(BITS),
          .VALUE_BITS(VALUE_BITS),
          .THRESHOLD_BITS(THRESHOLD_BITS),
          .LEVELS(LEVELS),
          .STRICT(STRICT),
          .SIGNED(SIGNED),
          .NET_BITS(NET_BITS),
          .RESETS(RESETS),
          .RESET_VALUE(RESET_VALUE),
          .HALF(HALF)
      ) fire (
          .clk(clk),
          .go(go),
          .v(clamped),
          .threshold(threshold_now),
          .net(net_now),
          .value(sent),
          .next_v(fired),
          .next_net(fired_net),
          .first(first)
      );
      assign after = starts ? first : fired;
      assign net_after = starts ? {NET_BITS{1'b0}} : fired_net;
    end else begin : hands_on
      assign sent = RECTIFIES != 0 && clamped[BITS-1] ? {VALUE_BITS{1'b0}}
                                                      : clamped[VALUE_BITS-1:0];
      assign after = starts || MODE == 1 ? {BITS{1'b0}} : clamped;
      assign net_after = 0;
      wire unused = &{1'b0, threshold, net};
    end
  endgenerate

  wire [DECAY_BITS-1:0] decay_now;
  snn_delay #(
      .WIDTH(DECAY_BITS),
      .CLOCKS(CLOCKS - LEAKING)
  ) decay_delay (
      .clk(clk),
      .go(go),
      .data(decay),
      .delayed(decay_now)
  );
  snn_leak #(
      .LEAKS(LEAKS),
      .BITS(BITS),
      .DECAY_BITS(DECAY_BITS)
  ) leak (
      .clk(clk),
      .go(go),
      .v(after),
      .decay(decay_now),
      .leaked(next_v)
  );
  snn_delay #(
      .WIDTH(VALUE_BITS + NET_BITS),
      .CLOCKS(LEAKING)
  ) value_delay (
      .clk(clk),
      .go(go),
      .data({sent, net_after}),
      .delayed({value, next_net})
  );
endmodule
