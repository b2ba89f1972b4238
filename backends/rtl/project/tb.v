// The clock of the test bench, for simulators that read nothing but Verilog.
`timescale 1ns / 1ps
module tb;
  reg clk;
  reg rst;
  wire done;
  wire failed;
  bench bench (
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
