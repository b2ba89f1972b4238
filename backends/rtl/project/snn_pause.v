// Rests now and then, for as long as chance has it: goes is 1 in about half of
// the clocks. While `holds` it stays as it is: who has offered a token does not
// take it back.
module snn_pause #(
    parameter PAUSES = 0,
    parameter SEED = 16'h1
) (
    input wire clk,
    input wire rst,
    input wire holds,
    output wire goes
);
  reg [15:0] chance;  // a shift register with feedback from 16, 15, 13 and 4
  wire next = chance[15] ^ chance[14] ^ chance[12] ^ chance[3];
  assign goes = PAUSES == 0 || (chance[2] ^ chance[9]);
  always @(posedge clk) begin
    if (rst) chance <= SEED;
    else if (!holds) chance <= {chance[14:0], next};
  end
endmodule
