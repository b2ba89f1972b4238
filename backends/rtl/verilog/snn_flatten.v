// From tokens {last, value, c, y, x} to tokens {last, value, index, 0, 0}:
// index = c * C_INDEX + y * Y_INDEX + x. A clock later.
module snn_flatten #(
    parameter VALUE_BITS = 1,
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter OUT_C_BITS = 1,
    parameter C_INDEX = 1,
    parameter Y_INDEX = 1
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    input wire [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] in_data,
    output reg out_valid,
    input wire out_ready,
    output wire [1+VALUE_BITS+OUT_C_BITS+1:0] out_data
);
  wire [OUT_C_BITS-1:0] c_part;
  wire [OUT_C_BITS-1:0] y_part;
  wire [OUT_C_BITS-1:0] x_part;
  snn_scale #(
      .FACTOR(C_INDEX),
      .IN_BITS(C_BITS),
      .OUT_BITS(OUT_C_BITS)
  ) c_scale (
      .a(in_data[X_BITS+Y_BITS+:C_BITS]),
      .product(c_part)
  );
  snn_scale #(
      .FACTOR(Y_INDEX),
      .IN_BITS(Y_BITS),
      .OUT_BITS(OUT_C_BITS)
  ) y_scale (
      .a(in_data[X_BITS+:Y_BITS]),
      .product(y_part)
  );
  snn_scale #(
      .FACTOR(1),
      .IN_BITS(X_BITS),
      .OUT_BITS(OUT_C_BITS)
  ) x_scale (
      .a(in_data[0+:X_BITS]),
      .product(x_part)
  );
  assign in_ready = !out_valid || out_ready;
  reg [VALUE_BITS:0] value;
  reg [OUT_C_BITS-1:0] index;
  assign out_data = {value, index, 2'b00};
  always @(posedge clk) begin
    if (in_ready) begin
      value <= in_data[C_BITS+Y_BITS+X_BITS+:VALUE_BITS+1];
      index <= c_part + y_part + x_part;
    end
    if (rst) out_valid <= 0;
    else if (in_ready) out_valid <= in_valid;
  end
endmodule
