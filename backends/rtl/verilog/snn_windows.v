// From tokens to tokens {last, value, c, y, x}: each goes to all windows that
// hold it (a pool that sums; padding and slices, where that is one or none).
// Along each axis a table says how many windows and which is the first; windows
// that follow are Y_STEP and X_STEP further.
module snn_windows #(
    parameter VALUE_BITS = 1,
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter OUT_C_BITS = 1,
    parameter OUT_Y_BITS = 1,
    parameter OUT_X_BITS = 1,
    parameter COUNT_BITS = 1,
    parameter C_TABLE = "none",
    parameter C_SIZE = 0,
    parameter Y_TABLE = "none",
    parameter Y_SIZE = 0,
    parameter Y_STEP = 1,
    parameter X_TABLE = "none",
    parameter X_SIZE = 0,
    parameter X_STEP = 1
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    input wire [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] in_data,
    output wire out_valid,
    input wire out_ready,
    output wire [1+VALUE_BITS+OUT_C_BITS+OUT_Y_BITS+OUT_X_BITS-1:0] out_data
);
  localparam [31:0] Y_STEPS = Y_STEP;
  localparam [31:0] X_STEPS = X_STEP;
  wire takes = in_valid && in_ready;

  // ---- first clock: tables are read ----------------------------------------

  reg a_valid;
  reg [VALUE_BITS:0] a_value;
  wire [COUNT_BITS-1:0] c_count;
  wire [COUNT_BITS-1:0] y_count;
  wire [COUNT_BITS-1:0] x_count;
  wire [OUT_C_BITS-1:0] c_first;
  wire [OUT_Y_BITS-1:0] y_first;
  wire [OUT_X_BITS-1:0] x_first;
  wire loads;
  wire a_last = a_value[VALUE_BITS];
  wire a_none = c_count == 0 || y_count == 0 || x_count == 0;
  assign in_ready = !a_valid || loads || (!a_last && a_none);
  snn_axis #(
      .TABLE(C_TABLE),
      .SIZE(C_SIZE),
      .IN_BITS(C_BITS),
      .OUT_BITS(OUT_C_BITS),
      .COUNT_BITS(COUNT_BITS)
  ) c_axis (
      .clk(clk),
      .enable(takes),
      .at(in_data[X_BITS+Y_BITS+:C_BITS]),
      .count(c_count),
      .first(c_first)
  );
  snn_axis #(
      .TABLE(Y_TABLE),
      .SIZE(Y_SIZE),
      .IN_BITS(Y_BITS),
      .OUT_BITS(OUT_Y_BITS),
      .COUNT_BITS(COUNT_BITS)
  ) y_axis (
      .clk(clk),
      .enable(takes),
      .at(in_data[X_BITS+:Y_BITS]),
      .count(y_count),
      .first(y_first)
  );
  snn_axis #(
      .TABLE(X_TABLE),
      .SIZE(X_SIZE),
      .IN_BITS(X_BITS),
      .OUT_BITS(OUT_X_BITS),
      .COUNT_BITS(COUNT_BITS)
  ) x_axis (
      .clk(clk),
      .enable(takes),
      .at(in_data[0+:X_BITS]),
      .count(x_count),
      .first(x_first)
  );
  always @(posedge clk) begin
    if (takes) a_value <= in_data[C_BITS+Y_BITS+X_BITS+:VALUE_BITS+1];
    if (rst) a_valid <= 0;
    else if (in_ready) a_valid <= in_valid;
  end

  // ---- then a window per clock ---------------------------------------------

  reg w_valid;
  reg [VALUE_BITS:0] w_value;
  reg [OUT_C_BITS-1:0] c;
  reg [OUT_Y_BITS-1:0] y;
  reg [OUT_X_BITS-1:0] x;
  reg [OUT_X_BITS-1:0] first_x;
  reg [COUNT_BITS-1:0] ys;  // windows to come after this one
  reg [COUNT_BITS-1:0] xs;
  reg [COUNT_BITS-1:0] all_xs;
  wire is_final = w_value[VALUE_BITS] || (xs == 0 && ys == 0);
  assign loads = a_valid && (a_last || !a_none) &&
      (!w_valid || (out_ready && is_final));
  assign out_valid = w_valid;
  assign out_data = {w_value, c, y, x};
  always @(posedge clk) begin
    if (loads) begin
      w_value <= a_value;
      c <= c_first;
      y <= y_first;
      x <= x_first;
      first_x <= x_first;
      ys <= y_count - 1'b1;
      xs <= x_count - 1'b1;
      all_xs <= x_count - 1'b1;
    end else if (out_ready) begin
      if (xs != 0) begin
        xs <= xs - 1'b1;
        x <= x + X_STEPS[OUT_X_BITS-1:0];
      end else begin
        xs <= all_xs;
        x <= first_x;
        ys <= ys - 1'b1;
        y <= y + Y_STEPS[OUT_Y_BITS-1:0];
      end
    end
    if (rst) w_valid <= 0;
    else if (loads) w_valid <= 1;
    else if (out_ready && is_final) w_valid <= 0;
  end
endmodule
