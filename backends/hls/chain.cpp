#include <set>

#include "backends/hls/project.h"

namespace nc {
namespace {

std::string number(int64_t value) { return std::to_string(value); }

std::string number_type(int64_t value) {
  bool is_small = value == static_cast<int32_t>(value);
  return is_small ? "int" : "long long";
}

bool streams(const HlsProject& project) {
  return project.options.io == HlsIo::stream;
}

std::string joined(const std::vector<std::string>& words,
                   const std::string& between) {
  std::string text;
  for (const std::string& each : words) {
    text += (text.empty() ? "" : between) + each;
  }
  return text;
}

std::vector<HlsBuffer> states_of(const HlsPlan& plan) {
  std::vector<HlsBuffer> states;
  for (const HlsLayer& layer : plan.layers) {
    states.insert(states.end(), layer.states.begin(), layer.states.end());
  }
  return states;
}

std::string storage(const HlsProject& project, const std::string& variable,
                    const std::string& type) {
  std::string memory = name_of(project.options.memory);
  if (project.options.memory == HlsMemory::automatic) return "";
  // UltraRAM has no initial content: constants stay in block RAM.
  if (memory == "uram" && type.starts_with("rom")) memory = "bram";
  return "#pragma HLS BIND_STORAGE variable = " + variable + " type = " + type +
         " impl = " + memory + "\n";
}

// ---- The top function ------------------------------------------------------

std::string top_declaration(const HlsProject& project) {
  if (streams(project)) {
    return "void network(hls::stream<input_t>& input,\n"
           "             hls::stream<output_t>& output)";
  }
  return "void network(const input_t input[kFrames * kInputs],\n"
         "             output_t output[kOutputs])";
}

std::string constants(const HlsProject& project) {
  const HlsPlan& plan = project.plan;
  return "constexpr int kSteps = " + number(project.graph.run.timesteps) +
         ";   // of one sample\n"
         "constexpr int kCalls = " +
         number(plan.calls) +
         ";   // of the chain for one sample\n"
         "constexpr int kFrames = " +
         number(plan.frames) +
         ";  // that a sample brings\n"
         "constexpr int kInputs = " +
         number(plan.input.size / plan.frames) +
         ";\nconstexpr int kOutputs = " + number(plan.output.size) + ";\n";
}

// ---- One step --------------------------------------------------------------

std::string call_of(const HlsLayer& layer, bool as_stream) {
  std::vector<std::string> words = layer.reads;
  words.insert(words.end(), layer.writes.begin(), layer.writes.end());
  for (const HlsBuffer& each : layer.states) words.push_back(each.name);
  for (const HlsTable& each : layer.tables) words.push_back(each.name);
  words.insert(words.end(), layer.last_arguments.begin(),
               layer.last_arguments.end());
  return "  snn::" + layer.kernel + (as_stream ? "_stream" : "") + "<" +
         layer.id + "_layer>(" + joined(words, ", ") + ");\n";
}

std::string buffer_line(const HlsProject& project, const HlsBuffer& buffer) {
  std::string type = type_name(buffer.type);
  if (!streams(project)) {
    return "  SNN_BUFFER " + type + " " + buffer.name + "[" +
           number(buffer.size) + "];\n";
  }
  return "  hls::stream<" + type + "> " + buffer.name + "(\"" + buffer.name +
         "\");\n#pragma HLS STREAM variable = " + buffer.name +
         " depth = " + number(buffer.depth) + "\n";
}

std::string step_parameters(const HlsProject& project) {
  std::vector<std::string> words;
  if (streams(project)) {
    words = {"hls::stream<input_t>& input", "hls::stream<output_t>& output"};
  } else {
    words = {"const input_t input[]", "output_t output[]"};
  }
  for (const HlsBuffer& state : states_of(project.plan)) {
    words.push_back(type_name(state.type) + " " + state.name + "[]");
  }
  words.insert(words.end(), {"int step", "bool first", "bool last"});
  return joined(words, ",\n    ");
}

std::string step_function(const HlsProject& project) {
  const HlsPlan& plan = project.plan;
  bool as_stream = streams(project);
  std::string text =
      "// One step: layer after layer.\nstatic void run_step(\n    " +
      step_parameters(project) + ") {\n";
  if (as_stream) text += "#pragma HLS DATAFLOW\n";
  for (const HlsLayer& layer : plan.layers) {
    for (const HlsTable& each : layer.tables) {
      if (each.is_used) text += storage(project, each.name, "rom_1p");
    }
  }
  for (const HlsBuffer& each : plan.buffers) {
    text += buffer_line(project, each);
  }
  for (const HlsLayer& each : plan.layers) text += call_of(each, as_stream);
  return text + "  (void)step;\n  (void)first;\n  (void)last;\n}\n";
}

std::string top_function(const HlsProject& project) {
  bool as_stream = streams(project);
  std::string text = top_declaration(project) + " {\n";
  const char* mode = as_stream ? "axis" : "ap_memory";
  for (const char* port : {"input", "output"}) {
    text += std::string("#pragma HLS INTERFACE mode = ") + mode +
            " port = " + port + "\n";
  }
  std::vector<std::string> words = {"input", "output"};
  for (const HlsBuffer& state : states_of(project.plan)) {
    text += "  static " + type_name(state.type) + " " + state.name + "[" +
            number(state.size) + "];\n";
    if (state.is_used) text += storage(project, state.name, "ram_2p");
    words.push_back(state.name);
  }
  words.insert(words.end(), {"step", "step == 0", "step + 1 == kCalls"});
  return text + "  for (int step = 0; step < kCalls; ++step) {\n    run_step(" +
         joined(words, ", ") + ");\n  }\n}\n";
}

std::string includes(const HlsProject& project) {
  std::set<std::string> tables;
  for (const HlsLayer& layer : project.plan.layers) {
    if (!layer.tables.empty()) tables.insert(layer.id);
  }
  std::string text = "#include \"snn.h\"\n\n#include \"layers.h\"\n";
  for (const char* each :
       {"elementwise", "ends", "neurons", "pools", "rearrange", "weighted"}) {
    text += std::string("#include \"kernels/") + each + ".h\"\n";
  }
  if (streams(project)) {
    text +=
        "#include \"kernels/stream_ends.h\"\n"
        "#include \"kernels/streaming.h\"\n";
  }
  for (const std::string& id : tables) {
    text += "#include \"weights/" + id + ".h\"\n";
  }
  return text;
}

}  // namespace

ProjectFile chain_header(const HlsProject& project) {
  const HlsPlan& plan = project.plan;
  bool as_stream = streams(project);
  std::string text =
      "// The network as one function: a sample's input to its readout.\n"
      "#ifndef SNN_H\n#define SNN_H\n\n#include \"kernels/integers.h\"\n";
  if (as_stream) text += "#include \"kernels/fifo.h\"\n";
  text += std::string("\n#define SNN_STREAM ") + (as_stream ? "1" : "0") +
          "\n\ntypedef " + type_name(plan.input.type) + " input_t;\ntypedef " +
          type_name(plan.output.type) + " output_t;\n\n" + constants(project) +
          "\n" + top_declaration(project) + ";\n\n#endif\n";
  return {"snn.h", text};
}

ProjectFile chain_source(const HlsProject& project) {
  return {"snn.cpp", includes(project) + "\n" + step_function(project) + "\n" +
                         top_function(project)};
}

ProjectFile layer_structs(const HlsPlan& plan) {
  std::string text =
      "// A struct per layer: the types and sizes its kernel is made for.\n"
      "#ifndef SNN_LAYERS_H\n#define SNN_LAYERS_H\n\n"
      "#include \"kernels/integers.h\"\n";
  for (const HlsLayer& layer : plan.layers) {
    text += "\nstruct " + layer.id + "_layer {  // " + layer.kernel +
            ", node " + layer.node + "\n";
    for (const auto& [name, type] : layer.types) {
      text += "  typedef " + type_name(type) + " " + name + ";\n";
    }
    for (const HlsTable& each : layer.tables) {
      std::string kind = each.name.substr(each.name.rfind('_') + 1);
      text += "  typedef " + table_name(each.type) + " " + kind + "_rom;\n";
    }
    for (const auto& [name, value] : layer.numbers) {
      text += "  static constexpr " + number_type(value) + " " + name + " = " +
              number(value) + ";\n";
    }
    text += "};\n";
  }
  return {"layers.h", text + "\n#endif\n"};
}

}  // namespace nc
