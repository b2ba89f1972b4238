// Sums in RAM: LANES of them in each row. `add` adds a row of deltas, one row
// per clock, also to the same row again and again; `replace` writes a row. To
// read, give `read_row`: the row is at `data` one clock later, where no add is
// on its way (they take three clocks: read, wait, sum and write).
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
  // Second clock: the row comes from RAM, unless it is new or was summed in
  // the clock before.
  reg a_busy;
  reg a_new;
  reg a_summed;
  reg a_again;  // the row in front is the same one
  reg [ROW_BITS-1:0] a_row;
  reg [LANES*BITS-1:0] a_deltas;
  // Third clock.
  reg b_busy;
  reg b_again;
  reg [ROW_BITS-1:0] b_row;
  reg [LANES*BITS-1:0] b_deltas;
  reg [LANES*BITS-1:0] b_sums;
  reg [LANES*BITS-1:0] before;  // what was summed in the clock before
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
      .write(b_busy),
      .write_address(b_row),
      .write_data(sums)
  );

  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
      wire [BITS-1:0] base = b_again ? before[lane*BITS+:BITS]
                                     : b_sums[lane*BITS+:BITS];
      assign sums[lane*BITS+:BITS] = base + b_deltas[lane*BITS+:BITS];
    end
  endgenerate

  always @(posedge clk) begin
    a_row <= row;
    a_deltas <= deltas;
    a_new <= replace;
    a_again <= add && a_busy && row == a_row;
    a_summed <= add && b_busy && row == b_row;
    a_busy <= !rst && (add || replace);
    b_row <= a_row;
    b_deltas <= a_deltas;
    b_sums <= a_new ? {LANES * BITS{1'b0}} : a_summed ? before : data;
    b_again <= a_again;
    b_busy <= !rst && a_busy;
    before <= sums;
  end
endmodule
