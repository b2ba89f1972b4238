// What a test bench is made of: it feeds tokens, compares tokens, and says how
// it ended.

// Sends the tokens of a file, one after the other.
module snn_feed #(
    parameter FILE = "none",
    parameter WIDTH = 8,
    parameter TOKENS = 2
) (
    input wire clk,
    input wire rst,
    output wire valid,
    input wire ready,
    output wire [WIDTH-1:0] data
);
  reg [WIDTH-1:0] tokens[0:TOKENS-1];
  initial $readmemh(FILE, tokens);
  reg [31:0] at;
  assign valid = !rst && at < TOKENS;
  assign data = tokens[at];
  always @(posedge clk) begin
    if (rst) at <= 0;
    else if (valid && ready) at <= at + 1;
  end
endmodule

// Compares the tokens that go by with those of a file; of the end of a step,
// which has neither place nor value, only that it comes.
module snn_check #(
    parameter NAME = "none",
    parameter FILE = "none",
    parameter WIDTH = 8,
    parameter TOKENS = 2
) (
    input wire clk,
    input wire rst,
    input wire valid,
    input wire [WIDTH-1:0] data,
    output wire done,
    output reg [31:0] different
);
  reg [WIDTH-1:0] tokens[0:TOKENS-1];
  initial $readmemh(FILE, tokens);
  reg [31:0] at;
  reg [31:0] step;
  assign done = at >= TOKENS;
  wire [WIDTH-1:0] expected = tokens[done ? 0 : at];
  wire ends = expected[WIDTH-1];
  wire differs = done || (ends ? data[WIDTH-1] !== 1'b1 : data !== expected);
  always @(posedge clk) begin
    if (rst) begin
      at <= 0;
      step <= 0;
      different <= 0;
    end else if (valid) begin
      at <= at + 1;
      if (ends) step <= step + 1;
      if (differs) different <= different + 1;
      if (differs && different == 0) begin
        $display("first difference: %0s, token %0d, step %0d of all samples: ",
                 NAME, at, step, "expected %h, found %h", expected, data);
      end
    end
  end
endmodule

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
