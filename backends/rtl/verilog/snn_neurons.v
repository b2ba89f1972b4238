// A layer of neurons, their membranes in RAM. While a step lasts, rows of
// deltas {last, row, deltas} are added: those of this step through `in`, those
// of all steps of a sample (currents that do not change) through `fixed`. Then
// all neurons are gone through once, and what they send leaves as tokens.
//
// A row is LANES channels of one pixel: rows go along blocks of channels, then
// along x, then along y. Constants of a neuron come from a table {decay,
// threshold, bias} x LANES, with a word per block (or per row).
module snn_neurons #(
    parameter LANES = 1,
    parameter LANE_BITS = 0,
    parameter CHANNELS = 2,
    parameter WIDTH = 1,
    parameter BLOCK_BITS = 1,
    parameter C_BITS = 1,
    parameter Y_BITS = 1,
    parameter X_BITS = 1,
    parameter ROWS = 2,       // of the memories: two at least
    parameter USED_ROWS = 2,
    parameter ROW_BITS = 1,
    parameter HAS_IN = 1,
    parameter HAS_FIXED = 0,
    parameter STEPS = 1,
    parameter STEP_BITS = 1,
    parameter EMITS_LAST = 0,  // only in the last step
    parameter SENDS_ALL = 0,
    parameter TABLE = "none",
    parameter TABLE_WORDS = 2,
    parameter TABLE_BITS = 1,  // of its address
    parameter TABLE_BY_ROW = 0,
    parameter BIAS_BITS = 2,
    // Of snn_neuron:
    parameter MODE = 0,
    parameter BITS = 8,
    parameter VALUE_BITS = 1,
    parameter LIMIT = 0,
    parameter RECTIFIES = 0,
    parameter THRESHOLD_BITS = 4,
    parameter LEVELS = 1,
    parameter STRICT = 0,
    parameter SIGNED = 0,
    parameter NET_BITS = 1,
    parameter RESETS = 0,
    parameter RESET_VALUE = 0,
    parameter HALF = 1,
    parameter LEAKS = 0,
    parameter DECAY_BITS = 13
) (
    input wire clk,
    input wire rst,
    input wire in_valid,
    output wire in_ready,
    input wire [1+ROW_BITS+LANES*BITS-1:0] in_data,
    input wire fixed_valid,
    output wire fixed_ready,
    input wire [1+ROW_BITS+LANES*BITS-1:0] fixed_data,
    output wire out_valid,
    input wire out_ready,
    output wire [1+VALUE_BITS+C_BITS+Y_BITS+X_BITS-1:0] out_data
);
  localparam CLOCKS = 2 + (LIMIT != 0 ? 1 : 0) + (LEAKS != 0 ? 2 : 0) +
      (MODE == 0 ? LEVELS + (SIGNED != 0 ? 1 : 0) : 0);
  localparam BLOCKS = (CHANNELS + LANES - 1) / LANES;
  localparam PACK = BIAS_BITS + THRESHOLD_BITS + DECAY_BITS;
  localparam ROW_DATA = LANES * BITS;
  localparam [31:0] FINAL_ROW = USED_ROWS - 1;
  localparam [31:0] FINAL_BLOCK = BLOCKS - 1;
  localparam [31:0] FINAL_X = WIDTH - 1;
  localparam [31:0] FINAL_STEP = STEPS - 1;

  // ---- collecting and going through ----------------------------------------

  reg is_scanning;
  reg is_clearing;        // going through to set up the first sample
  reg is_issuing;         // rows are still to be read
  reg is_settled;         // what was written last is in RAM
  reg has_step;           // all of this step has come
  reg has_sample;         // all that is fixed has come
  reg [STEP_BITS-1:0] step;
  reg is_last_step;
  wire starts = is_clearing || is_last_step;  // the next step is a first one

  wire in_last = in_data[ROW_BITS+ROW_DATA];
  wire fixed_last = fixed_data[ROW_BITS+ROW_DATA];
  wire [ROW_BITS-1:0] in_row = in_data[ROW_DATA+:ROW_BITS];
  wire [ROW_BITS-1:0] fixed_row = fixed_data[ROW_DATA+:ROW_BITS];
  assign in_ready = HAS_IN != 0 && !is_scanning && !has_step;
  assign fixed_ready = HAS_FIXED != 0 && !is_scanning && !has_sample;
  wire takes_in = in_valid && in_ready;
  wire takes_fixed = fixed_valid && fixed_ready;
  wire has_all = (HAS_IN == 0 || has_step) && (HAS_FIXED == 0 || has_sample);

  wire go;        // the pipeline moves
  wire done;      // a row leaves it
  reg [ROW_BITS-1:0] issued;   // the row that is read
  reg [BLOCK_BITS-1:0] issued_block;
  reg [ROW_BITS-1:0] row;      // the row that leaves
  reg [BLOCK_BITS-1:0] block;
  reg [X_BITS-1:0] x;
  reg [Y_BITS-1:0] y;
  wire is_final = row == FINAL_ROW[ROW_BITS-1:0];
  wire is_final_block = block == FINAL_BLOCK[BLOCK_BITS-1:0];
  wire is_final_x = x == FINAL_X[X_BITS-1:0];

  reg [CLOCKS:0] moving;  // which stages hold a row
  assign done = moving[CLOCKS];

  always @(posedge clk) begin
    if (rst) moving <= 0;
    else if (go) moving <= {moving[CLOCKS-1:0], is_issuing};
  end

  always @(posedge clk) begin
    if (rst) begin
      is_scanning <= 1;
      is_clearing <= 1;
      is_issuing <= 1;
      is_settled <= 0;
      has_step <= 0;
      has_sample <= 0;
      step <= 0;
      is_last_step <= STEPS == 1;
      issued <= 0;
      issued_block <= 0;
      row <= 0;
      block <= 0;
      x <= 0;
      y <= 0;
    end else if (!is_scanning) begin
      if (takes_in && in_last) has_step <= 1;
      if (takes_fixed && fixed_last) has_sample <= 1;
      is_settled <= 1;
      is_scanning <= has_all && is_settled;
      is_issuing <= has_all && is_settled;
    end else if (go) begin
      if (is_issuing) begin
        issued <= issued + 1'b1;
        issued_block <= issued_block == FINAL_BLOCK[BLOCK_BITS-1:0]
            ? {BLOCK_BITS{1'b0}} : issued_block + 1'b1;
        if (issued == FINAL_ROW[ROW_BITS-1:0]) begin
          is_issuing <= 0;
          issued <= 0;
          issued_block <= 0;
        end
      end
      if (done) begin
        row <= is_final ? {ROW_BITS{1'b0}} : row + 1'b1;
        block <= is_final_block ? {BLOCK_BITS{1'b0}} : block + 1'b1;
        if (is_final_block) begin
          x <= is_final_x ? {X_BITS{1'b0}} : x + 1'b1;
          if (is_final_x) y <= is_final ? {Y_BITS{1'b0}} : y + 1'b1;
        end
        if (is_final) begin
          is_scanning <= 0;
          is_settled <= 0;
          is_clearing <= 0;
          has_step <= 0;
          if (starts) has_sample <= 0;
          if (!is_clearing) begin
            step <= is_last_step ? {STEP_BITS{1'b0}} : step + 1'b1;
            is_last_step <= STEPS == 1 ||
                (!is_last_step && step + 1'b1 == FINAL_STEP[STEP_BITS-1:0]);
          end
        end
      end
    end
  end

  // ---- memories ------------------------------------------------------------

  wire [ROW_DATA-1:0] v;
  wire [ROW_DATA-1:0] kept;
  wire [ROW_DATA-1:0] next_v;
  wire [LANES*NET_BITS-1:0] net;
  wire [LANES*NET_BITS-1:0] next_net;
  wire reads = is_scanning && go;
  wire writes = is_scanning && go && done;

  snn_accumulator #(
      .LANES(LANES),
      .ROWS(ROWS),
      .ROW_BITS(ROW_BITS),
      .BITS(BITS)
  ) membranes (
      .clk(clk),
      .rst(rst),
      .add(takes_in && !in_last),
      .replace(writes),
      .row(is_scanning ? row : in_row),
      .deltas(is_scanning ? next_v : in_data[ROW_DATA-1:0]),
      .read(reads),
      .read_row(issued),
      .data(v)
  );

  generate
    if (HAS_FIXED != 0) begin : keeps
      snn_accumulator #(
          .LANES(LANES),
          .ROWS(ROWS),
          .ROW_BITS(ROW_BITS),
          .BITS(BITS)
      ) currents (
          .clk(clk),
          .rst(rst),
          .add(takes_fixed && !fixed_last),
          .replace(writes && starts),
          .row(is_scanning ? row : fixed_row),
          .deltas(is_scanning ? {ROW_DATA{1'b0}} : fixed_data[ROW_DATA-1:0]),
          .read(reads),
          .read_row(issued),
          .data(kept)
      );
    end else begin : keeps_nothing
      assign kept = 0;
      wire unused = &{1'b0, fixed_row, fixed_last, fixed_data};
    end
    if (SIGNED != 0) begin : counts
      snn_ram #(
          .WIDTH(LANES * NET_BITS),
          .DEPTH(ROWS),
          .ADDRESS_BITS(ROW_BITS)
      ) counts_ram (
          .clk(clk),
          .read(reads),
          .read_address(issued),
          .data(net),
          .write(writes),
          .write_address(row),
          .write_data(next_net)
      );
    end else begin : counts_nothing
      assign net = 0;
      wire unused = &{1'b0, next_net};
    end
  endgenerate

  wire [LANES*PACK-1:0] constants;
  generate
    if (TABLE_BY_ROW != 0) begin : by_row
      snn_rom #(
          .WIDTH(LANES * PACK),
          .DEPTH(TABLE_WORDS),
          .ADDRESS_BITS(TABLE_BITS),
          .FILE(TABLE)
      ) constants_rom (
          .clk(clk),
          .enable(reads),
          .address(issued),
          .data(constants)
      );
    end else begin : by_block
      snn_rom #(
          .WIDTH(LANES * PACK),
          .DEPTH(TABLE_WORDS),
          .ADDRESS_BITS(TABLE_BITS),
          .FILE(TABLE)
      ) constants_rom (
          .clk(clk),
          .enable(reads),
          .address(issued_block),
          .data(constants)
      );
    end
  endgenerate

  // ---- neurons -------------------------------------------------------------

  wire [LANES*VALUE_BITS-1:0] values;
  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
      wire [PACK-1:0] own = constants[lane*PACK+:PACK];
      wire [BIAS_BITS-1:0] bias = own[BIAS_BITS-1:0];
      snn_neuron #(
          .MODE(MODE),
          .BITS(BITS),
          .VALUE_BITS(VALUE_BITS),
          .LIMIT(LIMIT),
          .RECTIFIES(RECTIFIES),
          .THRESHOLD_BITS(THRESHOLD_BITS),
          .LEVELS(LEVELS),
          .STRICT(STRICT),
          .SIGNED(SIGNED),
          .NET_BITS(NET_BITS),
          .RESETS(RESETS),
          .RESET_VALUE(RESET_VALUE),
          .HALF(HALF),
          .LEAKS(LEAKS),
          .DECAY_BITS(DECAY_BITS),
          .CLOCKS(CLOCKS)
      ) neuron (
          .clk(clk),
          .go(go),
          .starts(starts),
          .v(v[lane*BITS+:BITS]),
          .kept(kept[lane*BITS+:BITS]),
          .bias({{(BITS - BIAS_BITS + 1) {bias[BIAS_BITS-1]}},
                 bias[BIAS_BITS-2:0]}),
          .threshold(own[BIAS_BITS+:THRESHOLD_BITS]),
          .decay(own[BIAS_BITS+THRESHOLD_BITS+:DECAY_BITS]),
          .net(net[lane*NET_BITS+:NET_BITS]),
          .value(values[lane*VALUE_BITS+:VALUE_BITS]),
          .next_v(next_v[lane*BITS+:BITS]),
          .next_net(next_net[lane*NET_BITS+:NET_BITS])
      );
    end
  endgenerate

  wire can_send;
  assign go = !done || can_send;
  snn_send #(
      .LANES(LANES),
      .LANE_BITS(LANE_BITS),
      .CHANNELS(CHANNELS),
      .BLOCK_BITS(BLOCK_BITS),
      .C_BITS(C_BITS),
      .Y_BITS(Y_BITS),
      .X_BITS(X_BITS),
      .VALUE_BITS(VALUE_BITS),
      .SENDS_ALL(SENDS_ALL)
  ) send (
      .clk(clk),
      .rst(rst),
      .valid(done),
      .ready(can_send),
      .sends(!is_clearing && (EMITS_LAST == 0 || is_last_step)),
      .ends(is_final),
      .values(values),
      .block(block),
      .y(y),
      .x(x),
      .out_valid(out_valid),
      .out_ready(out_ready),
      .out_data(out_data)
  );
  wire unused_sizes = &{1'b0, FINAL_ROW, FINAL_BLOCK, FINAL_X, FINAL_STEP};
endmodule
