// weight * value as BITS bits, for each of LANES weights. VALUES: 0, each value
// counts 1; 1, it is +1 or -1 (two bits); 2, it is a number, multiplied by; 3,
// the same without a sign. One clock, except for 0 without REGISTERED: at once.
module snn_times #(
    parameter LANES = 1,
    parameter WEIGHT_BITS = 8,
    parameter VALUES = 0,
    parameter REGISTERED = 0,
    parameter VALUE_BITS = 1,
    parameter BITS = 16
) (
    input wire clk,
    input wire go,
    input wire [LANES*WEIGHT_BITS-1:0] weights,
    input wire [VALUE_BITS-1:0] value,
    output wire [LANES*BITS-1:0] products
);
  localparam FULL = VALUES == 0 ? WEIGHT_BITS : WEIGHT_BITS + VALUE_BITS;
  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lanes
      wire [WEIGHT_BITS-1:0] weight = weights[i*WEIGHT_BITS+:WEIGHT_BITS];
      wire [FULL-1:0] product;
      wire [FULL+BITS-1:0] wide = {{BITS{product[FULL-1]}}, product};
      assign products[i*BITS+:BITS] = wide[BITS-1:0];
      wire unused_bits = &{1'b0, wide};
      if (VALUES == 0 && REGISTERED != 0) begin : later_ones
        reg [FULL-1:0] result;
        assign product = result;
        always @(posedge clk) if (go) result <= weight;
      end else if (VALUES == 0) begin : ones
        assign product = weight;
      end else begin : others
        wire [FULL-1:0] wide_weight =
            {{VALUE_BITS{weight[WEIGHT_BITS-1]}}, weight};
        reg [FULL-1:0] result;
        assign product = result;
        if (VALUES == 1) begin : signs
          always @(posedge clk) begin
            if (go) begin
              result <= value[VALUE_BITS-1] ? ~wide_weight + 1'b1 : wide_weight;
            end
          end
        end else begin : numbers
          wire sign = VALUES == 2 && value[VALUE_BITS-1];
          wire signed [VALUE_BITS:0] factor = {sign, value};
          wire signed [WEIGHT_BITS-1:0] other = weight;
          wire signed [FULL:0] all = factor * other;
          always @(posedge clk) if (go) result <= all[FULL-1:0];
          wire unused_top = &{1'b0, all[FULL], wide_weight};
        end
      end
    end
    if (VALUES == 0) begin : at_once
      wire unused = &{1'b0, clk, go, value};
    end else if (VALUES == 1) begin : by_sign
      wire unused = &{1'b0, value};
    end
  endgenerate
endmodule
