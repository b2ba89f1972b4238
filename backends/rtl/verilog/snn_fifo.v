// Tokens wait here: valid/ready on both sides, 2^DEPTH_BITS of them and one at
// the exit. Neither side waits for the other within a clock.
module snn_fifo #(
    parameter WIDTH = 8,
    parameter DEPTH_BITS = 4
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    input wire [WIDTH-1:0] in_data,
    output reg out_valid,
    input wire out_ready,
    output wire [WIDTH-1:0] out_data
);
  reg [DEPTH_BITS-1:0] head;  // where to read next
  reg [DEPTH_BITS-1:0] tail;  // where to write next
  reg [DEPTH_BITS:0] count;
  reg is_empty;
  assign in_ready = !count[DEPTH_BITS];
  wire put = in_valid && in_ready;
  wire fetch = !is_empty && (out_ready || !out_valid);

  snn_ram #(
      .WIDTH(WIDTH),
      .DEPTH(1 << DEPTH_BITS),
      .ADDRESS_BITS(DEPTH_BITS)
  ) tokens_ram (
      .clk(clk),
      .read(fetch),
      .read_address(head),
      .data(out_data),
      .write(put),
      .write_address(tail),
      .write_data(in_data)
  );
  always @(posedge clk) begin
    if (rst) begin
      head <= 0;
      tail <= 0;
      count <= 0;
      is_empty <= 1;
      out_valid <= 0;
    end else begin
      if (put) tail <= tail + 1'b1;
      if (fetch) head <= head + 1'b1;
      if (put && !fetch) count <= count + 1'b1;
      if (fetch && !put) count <= count - 1'b1;
      is_empty <= !put && (is_empty || (fetch && count == 1));
      if (fetch) out_valid <= 1;
      else if (out_ready) out_valid <= 0;
    end
  end
endmodule
