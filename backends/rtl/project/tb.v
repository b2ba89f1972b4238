// The clock of the test bench, for simulators that read nothing but Verilog.
`timescale 1ns / 1ps
module tb #(
    parameter PAUSES = 0
);
  reg clk;
  reg rst;
  wire done;
  wire failed;
`ifdef PINS
  pins_bench bench (
`else
  bench #(
      .PAUSES(PAUSES)
  ) bench (
`endif
      .clk(clk),
      .rst(rst),
      .done(done),
      .failed(failed)
  );
  initial begin
    clk = 0;
    rst = 1;
    repeat (8) #5 clk = ~clk;
    rst = 0;
    while (!done) #5 clk = ~clk;
    $finish;
  end
endmodule
