// The number of the largest value of a sample (the lowest of them), beside the
// stream that goes by.
module snn_argmax #(
    parameter VALUE_BITS = 8,
    parameter CLASS_BITS = 4
) (
    input wire clk,
    input wire rst,
    input wire valid,  // a token goes by
    input wire last,
    input wire [VALUE_BITS-1:0] value,
    input wire [CLASS_BITS-1:0] number,
    output reg done,  // for one clock
    output reg [CLASS_BITS-1:0] best
);
  reg has_one;
  reg [VALUE_BITS-1:0] most;
  wire [VALUE_BITS:0] rest =
      {value[VALUE_BITS-1], value} - {most[VALUE_BITS-1], most};
  wire is_more = !has_one || (!rest[VALUE_BITS] && rest != 0) ||
      (rest == 0 && number < best);
  always @(posedge clk) begin
    if (valid && !last && is_more) begin
      most <= value;
      best <= number;
    end
    if (rst) begin
      has_one <= 0;
      done <= 0;
    end else begin
      done <= valid && last;
      if (valid) has_one <= !last;
    end
  end
endmodule
