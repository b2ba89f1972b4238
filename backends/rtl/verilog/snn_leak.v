// v * decay / 4096 towards 0, two clocks later; with LEAKS = 0, v at once.
module snn_leak #(
    parameter LEAKS = 0,
    parameter BITS = 8,
    parameter DECAY_BITS = 13
) (
    input wire clk,
    input wire go,
    input wire [BITS-1:0] v,
    input wire [DECAY_BITS-1:0] decay,
    output wire [BITS-1:0] leaked
);
  generate
    if (LEAKS != 0) begin : leaks
      wire [BITS-1:0] size = v[BITS-1] ? ~v + 1'b1 : v;
      reg [BITS+DECAY_BITS-1:0] product;
      reg is_negative;
      reg was_negative;
      reg [BITS-1:0] rest;
      always @(posedge clk) begin
        if (go) begin
          product <= {{DECAY_BITS{1'b0}}, size} * {{BITS{1'b0}}, decay};
          is_negative <= v[BITS-1];
          rest <= product[12+:BITS];
          was_negative <= is_negative;
        end
      end
      assign leaked = was_negative ? ~rest + 1'b1 : rest;
      wire unused = &{1'b0, product};
    end else begin : stays
      assign leaked = v;
      wire unused = &{1'b0, clk, go, decay};
    end
  endgenerate
endmodule
