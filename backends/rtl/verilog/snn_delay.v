// `data` as it was so many clocks with `go` ago.
module snn_delay #(
    parameter WIDTH = 1,
    parameter CLOCKS = 0
) (
    input wire clk,
    input wire go,
    input wire [WIDTH-1:0] data,
    output wire [WIDTH-1:0] delayed
);
  generate
    if (CLOCKS == 0) begin : at_once
      assign delayed = data;
      wire unused = &{1'b0, clk, go};
    end else begin : later
      reg [WIDTH*CLOCKS-1:0] past;
      wire [WIDTH*(CLOCKS+1)-1:0] all = {past, data};
      always @(posedge clk) if (go) past <= all[WIDTH*CLOCKS-1:0];
      assign delayed = all[WIDTH*CLOCKS+:WIDTH];
    end
  endgenerate
endmodule
