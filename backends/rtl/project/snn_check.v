// Compares the tokens that go by with those of a file; of the end of a step,
// which has neither place nor value, only that it comes.
module snn_check #(
    parameter NAME = "none",
    parameter FILE = "none",
    parameter WIDTH = 8,
    parameter TOKENS = 2
) (
    input wire clk,
    input wire rst,
    input wire valid,
    input wire [WIDTH-1:0] data,
    output wire done,
    output reg [31:0] different
);
  reg [WIDTH-1:0] tokens[0:TOKENS-1];
  initial $readmemh(FILE, tokens);
  reg [31:0] at;
  reg [31:0] step;
  assign done = at >= TOKENS;
  wire [WIDTH-1:0] expected = tokens[done ? 0 : at];
  wire ends = expected[WIDTH-1];
  wire differs = done || (ends ? data[WIDTH-1] !== 1'b1 : data !== expected);
  always @(posedge clk) begin
    if (rst) begin
      at <= 0;
      step <= 0;
      different <= 0;
    end else if (valid) begin
      at <= at + 1;
      if (ends) step <= step + 1;
      if (differs) different <= different + 1;
      if (differs && different == 0) begin
        $display("first difference: %0s, token %0d, step %0d of all samples: ",
                 NAME, at, step, "expected %h, found %h", expected, data);
      end
    end
  end
endmodule
