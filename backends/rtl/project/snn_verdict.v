// Counts clocks and says how it went: `done` when all is complete, or nothing
// moves for too long.
module snn_verdict #(
    parameter SAMPLES = 1,
    parameter STEPS = 1,
    parameter LAYERS = 1,
    parameter MOST_IDLE = 100000
) (
    input wire clk,
    input wire rst,
    input wire starts,
    input wire moves,
    input wire complete,
    input wire [31:0] spikes,
    input wire [31:0] outputs,
    output reg done,
    output reg failed
);
  reg has_started;
  reg [31:0] cycles;
  reg [31:0] idle;
  always @(posedge clk) begin
    if (rst) begin
      done <= 0;
      failed <= 0;
      has_started <= 0;
      cycles <= 0;
      idle <= 0;
    end else if (!done) begin
      has_started <= has_started || starts;
      if (has_started) cycles <= cycles + 1;
      idle <= moves ? 0 : idle + 1;
      if (complete || idle == MOST_IDLE) begin
        done <= 1;
        failed <= !complete || spikes != 0 || outputs != 0;
        if (!complete) $display("stuck: nothing moved for %0d clocks", idle);
        $display("%0d layers, %0d samples of %0d steps in %0d clocks", LAYERS,
                 SAMPLES, STEPS, cycles);
        $display("%0d spikes different", spikes);
        $display("%0d outputs different", outputs);
        if (complete && spikes == 0 && outputs == 0) $display("PASSED");
        else $display("FAILED");
      end
    end
  end
endmodule
