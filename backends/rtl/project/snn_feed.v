// Sends the tokens of a file, one after the other.
module snn_feed #(
    parameter PAUSES = 0,
    parameter FILE = "none",
    parameter WIDTH = 8,
    parameter TOKENS = 2
) (
    input wire clk,
    input wire rst,
    output wire valid,
    input wire ready,
    output wire [WIDTH-1:0] data
);
  reg [WIDTH-1:0] tokens[0:TOKENS-1];
  initial $readmemh(FILE, tokens);
  reg [31:0] at;
  wire goes;
  snn_pause #(
      .PAUSES(PAUSES),
      .SEED(16'h4321)
  ) pause (
      .clk(clk),
      .rst(rst),
      .holds(valid && !ready),
      .goes(goes)
  );
  assign valid = !rst && at < TOKENS && goes;
  assign data = tokens[at];
  always @(posedge clk) begin
    if (rst) at <= 0;
    else if (valid && ready) at <= at + 1;
  end
endmodule
