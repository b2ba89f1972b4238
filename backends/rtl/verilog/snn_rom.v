// Constants in block RAM, from a file of hexadecimal words. What is read is
// there one clock later.
module snn_rom #(
    parameter WIDTH = 8,
    parameter DEPTH = 2,
    parameter ADDRESS_BITS = 1,
    parameter FILE = "none"
) (
    input wire clk,
    input wire enable,
    input wire [ADDRESS_BITS-1:0] address,
    output reg [WIDTH-1:0] data
);
  reg [WIDTH-1:0] memory[0:DEPTH-1];
  initial $readmemh(FILE, memory);
  always @(posedge clk) if (enable) data <= memory[address];
endmodule
