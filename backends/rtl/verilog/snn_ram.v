// A memory with a port to read and one to write. What is read in the clock in
// which the same word is written is not defined: nobody does so, or uses it.
module snn_ram #(
    parameter WIDTH = 8,
    parameter DEPTH = 2,
    parameter ADDRESS_BITS = 1
) (
    input wire clk,
    input wire read,
    input wire [ADDRESS_BITS-1:0] read_address,
    output reg [WIDTH-1:0] data,
    input wire write,
    input wire [ADDRESS_BITS-1:0] write_address,
    input wire [WIDTH-1:0] write_data
);
  reg [WIDTH-1:0] memory[0:DEPTH-1];
  always @(posedge clk) begin
    if (write) memory[write_address] <= write_data;
  end
  always @(posedge clk) begin
    if (read) begin
      data <= memory[read_address];
      if (write && read_address == write_address) data <= {WIDTH{1'bx}};
    end
  end
endmodule
