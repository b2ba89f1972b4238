#include <algorithm>
#include <cmath>

#include "backends/rtl/project.h"

namespace nc {
namespace {

struct Tokens {
  RtlTable table;
  int64_t size() const { return table.size(); }
};

class TokenWriter {
 public:
  TokenWriter(const RtlImage& image, const RtlValue& value)
      : image_(image), value_(value) {}

  void event(int64_t value, int64_t c, int64_t y, int64_t x) {
    add(false, value_.kind == RtlValue::one ? 1 : value, c, y, x);
  }
  void end() { add(true, 0, 0, 0, 0); }

  RtlTable table;

 private:
  void add(bool last, int64_t value, int64_t c, int64_t y, int64_t x) {
    table.add(RtlWord()
                  .add(x, image_.x_bits())
                  .add(y, image_.y_bits())
                  .add(c, image_.c_bits())
                  .add(value, value_.bits)
                  .add(last, 1));
  }

  RtlImage image_;
  RtlValue value_;
};

// In the order in which layers go through their neurons.
template <class Value>
void write_frame(TokenWriter& writer, const RtlImage& image, bool sends_all,
                 Value value_at) {
  for (int64_t y = 0; y < image.h; ++y) {
    for (int64_t x = 0; x < image.w; ++x) {
      for (int64_t c = 0; c < image.c; ++c) {
        int64_t value = value_at((c * image.h + y) * image.w + x);
        if (value != 0 || sends_all) writer.event(value, c, y, x);
      }
    }
  }
  writer.end();
}

RtlTable input_tokens(const RtlProject& project) {
  const RtlStream& input = project.plan.input;
  TokenWriter writer(input.image, input.value);
  int64_t frames = project.golden.samples * project.golden.frames;
  int64_t size = input.image.size();
  for (int64_t frame = 0; frame < frames; ++frame) {
    write_frame(writer, input.image, false, [&](int64_t i) {
      return project.golden.input[static_cast<size_t>(frame * size + i)];
    });
  }
  return writer.table;
}

RtlTable train_tokens(const RtlProject& project, const RtlMonitor& monitor) {
  TokenWriter writer(monitor.image, monitor.value);
  for (const HlsTrain& train : project.golden.trains) {
    if (train.node != monitor.node) continue;
    int64_t frames = project.golden.samples * train.steps;
    for (int64_t frame = 0; frame < frames; ++frame) {
      write_frame(writer, monitor.image, false, [&](int64_t i) {
        return int64_t{
            train.spikes[static_cast<size_t>(frame * train.neurons + i)]};
      });
    }
  }
  return writer.table;
}

// Readouts in the source's units, as the sums that they were made from.
int64_t readout_sum(const RtlProject& project, double output) {
  const Run& run = project.graph.run;
  double scale = std::get<Output>(project.graph.output().op).scale;
  if (run.readout != Readout::membrane) {
    scale /= static_cast<double>(run.timesteps);
  }
  return scale == 0 ? 0 : std::llround(output / scale);
}

RtlTable output_tokens(const RtlProject& project) {
  const RtlStream& output = project.plan.output;
  TokenWriter writer(output.image, output.value);
  int64_t size = output.image.size();
  for (int64_t sample = 0; sample < project.golden.samples; ++sample) {
    write_frame(writer, output.image, true, [&](int64_t i) {
      return readout_sum(
          project,
          project.golden.outputs[static_cast<size_t>(sample * size + i)]);
    });
  }
  return writer.table;
}

// What a classifier answers: the first of the largest readouts.
RtlTable best_classes(const RtlProject& project) {
  const RtlImage& image = project.plan.output.image;
  RtlTable table;
  auto first = project.golden.outputs.begin();
  for (int64_t sample = 0; sample < project.golden.samples; ++sample) {
    auto last = first + static_cast<std::ptrdiff_t>(image.size());
    auto best = std::max_element(first, last, [&](double a, double b) {
      return readout_sum(project, a) < readout_sum(project, b);
    });
    table.add(RtlWord().add(best - first, image.class_bits()).add(0, 1));
    first = last;
  }
  return table;
}

std::string number(int64_t value) { return std::to_string(value); }

std::string range(int64_t bits) { return "[" + number(bits - 1) + ":0] "; }

struct Check {
  std::string title;  // "layer 'if1'"
  std::string file;
  std::string id;
  std::string valid;
  std::string data;
  int64_t bits;
  int64_t value_bits;
  int64_t tokens;
};

std::string check_text(const Check& check) {
  return "  wire " + check.id + "_done;\n  wire [31:0] " + check.id +
         "_different;\n  snn_check #(\n      .NAME(\"" + check.title +
         "\"),\n      .FILE(\"" + check.file + "\"),\n      .WIDTH(" +
         number(check.bits) + "),\n      .TOKENS(" + number(check.tokens) +
         ")\n  ) " + check.id +
         " (\n      .clk(clk),\n      .rst(rst),\n"
         "      .valid(" +
         check.valid + "),\n      .data(" + check.data + "),\n      .done(" +
         check.id + "_done),\n      .different(" + check.id +
         "_different)\n  );\n";
}

std::vector<Check> checks_of(const RtlProject& project) {
  std::vector<Check> checks;
  int64_t low = 0;
  int64_t layer = 0;
  for (const RtlMonitor& each : project.plan.monitors) {
    int64_t bits = token_bits(each.image, each.value);
    checks.push_back(
        {"layer '" + each.node + "'", "tb_data/spikes_" + each.name + ".hex",
         "layer_" + number(layer), "monitor_valid[" + number(layer) + "]",
         "monitor_data[" + number(low) + "+:" + number(bits) + "]", bits,
         each.value.bits, train_tokens(project, each).size()});
    low += bits;
    ++layer;
  }
  const RtlStream& output = project.plan.output;
  checks.push_back({"output", "tb_data/output.hex", "output_tokens",
                    "out_valid && out_ready", "out_data", output.bits,
                    output.value.bits, output_tokens(project).size()});
  int64_t best = output.image.class_bits() + 1;
  checks.push_back({"best_class", "tb_data/best_class.hex", "best_classes",
                    "best_valid", "{1'b0, best_class}", best, best - 1,
                    project.golden.samples});
  return checks;
}

}  // namespace

std::vector<ProjectFile> rtl_golden(const RtlProject& project) {
  std::vector<ProjectFile> files = {
      {"tb_data/input.hex", input_tokens(project).text()},
      {"tb_data/output.hex", output_tokens(project).text()},
      {"tb_data/best_class.hex", best_classes(project).text()}};
  for (const RtlMonitor& each : project.plan.monitors) {
    files.push_back({"tb_data/spikes_" + each.name + ".hex",
                     train_tokens(project, each).text()});
  }
  return files;
}

ProjectFile rtl_bench(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  int64_t monitor_bits = 0;
  for (const RtlMonitor& each : plan.monitors) {
    monitor_bits += token_bits(each.image, each.value);
  }
  double cycles = 0;
  for (const RtlInstance& each : plan.instances) cycles += each.cycles;
  std::string layers = number(static_cast<int64_t>(plan.monitors.size()));
  std::string text =
      "// Feeds the stored probe to the network and compares every token that "
      "a layer\n// sends, and the outputs, with those of the reference "
      "engine.\n"
      "// PAUSES: the feed and the reader of the outputs rest now and then.\n"
      "module bench #(\n    parameter PAUSES = 0\n) (\n    input wire clk,\n   "
      " input wire rst,\n"
      "    output wire done,\n    output wire failed\n);\n"
      "  wire in_valid;\n  wire in_ready;\n  wire " +
      range(plan.input.bits) +
      "in_data;\n  wire out_valid;\n"
      "  wire out_ready;\n  wire " +
      range(plan.output.bits) + "out_data;\n  wire best_valid;\n  wire " +
      range(plan.output.image.class_bits()) + "best_class;\n  wire " +
      range(static_cast<int64_t>(plan.monitors.size())) +
      "monitor_valid;\n  wire " + range(monitor_bits) +
      "monitor_data;\n\n"
      "  snn network (\n      .clk(clk),\n      .rst(rst),\n"
      "      .in_valid(in_valid),\n      .in_ready(in_ready),\n"
      "      .in_data(in_data),\n      .out_valid(out_valid),\n"
      "      .out_ready(out_ready),\n      .out_data(out_data),\n"
      "      .best_valid(best_valid),\n      .best_class(best_class),\n"
      "      .monitor_valid(monitor_valid),\n"
      "      .monitor_data(monitor_data)\n  );\n"
      "  snn_pause #(\n      .PAUSES(PAUSES),\n      .SEED(16'h1234)\n"
      "  ) reader (\n      .clk(clk),\n      .rst(rst),\n"
      "      .holds(1'b0),\n      .goes(out_ready)\n  );\n\n"
      "  snn_feed #(\n      .PAUSES(PAUSES),\n      "
      ".FILE(\"tb_data/input.hex\"),\n      .WIDTH(" +
      number(plan.input.bits) + "),\n      .TOKENS(" +
      number(input_tokens(project).size()) +
      ")\n  ) feed (\n      .clk(clk),\n      .rst(rst),\n"
      "      .valid(in_valid),\n      .ready(in_ready),\n"
      "      .data(in_data)\n  );\n\n";
  std::string done;
  std::string spikes;
  for (const Check& each : checks_of(project)) {
    text += check_text(each);
    done += (done.empty() ? "" : " && ") + each.id + "_done";
    if (each.id.starts_with("layer_")) {
      spikes += (spikes.empty() ? "" : " + ") + each.id + "_different";
    }
  }
  text += "\n  snn_verdict #(\n      .SAMPLES(" +
          number(project.golden.samples) + "),\n      .STEPS(" +
          number(project.graph.run.timesteps) + "),\n      .LAYERS(" + layers +
          "),\n      .MOST_IDLE(" +
          number(5000 + static_cast<int64_t>(8 * cycles)) +
          ")\n  ) verdict (\n      .clk(clk),\n      .rst(rst),\n"
          "      .starts(in_valid && in_ready),\n"
          "      .moves(|monitor_valid || (out_valid && out_ready) ||\n"
          "             (in_valid && in_ready)),\n"
          "      .complete(" +
          done + "),\n      .spikes(" + spikes +
          "),\n      .outputs(output_tokens_different + "
          "best_classes_different),\n      .done(done),\n"
          "      .failed(failed)\n  );\nendmodule\n";
  return {"bench.v", text};
}

ProjectFile rtl_pins(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  int64_t monitor_bits = 0;
  for (const RtlMonitor& each : plan.monitors) {
    monitor_bits += token_bits(each.image, each.value);
  }
  std::string text =
      "// The network behind a few pins: tokens come and go bit by bit, the "
      "highest\n// first. in_put hands over what was shifted in; out_next "
      "takes the next token\n// when out_has says that there is one.\n"
      "module pins (\n    input wire clk,\n    input wire rst,\n"
      "    input wire in_shift,\n    input wire in_bit,\n"
      "    input wire in_put,\n    output wire in_free,\n"
      "    input wire out_next,\n    input wire out_shift,\n"
      "    output wire out_has,\n    output wire out_bit\n);\n"
      "  reg [" +
      number(plan.input.bits - 1) +
      ":0] in_token;\n"
      "  reg in_valid;\n  wire in_ready;\n  reg [" +
      number(plan.output.bits - 1) +
      ":0] out_token;\n  wire out_valid;\n"
      "  wire [" +
      number(plan.output.bits - 1) +
      ":0] out_data;\n"
      "  wire unused_valid;\n  wire [" +
      number(plan.output.image.class_bits() - 1) +
      ":0] unused_class;\n  wire [" +
      number(static_cast<int64_t>(plan.monitors.size()) - 1) +
      ":0] unused_monitor_valid;\n  wire [" + number(monitor_bits - 1) +
      ":0] unused_monitor_data;\n"
      "  assign in_free = !in_valid;\n  assign out_has = out_valid;\n"
      "  assign out_bit = out_token[" +
      number(plan.output.bits - 1) +
      "];\n"
      "  always @(posedge clk) begin\n"
      "    if (in_shift) in_token <= {in_token[" +
      number(plan.input.bits - 2) +
      ":0], in_bit};\n"
      "    if (out_next) out_token <= out_data;\n"
      "    else if (out_shift) out_token <= {out_token[" +
      number(plan.output.bits - 2) +
      ":0], 1'b0};\n"
      "    if (rst) in_valid <= 0;\n    else if (in_put) in_valid <= 1;\n"
      "    else if (in_ready) in_valid <= 0;\n  end\n"
      "  snn network (\n      .clk(clk),\n      .rst(rst),\n"
      "      .in_valid(in_valid),\n      .in_ready(in_ready),\n"
      "      .in_data(in_token),\n      .out_valid(out_valid),\n"
      "      .out_ready(out_next),\n      .out_data(out_data),\n"
      "      .best_valid(unused_valid),\n      .best_class(unused_class),\n"
      "      .monitor_valid(unused_monitor_valid),\n"
      "      .monitor_data(unused_monitor_data)\n  );\nendmodule\n";
  return {"pins.v", text};
}

ProjectFile rtl_pins_bench(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  int64_t tokens = input_tokens(project).size();
  double cycles = 0;
  for (const RtlInstance& each : plan.instances) cycles += each.cycles;
  std::string text =
      "// Shifts the stored probe through the pins and compares the tokens "
      "that "
      "come\n// with those of the reference engine.\n"
      "module pins_bench (\n    input wire clk,\n    input wire rst,\n"
      "    output wire done,\n    output wire failed\n);\n"
      "  wire in_shift, in_bit, in_put, in_free;\n"
      "  wire out_next, out_shift, out_has, out_bit;\n"
      "  wire valid, complete;\n  wire [31:0] different;\n  wire " +
      range(plan.output.bits) +
      "data;\n\n"
      "  pins pins (\n      .clk(clk),\n      .rst(rst),\n"
      "      .in_shift(in_shift),\n      .in_bit(in_bit),\n"
      "      .in_put(in_put),\n      .in_free(in_free),\n"
      "      .out_next(out_next),\n      .out_shift(out_shift),\n"
      "      .out_has(out_has),\n      .out_bit(out_bit)\n  );\n"
      "  snn_drive #(\n      .FILE(\"tb_data/input.hex\"),\n"
      "      .IN_WIDTH(" +
      number(plan.input.bits) + "),\n      .TOKENS(" + number(tokens) +
      "),\n      .OUT_WIDTH(" + number(plan.output.bits) +
      ")\n  ) drive (\n      .clk(clk),\n      .rst(rst),\n"
      "      .in_shift(in_shift),\n      .in_bit(in_bit),\n"
      "      .in_put(in_put),\n      .in_free(in_free),\n"
      "      .out_next(out_next),\n      .out_shift(out_shift),\n"
      "      .out_has(out_has),\n      .out_bit(out_bit),\n"
      "      .valid(valid),\n      .data(data)\n  );\n"
      "  snn_check #(\n      .NAME(\"output\"),\n"
      "      .FILE(\"tb_data/output.hex\"),\n      .WIDTH(" +
      number(plan.output.bits) + "),\n      .TOKENS(" +
      number(output_tokens(project).size()) +
      ")\n  ) check (\n      .clk(clk),\n      .rst(rst),\n"
      "      .valid(valid),\n      .data(data),\n      .done(complete),\n"
      "      .different(different)\n  );\n"
      "  snn_verdict #(\n      .SAMPLES(" +
      number(project.golden.samples) + "),\n      .STEPS(" +
      number(project.graph.run.timesteps) +
      "),\n      .LAYERS(0),\n      .MOST_IDLE(" +
      number(5000 + static_cast<int64_t>(8 * cycles)) +
      ")\n  ) verdict (\n      .clk(clk),\n      .rst(rst),\n"
      "      .starts(in_shift),\n      .moves(in_shift || valid),\n"
      "      .complete(complete),\n      .spikes(32'd0),\n"
      "      .outputs(different),\n      .done(done),\n"
      "      .failed(failed)\n  );\nendmodule\n";
  return {"pins_bench.v", text};
}

std::vector<ProjectFile> rtl_tables(const RtlProject& project) {
  std::vector<ProjectFile> files;
  for (const RtlTable& each : project.plan.tables) {
    files.push_back({each.file, each.text()});
  }
  return files;
}

}  // namespace nc
