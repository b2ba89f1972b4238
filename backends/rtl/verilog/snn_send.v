// From rows of LANES values to tokens {last, value, c, y, x}, one per clock:
// values that are not 0, or all, of the channels that there are; after a row
// with `ends`, the end of the step.
module snn_send #(
    parameter LANES = 1,
    parameter LANE_BITS = 0,
    parameter CHANNELS = 1,
    parameter BLOCK_BITS = 1,  // of the number of a row's block of channels
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter VALUE_BITS = 1,
    parameter SENDS_ALL = 0
) (
    input wire clk,
    input wire rst,
    input wire valid,
    output wire ready,
    input wire sends,  // 0: the row is passed over
    input wire ends,
    input wire [LANES*VALUE_BITS-1:0] values,
    input wire [BLOCK_BITS-1:0] block,
    input wire [Y_BITS-1:0] y,
    input wire [X_BITS-1:0] x,
    output wire out_valid,
    input wire out_ready,
    output wire [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] out_data
);
  localparam INDEX_BITS = LANE_BITS == 0 ? 1 : LANE_BITS;
  reg [LANES-1:0] waiting;
  reg has_end;
  reg [LANES*VALUE_BITS-1:0] held;
  reg [BLOCK_BITS-1:0] held_block;
  reg [Y_BITS-1:0] held_y;
  reg [X_BITS-1:0] held_x;

  // ---- which channel -------------------------------------------------------

  reg [INDEX_BITS-1:0] lane;
  reg [VALUE_BITS-1:0] value;
  integer i;
  always @* begin
    lane = 0;
    value = held[0+:VALUE_BITS];
    for (i = LANES - 1; i >= 0; i = i - 1) begin
      if (waiting[i]) begin
        lane = i[INDEX_BITS-1:0];
        value = held[i*VALUE_BITS+:VALUE_BITS];
      end
    end
  end
  wire [C_BITS-1:0] c;
  wire [LANES-1:0] exists;
  genvar each;
  generate
    if (LANE_BITS == 0) begin : one_lane
      assign c = held_block;
      assign exists = 1'b1;
      wire unused = &{1'b0, lane};
    end else if (LANES >= CHANNELS) begin : one_block
      assign c = lane;
      for (each = 0; each < LANES; each = each + 1) begin : channels
        assign exists[each] = each < CHANNELS;
      end
      wire unused = &{1'b0, held_block};
    end else begin : blocks
      localparam [31:0] LAST_BLOCK = (CHANNELS - 1) / LANES;
      localparam LEFT = (CHANNELS - 1) % LANES + 1;
      assign c = {held_block, lane};
      for (each = 0; each < LANES; each = each + 1) begin : channels
        assign exists[each] = each < LEFT || block != LAST_BLOCK[BLOCK_BITS-1:0];
      end
    end
  endgenerate

  // ---- tokens --------------------------------------------------------------

  wire [LANES-1:0] wanted;
  generate
    for (each = 0; each < LANES; each = each + 1) begin : wishes
      assign wanted[each] = sends && exists[each] &&
          (SENDS_ALL != 0 || values[each*VALUE_BITS+:VALUE_BITS] != 0);
    end
  endgenerate
  wire [LANES-1:0] rest = waiting & (waiting - 1'b1);
  wire has_value = |waiting;
  wire is_final = has_value ? !(|rest) && !has_end : 1'b1;
  assign out_valid = has_value || has_end;
  assign ready = !out_valid || (out_ready && is_final);
  assign out_data = {!has_value, value, c, held_y, held_x};

  always @(posedge clk) begin
    if (rst) begin
      waiting <= 0;
      has_end <= 0;
    end else if (ready) begin
      waiting <= valid ? wanted : {LANES{1'b0}};
      has_end <= valid && ends && sends;
    end else if (out_ready) begin
      waiting <= rest;
      if (!has_value) has_end <= 0;
    end
    if (ready) begin
      held <= values;
      held_block <= block;
      held_y <= y;
      held_x <= x;
    end
  end
endmodule
