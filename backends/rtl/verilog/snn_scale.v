// a * FACTOR, modulo 2^OUT_BITS, as a sum of shifts: few are needed for the
// sizes of layers, and multipliers are left to weights.
module snn_scale #(
    parameter FACTOR = 1,
    parameter IN_BITS = 1,
    parameter OUT_BITS = 1
) (
    input wire [IN_BITS-1:0] a,
    output reg [OUT_BITS-1:0] product
);
  localparam [31:0] FACTORS = FACTOR;
  wire [IN_BITS+OUT_BITS-1:0] wide = {{OUT_BITS{1'b0}}, a};
  wire unused = &{1'b0, wide};
  integer i;
  always @* begin
    product = 0;
    for (i = 0; i < OUT_BITS && i < 32; i = i + 1) begin
      if (FACTORS[i]) product = product + (wide[OUT_BITS-1:0] << i);
    end
  end
endmodule
