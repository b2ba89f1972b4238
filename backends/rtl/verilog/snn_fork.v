// Hands every token to each of several readers, who take it when they can.
module snn_fork #(
    parameter BRANCHES = 2
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    output wire [BRANCHES-1:0] out_valid,
    input wire [BRANCHES-1:0] out_ready
);
  reg [BRANCHES-1:0] done;  // have this token already
  assign out_valid = {BRANCHES{in_valid}} & ~done;
  assign in_ready = &(done | out_ready);

  always @(posedge clk) begin
    if (rst) done <= 0;
    else if (in_valid) done <= in_ready ? {BRANCHES{1'b0}} : done | out_ready;
  end
endmodule
