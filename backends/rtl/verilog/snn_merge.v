// Several streams as one, for sums: their tokens in any order, then one end of
// step when each of them has ended its own. A token's highest bit says that it
// is the end.
module snn_merge #(
    parameter STREAMS = 2,
    parameter WIDTH = 8
) (
    input wire clk,
    input wire rst,
    input wire [STREAMS-1:0] in_valid,
    output wire [STREAMS-1:0] in_ready,
    input wire [STREAMS*WIDTH-1:0] in_data,
    output reg out_valid,
    input wire out_ready,
    output reg [WIDTH-1:0] out_data
);
  reg [STREAMS-1:0] ended;
  wire [STREAMS-1:0] waiting = in_valid & ~ended;
  wire [STREAMS-1:0] chosen = waiting & (~waiting + 1'b1);
  wire go = !out_valid || out_ready;
  assign in_ready = chosen & {STREAMS{go}};

  reg [WIDTH-1:0] token;
  integer i;
  always @* begin
    token = 0;
    for (i = 0; i < STREAMS; i = i + 1) begin
      if (chosen[i]) token = token | in_data[i*WIDTH+:WIDTH];
    end
  end
  wire ends = token[WIDTH-1];
  wire ends_all = &(ended | chosen);

  always @(posedge clk) begin
    if (go) out_data <= token;
    if (rst) begin
      ended <= 0;
      out_valid <= 0;
    end else if (go) begin
      out_valid <= |waiting && (!ends || ends_all);
      if (|waiting && ends) ended <= ends_all ? {STREAMS{1'b0}} : ended | chosen;
    end
  end
endmodule
