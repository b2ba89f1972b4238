#include <algorithm>

#include "backends/rtl/project.h"

namespace nc {
namespace {

std::string range(int64_t bits) {
  return "[" + std::to_string(bits - 1) + ":0] ";
}

std::string wires(const RtlStream& stream) {
  return "  wire " + stream.name + "_valid;\n  wire " + stream.name +
         "_ready;\n  wire " + range(stream.bits) + stream.name + "_data;\n";
}

std::string assign(const std::string& to, const std::string& from) {
  return "  assign " + to + " = " + from + ";\n";
}

// From the stream to those who read it.
std::string readers(const RtlStream& stream) {
  const std::string& name = stream.name;
  std::string text;
  for (const std::string& each : stream.readers) {
    text += "  wire " + each + "_valid;\n  wire " + each + "_ready;\n";
  }
  if (stream.readers.empty()) {
    return assign(name + "_ready", "1'b1") + "  wire unused_" + name +
           " = &{1'b0, " + name + "_valid, " + name + "_data};\n";
  }
  if (stream.readers.size() == 1) {
    return text + assign(stream.readers[0] + "_valid", name + "_valid") +
           assign(name + "_ready", stream.readers[0] + "_ready");
  }
  std::string valid;
  std::string ready;
  for (const std::string& each : stream.readers) {
    std::string comma = valid.empty() ? "" : ", ";
    valid = each + "_valid" + comma + valid;
    ready = each + "_ready" + comma + ready;
  }
  return text + "  snn_fork #(\n      .BRANCHES(" +
         std::to_string(stream.readers.size()) + ")\n  ) " + name +
         "_fork (\n      .clk(clk),\n      .rst(rst),\n      .in_valid(" +
         name + "_valid),\n      .in_ready(" + name +
         "_ready),\n      .out_valid({" + valid + "}),\n      .out_ready({" +
         ready + "})\n  );\n";
}

bool is_output(const RtlProject& project, const RtlStream& stream) {
  return stream.name == project.plan.output.name;
}

// A port that nothing reads gets a wire of its own.
std::string port(const RtlInstance& instance, const std::string& name,
                 std::string value, std::string& unused) {
  if (value.empty()) {
    value = "unused_" + instance.name + "_" + name;
    unused += "  wire " + value + ";\n";
  }
  return ",\n      ." + name + "(" + value + ")";
}

std::string instance_text(const RtlInstance& instance) {
  std::string parameters;
  for (const auto& [name, value] : instance.parameters) {
    parameters += (parameters.empty() ? "" : ",\n") + std::string("      .") +
                  name + "(" + value + ")";
  }
  std::string unused;
  std::string ports = "      .clk(clk),\n      .rst(rst)";
  for (const auto& [name, value] : instance.ports) {
    ports += port(instance, name, value, unused);
  }
  return "  // node " + instance.node + "\n" + unused + "  " + instance.module +
         " #(\n" + parameters + "\n  ) " + instance.name + " (\n" + ports +
         "\n  );\n";
}

std::string ports(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  auto layers = static_cast<int64_t>(plan.monitors.size());
  return "module snn (\n    input wire clk,\n    input wire rst,\n"
         "    input wire in_valid,\n    output wire in_ready,\n"
         "    input wire " +
         range(plan.input.bits) +
         "in_data,\n"
         "    output wire out_valid,\n    input wire out_ready,\n"
         "    output wire " +
         range(plan.output.bits) +
         "out_data,\n"
         "    output wire best_valid,\n    output wire " +
         range(plan.output.image.class_bits()) +
         "best_class,\n    output wire " + range(layers) +
         "monitor_valid,\n    output wire " +
         range(monitor_bits(project.plan)) + "monitor_data\n);\n";
}

// The first layer lowest.
std::string monitors(const RtlProject& project) {
  std::string valid;
  std::string data;
  for (const RtlMonitor& each : project.plan.monitors) {
    std::string comma = valid.empty() ? "" : ",\n    ";
    valid = each.stream + "_valid & " + each.stream + "_ready" + comma + valid;
    data = each.stream + "_data" + comma + data;
  }
  return assign("monitor_valid", "{\n    " + valid + "\n  }") +
         assign("monitor_data", "{\n    " + data + "\n  }");
}

// Which output the token that goes by is of, counted as the reference engine
// does: (c height + y) width + x.
std::string class_of(const RtlImage& image) {
  int64_t bits = image.class_bits();
  auto field = [&](const char* name, int64_t low, int64_t width) {
    width = std::min(width, bits);
    std::string part = "out_data[" + std::to_string(low + width - 1) + ":" +
                       std::to_string(low) + "]";
    std::string zeros = std::to_string(bits - width) + "'d0, ";
    return "  wire " + range(bits) + name + " = " +
           (width < bits ? "{" + zeros + part + "}" : part) + ";\n";
  };
  std::string text;
  std::string sum;
  auto add = [&](const char* name, int64_t low, int64_t width, int64_t size,
                 int64_t factor) {
    if (size == 1) return;  // and the factor may be too wide for a literal
    text += field(name, low, width);
    sum += (sum.empty() ? "" : " + ") + std::string(name);
    if (factor == 1) return;
    sum += " * " + std::to_string(bits) + "'d" + std::to_string(factor);
  };
  int64_t y = image.x_bits(), c = y + image.y_bits();
  add("class_c", c, image.c_bits(), image.c, image.h * image.w);
  add("class_y", y, image.y_bits(), image.h, image.w);
  add("class_x", 0, image.x_bits(), image.w, 1);
  if (sum.empty()) sum = std::to_string(bits) + "'d0";
  return text + assign("out_class", sum);
}

std::string ends(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  const std::string& in = plan.input.name;
  const std::string& out = plan.output.name;
  int64_t index = plan.output.bits - 1 - plan.output.value.bits;
  int64_t bits = plan.output.image.class_bits();
  std::string top = std::to_string(plan.output.bits - 1);
  return assign(in + "_valid", "in_valid") + assign("in_ready", in + "_ready") +
         assign(in + "_data", "in_data") + assign("out_valid", out + "_valid") +
         assign(out + "_ready", "out_ready") +
         assign("out_data", out + "_data") + "  wire " + range(bits) +
         "out_class;\n" + class_of(plan.output.image) +
         "  snn_argmax #(\n      .VALUE_BITS(" +
         std::to_string(plan.output.value.bits) + "),\n      .CLASS_BITS(" +
         std::to_string(bits) +
         ")\n  ) argmax (\n      .clk(clk),\n      .rst(rst),\n"
         "      .valid(out_valid && out_ready),\n      .last(out_data[" +
         top + "]),\n      .value(out_data[" +
         std::to_string(plan.output.bits - 2) + ":" + std::to_string(index) +
         "]),\n      .number(out_class),\n"
         "      .done(best_valid),\n      .best(best_class)\n  );\n";
}

std::string field(const char* name, int64_t bits, int64_t& low) {
  std::string text = std::string(name) + " [" + std::to_string(low + bits - 1) +
                     ":" + std::to_string(low) + "]";
  low += bits;
  return text;
}

std::string token_comment(const RtlStream& stream) {
  int64_t low = 0;
  std::string x = field("x", stream.image.x_bits(), low);
  std::string y = field("y", stream.image.y_bits(), low);
  std::string c = field("c", stream.image.c_bits(), low);
  std::string value = field("value", stream.value.bits, low);
  return "last [" + std::to_string(low) + "], " + value + ", " + c + ", " + y +
         ", " + x;
}

}  // namespace

ProjectFile rtl_top(const RtlProject& project) {
  const RtlPlan& plan = project.plan;
  std::string text =
      "// The network: an instance per layer, streams of tokens between them.\n"
      "//\n// in_data: " +
      token_comment(plan.input) +
      "\n// out_data: " + token_comment(plan.output) +
      "\n// monitor_...: what each layer sends, the first one lowest; leave it "
      "open.\n" +
      ports(project);
  for (const RtlStream& each : plan.streams) text += wires(each);
  for (const RtlStream& each : plan.streams) {
    if (!is_output(project, each)) text += readers(each);
  }
  for (const std::string& each : plan.assigns) text += "  " + each + "\n";
  for (const RtlInstance& each : plan.instances) text += instance_text(each);
  return {"snn.v", text + ends(project) + monitors(project) + "endmodule\n"};
}

std::vector<ProjectFile> rtl_tables(const RtlProject& project) {
  std::vector<ProjectFile> files;
  for (const RtlTable& each : project.plan.tables) {
    files.push_back({each.file, each.text()});
  }
  return files;
}

}  // namespace nc
