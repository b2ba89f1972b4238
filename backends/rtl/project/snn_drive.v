// Works the ten pins of pins.v as a board would: shifts the tokens of a file in
// bit by bit, and those that come out into `data`.
module snn_drive #(
    parameter FILE = "none",
    parameter IN_WIDTH = 8,
    parameter TOKENS = 2,
    parameter OUT_WIDTH = 8
) (
    input wire clk,
    input wire rst,
    output wire in_shift,
    output wire in_bit,
    output wire in_put,
    input wire in_free,
    output wire out_next,
    output wire out_shift,
    input wire out_has,
    input wire out_bit,
    output wire valid,
    output wire [OUT_WIDTH-1:0] data
);
  reg [IN_WIDTH-1:0] tokens[0:TOKENS-1];
  initial $readmemh(FILE, tokens);
  reg [31:0] at;
  reg [31:0] bits_in;  // of the token, so far
  wire has_token = !rst && at < TOKENS;
  wire [IN_WIDTH-1:0] token = tokens[at];
  wire is_in = bits_in == IN_WIDTH;
  assign in_shift = has_token && in_free && !is_in;
  assign in_bit = token[IN_WIDTH-1-bits_in];
  assign in_put = has_token && in_free && is_in;

  reg is_reading;
  reg [31:0] bits_out;
  reg [OUT_WIDTH-1:0] read;
  assign out_next = !rst && !is_reading && out_has;
  assign out_shift = is_reading;
  assign data = read;
  assign valid = is_reading && bits_out == OUT_WIDTH;

  always @(posedge clk) begin
    if (rst) begin
      at <= 0;
      bits_in <= 0;
      is_reading <= 0;
      bits_out <= 0;
    end else begin
      if (in_shift) bits_in <= bits_in + 1;
      if (in_put) begin
        bits_in <= 0;
        at <= at + 1;
      end
      if (out_next) is_reading <= 1;
      if (valid) is_reading <= 0;
      bits_out <= is_reading && !valid ? bits_out + 1 : 0;
    end
    if (is_reading && !valid) read <= {read[OUT_WIDTH-2:0], out_bit};
  end
endmodule
