// From tokens {last, value, c, y, x} to rows of deltas {last, row, deltas} for
// the neurons that each spike reaches: dense and convolutional layers, of any
// stride, padding, dilation and groups. A token costs a clock for each row.
//
// Along y and x, tables say which windows hold an input: how many, where the
// weights of the first lie and which row it belongs to; windows that follow are
// Y_TAP words of weights and Y_ROW rows further (modulo their widths). From each
// window, ROWS_EACH rows and words follow one another. The weights of channel c
// begin at c * C_WORDS (and, without windows, + y * Y_WORDS + x * X_WORDS); with
// GROUPED, a table says which row of a window the channel's group begins with.
module snn_synapses #(
    parameter LANES = 1,
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter VALUES = 0,
    parameter VALUE_BITS = 1,
    parameter WEIGHTS = "none",
    parameter REGISTERED = 0,  // a clock more, where they lie in many blocks
    parameter WEIGHT_BITS = 8,
    parameter WORDS = 2,
    parameter WORD_BITS = 1,
    parameter C_WORDS = 1,
    parameter Y_WORDS = 0,
    parameter X_WORDS = 0,
    parameter ROWS_EACH = 1,
    parameter EACH_BITS = 1,
    parameter WINDOWED = 0,
    parameter COUNT_BITS = 1,
    parameter Y_TABLE = "none",
    parameter Y_SIZE = 2,
    parameter Y_TAP = 0,
    parameter Y_ROW = 0,
    parameter X_TABLE = "none",
    parameter X_SIZE = 2,
    parameter X_TAP = 0,
    parameter X_ROW = 0,
    parameter GROUPED = 0,
    parameter C_TABLE = "none",
    parameter C_SIZE = 2,
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
  localparam [31:0] Y_TAPS = Y_TAP;
  localparam [31:0] X_TAPS = X_TAP;
  localparam [31:0] Y_ROWS = Y_ROW;
  localparam [31:0] X_ROWS = X_ROW;
  localparam [31:0] BEFORE_FINAL = ROWS_EACH - 2;

  wire [X_BITS-1:0] in_x = in_data[0+:X_BITS];
  wire [Y_BITS-1:0] in_y = in_data[X_BITS+:Y_BITS];
  wire [C_BITS-1:0] in_c = in_data[X_BITS+Y_BITS+:C_BITS];

  // ---- first clock: tables are read ----------------------------------------

  reg a_valid;
  reg [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] a_data;
  wire a_moves;
  wire takes = in_valid && in_ready;
  assign in_ready = !a_valid || a_moves;
  wire [X_BITS-1:0] a_x = a_data[0+:X_BITS];
  wire [Y_BITS-1:0] a_y = a_data[X_BITS+:Y_BITS];
  wire [C_BITS-1:0] a_c = a_data[X_BITS+Y_BITS+:C_BITS];
  always @(posedge clk) begin
    if (takes) a_data <= in_data;
    if (rst) a_valid <= 0;
    else if (in_ready) a_valid <= in_valid;
  end

  wire [COUNT_BITS-1:0] y_count;
  wire [COUNT_BITS-1:0] x_count;
  wire [WORD_BITS-1:0] y_tap;
  wire [WORD_BITS-1:0] x_tap;
  wire [ROW_BITS-1:0] y_row;
  wire [ROW_BITS-1:0] x_row;
  wire [ROW_BITS-1:0] c_row;
  generate
    if (WINDOWED != 0) begin : windows
      snn_rom #(
          .WIDTH(COUNT_BITS + WORD_BITS + ROW_BITS),
          .DEPTH(Y_SIZE),
          .ADDRESS_BITS(Y_BITS),
          .FILE(Y_TABLE)
      ) y_rom (
          .clk(clk),
          .enable(takes),
          .address(in_y),
          .data({y_count, y_tap, y_row})
      );
      snn_rom #(
          .WIDTH(COUNT_BITS + WORD_BITS + ROW_BITS),
          .DEPTH(X_SIZE),
          .ADDRESS_BITS(X_BITS),
          .FILE(X_TABLE)
      ) x_rom (
          .clk(clk),
          .enable(takes),
          .address(in_x),
          .data({x_count, x_tap, x_row})
      );
    end else begin : everywhere
      assign {y_count, y_tap, y_row} =
          {{(COUNT_BITS-1){1'b0}}, 1'b1, {(WORD_BITS+ROW_BITS){1'b0}}};
      assign {x_count, x_tap, x_row} =
          {{(COUNT_BITS-1){1'b0}}, 1'b1, {(WORD_BITS+ROW_BITS){1'b0}}};
    end
    if (GROUPED != 0) begin : groups
      snn_rom #(
          .WIDTH(ROW_BITS),
          .DEPTH(C_SIZE),
          .ADDRESS_BITS(C_BITS),
          .FILE(C_TABLE)
      ) c_rom (
          .clk(clk),
          .enable(takes),
          .address(in_c),
          .data(c_row)
      );
    end else begin : one_group
      assign c_row = 0;
    end
  endgenerate

  // ---- second clock: where to begin ----------------------------------------

  reg b_valid;
  reg b_last;
  reg b_none;
  reg [VALUE_BITS-1:0] b_value;
  reg [WORD_BITS-1:0] b_channel;
  reg [WORD_BITS-1:0] b_tap;
  reg [ROW_BITS-1:0] b_row;
  reg [COUNT_BITS-1:0] b_ys;  // windows to come after the first
  reg [COUNT_BITS-1:0] b_xs;
  wire b_moves;
  assign a_moves = !b_valid || b_moves;
  wire [WORD_BITS-1:0] c_words;
  wire [WORD_BITS-1:0] y_words;
  wire [WORD_BITS-1:0] x_words;
  snn_scale #(
      .FACTOR(C_WORDS),
      .IN_BITS(C_BITS),
      .OUT_BITS(WORD_BITS)
  ) c_scale (
      .a(a_c),
      .product(c_words)
  );
  snn_scale #(
      .FACTOR(Y_WORDS),
      .IN_BITS(Y_BITS),
      .OUT_BITS(WORD_BITS)
  ) y_scale (
      .a(a_y),
      .product(y_words)
  );
  snn_scale #(
      .FACTOR(X_WORDS),
      .IN_BITS(X_BITS),
      .OUT_BITS(WORD_BITS)
  ) x_scale (
      .a(a_x),
      .product(x_words)
  );
  wire unused_inputs = &{1'b0, in_y, in_x, in_c};
  always @(posedge clk) begin
    if (a_moves) begin
      b_last <= a_data[VALUE_BITS+C_BITS+Y_BITS+X_BITS];
      b_value <= a_data[C_BITS+Y_BITS+X_BITS+:VALUE_BITS];
      b_none <= y_count == 0 || x_count == 0;
      b_channel <= c_words + y_words + x_words;
      b_tap <= y_tap + x_tap;
      b_row <= y_row + x_row + c_row;
      b_ys <= y_count - 1'b1;
      b_xs <= x_count - 1'b1;
    end
    if (rst) b_valid <= 0;
    else if (a_moves) b_valid <= a_valid;
  end

  // ---- then a row per clock ------------------------------------------------

  reg w_valid;
  reg w_last;
  reg [VALUE_BITS-1:0] w_value;
  reg [WORD_BITS-1:0] word;
  reg [WORD_BITS-1:0] word_x;  // where this window began
  reg [WORD_BITS-1:0] word_y;  // where this line of windows began
  reg [ROW_BITS-1:0] row;
  reg [ROW_BITS-1:0] row_x;
  reg [ROW_BITS-1:0] row_y;
  reg [EACH_BITS-1:0] each;
  reg [COUNT_BITS-1:0] xs;
  reg [COUNT_BITS-1:0] ys;
  reg [COUNT_BITS-1:0] all_xs;
  wire go;
  reg ends_window;   // known a clock ahead: all that moves waits for them
  reg ends_line;
  reg ends_windows;
  wire is_final = ends_window && ends_windows;
  wire loads = b_valid && (b_last || !b_none) && (!w_valid || (go && is_final));
  assign b_moves = loads || (!b_last && b_none);
  wire [WORD_BITS-1:0] next_word_x = word_x + X_TAPS[WORD_BITS-1:0];
  wire [WORD_BITS-1:0] next_word_y = word_y + Y_TAPS[WORD_BITS-1:0];
  wire [ROW_BITS-1:0] next_row_x = row_x + X_ROWS[ROW_BITS-1:0];
  wire [ROW_BITS-1:0] next_row_y = row_y + Y_ROWS[ROW_BITS-1:0];
  wire [WORD_BITS-1:0] first_word = b_channel + b_tap;

  always @(posedge clk) begin
    if (loads) begin
      w_last <= b_last;
      w_value <= b_value;
      word <= first_word;
      word_x <= first_word;
      word_y <= first_word;
      row <= b_row;
      row_x <= b_row;
      row_y <= b_row;
      each <= 0;
      xs <= b_xs;
      all_xs <= b_xs;
      ys <= b_ys;
      ends_window <= b_last || ROWS_EACH == 1;
      ends_line <= b_xs == 0;
      ends_windows <= b_last || (b_xs == 0 && b_ys == 0);
    end else if (go) begin
      each <= ends_window ? {EACH_BITS{1'b0}} : each + 1'b1;
      ends_window <= ROWS_EACH == 1 ||
          (!ends_window && each == BEFORE_FINAL[EACH_BITS-1:0]);
      if (!ends_window) begin
        word <= word + 1'b1;
        row <= row + 1'b1;
      end else if (!ends_line) begin
        xs <= xs - 1'b1;
        ends_line <= xs == 1;
        ends_windows <= xs == 1 && ys == 0;
        word <= next_word_x;
        word_x <= next_word_x;
        row <= next_row_x;
        row_x <= next_row_x;
      end else begin
        ys <= ys - 1'b1;
        xs <= all_xs;
        ends_line <= all_xs == 0;
        ends_windows <= all_xs == 0 && ys == 1;
        word <= next_word_y;
        word_x <= next_word_y;
        word_y <= next_word_y;
        row <= next_row_y;
        row_x <= next_row_y;
        row_y <= next_row_y;
      end
    end
    if (rst) w_valid <= 0;
    else if (loads) w_valid <= 1;
    else if (go && is_final) w_valid <= 0;
  end

  // ---- weights, times the value --------------------------------------------

  wire [LANES*WEIGHT_BITS-1:0] weights;
  wire [LANES*BITS-1:0] deltas;
  reg r_valid;
  reg r_last;
  reg [ROW_BITS-1:0] r_row;
  reg [VALUE_BITS-1:0] r_value;
  snn_rom #(
      .WIDTH(LANES * WEIGHT_BITS),
      .DEPTH(WORDS),
      .ADDRESS_BITS(WORD_BITS),
      .FILE(WEIGHTS)
  ) weights_rom (
      .clk(clk),
      .enable(go),
      .address(word),
      .data(weights)
  );
  snn_times #(
      .LANES(LANES),
      .WEIGHT_BITS(WEIGHT_BITS),
      .VALUES(VALUES),
      .REGISTERED(REGISTERED),
      .VALUE_BITS(VALUE_BITS),
      .BITS(BITS)
  ) times (
      .clk(clk),
      .go(go),
      .weights(weights),
      .value(r_value),
      .products(deltas)
  );
  assign go = !out_valid || out_ready;
  always @(posedge clk) begin
    if (go) begin
      r_last <= w_last;
      r_row <= row;
      r_value <= w_value;
    end
    if (rst) r_valid <= 0;
    else if (go) r_valid <= w_valid;
  end
  generate
    if (VALUES == 0 && REGISTERED == 0) begin : sends_weights
      assign out_valid = r_valid;
      assign out_data = {r_last, r_row, deltas};
    end else begin : sends_products
      reg p_valid;
      reg [ROW_BITS:0] p_row;
      always @(posedge clk) begin
        if (go) p_row <= {r_last, r_row};
        if (rst) p_valid <= 0;
        else if (go) p_valid <= r_valid;
      end
      assign out_valid = p_valid;
      assign out_data = {p_row, deltas};
    end
  endgenerate
endmodule
