// From tokens {last, value, c, y, x} to rows of deltas {last, row, deltas}, one
// to one: the neuron at index c * C_INDEX + y * Y_INDEX + x * X_INDEX, which is
// row * LANES + lane, gets the value times a weight. WEIGHTED: 0, the weight is
// 1; 1, each channel has one; 2, each index has one.
module snn_relay #(
    parameter LANES = 1,
    parameter LANE_BITS = 0,
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter C_INDEX = 1,
    parameter Y_INDEX = 0,
    parameter X_INDEX = 0,
    parameter VALUES = 0,
    parameter VALUE_BITS = 1,
    parameter WEIGHTED = 0,
    parameter WEIGHTS = "none",
    parameter WEIGHT_BITS = 2,
    parameter WORDS = 2,
    parameter WORD_BITS = 1,
    parameter ROW_BITS = 1,
    parameter BITS = 16
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    input wire [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] in_data,
    output wire out_valid,
    input wire out_ready,
    output wire [1+ROW_BITS+LANES*BITS-1:0] out_data
);
  localparam INDEX_BITS = ROW_BITS + LANE_BITS;
  wire [X_BITS-1:0] x = in_data[0+:X_BITS];
  wire [Y_BITS-1:0] y = in_data[X_BITS+:Y_BITS];
  wire [C_BITS-1:0] c = in_data[X_BITS+Y_BITS+:C_BITS];
  wire [INDEX_BITS-1:0] c_part;
  wire [INDEX_BITS-1:0] y_part;
  wire [INDEX_BITS-1:0] x_part;
  snn_scale #(
      .FACTOR(C_INDEX),
      .IN_BITS(C_BITS),
      .OUT_BITS(INDEX_BITS)
  ) c_scale (
      .a(c),
      .product(c_part)
  );
  snn_scale #(
      .FACTOR(Y_INDEX),
      .IN_BITS(Y_BITS),
      .OUT_BITS(INDEX_BITS)
  ) y_scale (
      .a(y),
      .product(y_part)
  );
  snn_scale #(
      .FACTOR(X_INDEX),
      .IN_BITS(X_BITS),
      .OUT_BITS(INDEX_BITS)
  ) x_scale (
      .a(x),
      .product(x_part)
  );

  // ---- first clock: which neuron -------------------------------------------

  wire go = !out_valid || out_ready;
  assign in_ready = go;
  reg i_valid;
  reg i_last;
  reg [VALUE_BITS-1:0] i_value;
  reg [C_BITS-1:0] i_channel;
  reg [INDEX_BITS-1:0] index;
  always @(posedge clk) begin
    if (go) begin
      i_last <= in_data[VALUE_BITS+C_BITS+Y_BITS+X_BITS];
      i_value <= in_data[C_BITS+Y_BITS+X_BITS+:VALUE_BITS];
      i_channel <= c;
      index <= c_part + y_part + x_part;
    end
    if (rst) i_valid <= 0;
    else if (go) i_valid <= in_valid;
  end

  // ---- second clock: its weight --------------------------------------------

  reg r_valid;
  reg r_last;
  reg [VALUE_BITS-1:0] r_value;
  reg [INDEX_BITS-1:0] r_index;
  always @(posedge clk) begin
    if (go) begin
      r_last <= i_last;
      r_value <= i_value;
      r_index <= index;
    end
    if (rst) r_valid <= 0;
    else if (go) r_valid <= i_valid;
  end
  wire [WEIGHT_BITS-1:0] weight;
  generate
    if (WEIGHTED == 0) begin : units
      assign weight = 1;
      wire unused = &{1'b0, i_channel};
    end else if (WEIGHTED == 1) begin : by_channel
      snn_rom #(
          .WIDTH(WEIGHT_BITS),
          .DEPTH(WORDS),
          .ADDRESS_BITS(WORD_BITS),
          .FILE(WEIGHTS)
      ) weights_rom (
          .clk(clk),
          .enable(go),
          .address(i_channel),
          .data(weight)
      );
    end else begin : by_index
      snn_rom #(
          .WIDTH(WEIGHT_BITS),
          .DEPTH(WORDS),
          .ADDRESS_BITS(WORD_BITS),
          .FILE(WEIGHTS)
      ) weights_rom (
          .clk(clk),
          .enable(go),
          .address(index),
          .data(weight)
      );
      wire unused = &{1'b0, i_channel};
    end
  endgenerate

  // ---- third clock: times the value ----------------------------------------

  wire [BITS-1:0] delta;
  wire [INDEX_BITS-1:0] to;
  wire is_last;
  snn_times #(
      .LANES(1),
      .WEIGHT_BITS(WEIGHT_BITS),
      .VALUES(VALUES),
      .VALUE_BITS(VALUE_BITS),
      .BITS(BITS)
  ) times (
      .clk(clk),
      .go(go),
      .weights(weight),
      .value(r_value),
      .products(delta)
  );
  snn_delay #(
      .WIDTH(INDEX_BITS + 1),
      .CLOCKS(VALUES == 0 ? 0 : 1)
  ) delay (
      .clk(clk),
      .go(go),
      .data({r_last, r_index}),
      .delayed({is_last, to})
  );
  generate
    if (VALUES == 0) begin : sends_weights
      assign out_valid = r_valid;
    end else begin : sends_products
      reg p_valid;
      always @(posedge clk) begin
        if (rst) p_valid <= 0;
        else if (go) p_valid <= r_valid;
      end
      assign out_valid = p_valid;
    end
  endgenerate
  wire [LANES*BITS-1:0] deltas;
  genvar lane;
  generate
    if (LANE_BITS == 0) begin : one_lane
      assign deltas = delta;
    end else begin : many_lanes
      for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
        localparam [31:0] LANE = lane;
        assign deltas[lane*BITS+:BITS] =
            to[LANE_BITS-1:0] == LANE[LANE_BITS-1:0] ? delta : {BITS{1'b0}};
      end
    end
  endgenerate
  assign out_data = {is_last, to[LANE_BITS+:ROW_BITS], deltas};
endmodule
