// Along one axis: how many windows hold position `at`, and the first of them,
// from a table; with SIZE = 0, one: the position itself. A clock later.
module snn_axis #(
    parameter TABLE = "none",
    parameter SIZE = 0,
    parameter IN_BITS = 1,
    parameter OUT_BITS = 1,
    parameter COUNT_BITS = 1
) (
    input wire clk,
    input wire enable,
    input wire [IN_BITS-1:0] at,
    output wire [COUNT_BITS-1:0] count,
    output wire [OUT_BITS-1:0] first
);
  generate
    if (SIZE != 0) begin : by_table
      snn_rom #(
          .WIDTH(COUNT_BITS + OUT_BITS),
          .DEPTH(SIZE),
          .ADDRESS_BITS(IN_BITS),
          .FILE(TABLE)
      ) rom (
          .clk(clk),
          .enable(enable),
          .address(at),
          .data({count, first})
      );
    end else begin : stays
      reg [IN_BITS-1:0] kept;
      always @(posedge clk) if (enable) kept <= at;
      assign first = kept;
      assign count = 1;
    end
  endgenerate
endmodule
