// Sums in RAM: LANES of them in each row. `add` adds a row of deltas, one row
// per clock, also to the same row again and again; `replace` writes a row. To
// read, give `read_row`: the row is at `data` one clock later, where no add is
// on its way (they take two clocks).
module snn_accumulator #(
    parameter LANES = 1,
    parameter ROWS = 2,
    parameter ROW_BITS = 1,
    parameter BITS = 8
) (
    input wire clk,
    input wire rst,
    input wire add,
    input wire replace,
    input wire [ROW_BITS-1:0] row,
    input wire [LANES*BITS-1:0] deltas,
    input wire read,
    input wire [ROW_BITS-1:0] read_row,
    output wire [LANES*BITS-1:0] data
);
  reg is_busy;     // a row is being written
  reg is_again;    // the same row as in the clock before
  reg is_new;      // it is replaced
  reg [ROW_BITS-1:0] at;
  reg [LANES*BITS-1:0] delta;
  reg [LANES*BITS-1:0] before;  // what was written in the clock before
  wire [LANES*BITS-1:0] sums;

  snn_ram #(
      .WIDTH(LANES * BITS),
      .DEPTH(ROWS),
      .ADDRESS_BITS(ROW_BITS)
  ) sums_ram (
      .clk(clk),
      .read(add || read),
      .read_address(add ? row : read_row),
      .data(data),
      .write(is_busy),
      .write_address(at),
      .write_data(sums)
  );

  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
      wire [BITS-1:0] base = is_again ? before[lane*BITS+:BITS]
                           : is_new ? {BITS{1'b0}} : data[lane*BITS+:BITS];
      assign sums[lane*BITS+:BITS] = base + delta[lane*BITS+:BITS];
    end
  endgenerate

  always @(posedge clk) begin
    at <= row;
    delta <= deltas;
    before <= sums;
    is_new <= replace;
    is_again <= add && is_busy && row == at;
    is_busy <= !rst && (add || replace);
  end
endmodule
