#include "backends/hls/project.h"
#include "ir/shapes.h"
#include "ir/text.h"

#include <nlohmann/json.hpp>

namespace nc {
namespace {

using Json = nlohmann::ordered_json;

// `columns` numbers a line.
template <class Numbers, class Text>
std::string lines(const Numbers& values, int64_t columns, Text text_of) {
  std::string text;
  int64_t column = 0;
  for (const auto& each : values) {
    text += text_of(each);
    text += ++column == columns ? '\n' : ' ';
    if (column == columns) column = 0;
  }
  return text;
}

template <class Integers>
std::string integer_lines(const Integers& values, int64_t columns) {
  return lines(values, columns, [](int64_t x) { return std::to_string(x); });
}

// ASCII in a C string, one piece per line.
std::string c_string(const std::string& text) {
  std::string result = "    \"";
  for (char c : text) {
    if (c == '\n') {
      result += "\\n\"\n    \"";
      continue;
    }
    if (c == '"' || c == '\\' || c == '?') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string ascii(const Json& json) {
  return json.dump(1, ' ', true, Json::error_handler_t::replace);
}

std::string preprocessing_constants(const Preprocessing& preprocessing) {
  auto list = [](std::vector<double> values, double missing) {
    if (values.empty()) values = {missing};
    std::string text = "[" + std::to_string(values.size()) + "] = {";
    for (size_t i = 0; i < values.size(); ++i) {
      text += (i == 0 ? "" : ", ") + number_text(values[i]);
    }
    return text + "};\n";
  };
  return "static const double kScale = " + number_text(preprocessing.scale) +
         ";\nstatic const double kMean" + list(preprocessing.mean, 0) +
         "static const double kStd" + list(preprocessing.std, 1);
}

Json description(const HlsProject& project) {
  const Graph& graph = project.graph;
  const auto& input = std::get<Input>(graph.input().op);
  Json layers = Json::array();
  for (const HlsTrain& train : project.golden.trains) {
    layers.push_back({{"name", train.node},
                      {"steps", train.steps},
                      {"neurons", train.neurons}});
  }
  return {{"timesteps", graph.run.timesteps},
          {"schedule", name_of(graph.run.schedule)},
          {"encoding", name_of(graph.run.encoding)},
          {"readout", name_of(graph.run.readout)},
          {"input_shape", input.shape},
          {"input_frames", project.plan.frames},
          {"input_low", input.low},
          {"input_high", input.high},
          {"output_shape", infer_shapes(graph).at(graph.output().name)},
          {"classes", graph.run.classes},
          {"layers", layers}};
}

std::string layer_lines(const HlsProject& project) {
  std::string text;
  for (const HlsTrain& train : project.golden.trains) {
    size_t node = index_of(project.graph, train.node);
    text += "    {\"" + train.node + "\", \"" + project.plan.names[node] +
            "\", " + std::to_string(train.steps) + ", " +
            std::to_string(train.neurons) + "},\n";
  }
  return text;
}

}  // namespace

ProjectFile metadata(const HlsProject& project) {
  const Graph& graph = project.graph;
  const auto& input = std::get<Input>(graph.input().op);
  bool rests = graph.run.encoding != Encoding::direct;
  bool adds_up = graph.run.readout != Readout::membrane;
  double scale = std::get<Output>(graph.output().op).scale;
  std::string text =
      "// What the test bench and the library know of the network.\n"
      "#ifndef SNN_METADATA_H\n#define SNN_METADATA_H\n\n"
      "struct LayerInfo {\n  const char* node;\n"
      "  const char* file;  // in tb_data\n  int steps;\n  int neurons;\n};\n"
      "static const LayerInfo kLayerInfos[] = {\n" +
      layer_lines(project) + "};\nstatic const int kLayers = " +
      std::to_string(project.golden.trains.size()) + ";\n\n" +
      "// The input node takes clip(round(x / kInputStep), kInputLow, "
      "kInputHigh)\n// of x = (stored * kScale - kMean) / kStd" +
      (rests ? ", or 0" : "") + ".\n" +
      preprocessing_constants(graph.run.preprocessing) +
      "static const double kInputStep = " + number_text(input.step) +
      ";\nstatic const long long kInputLow = " + std::to_string(input.low) +
      ";\nstatic const long long kInputHigh = " + std::to_string(input.high) +
      ";\nstatic const bool kMayRest = " + (rests ? "true" : "false") +
      ";\n\n// Readout values times kOutputScale / kOutputSteps are in the "
      "source's units.\nstatic const double kOutputScale = " +
      number_text(scale) + ";\nstatic const double kOutputSteps = " +
      std::to_string(adds_up ? graph.run.timesteps : 1) +
      ";\n\nstatic const char kMetadata[] =\n" +
      c_string(ascii(description(project))) + ";\n\n#endif\n";
  return {"metadata.h", text};
}

std::vector<ProjectFile> golden_files(const HlsProject& project) {
  const HlsGolden& golden = project.golden;
  const HlsPlan& plan = project.plan;
  std::vector<ProjectFile> files;
  files.push_back(
      {"tb_data/samples.dat", std::to_string(golden.samples) + "\n"});
  files.push_back({"tb_data/input.dat",
                   integer_lines(golden.input, plan.input.size / plan.frames)});
  files.push_back(
      {"tb_data/output.dat", lines(golden.outputs, plan.output.size,
                                   [](double x) { return number_text(x); })});
  for (const HlsTrain& train : golden.trains) {
    size_t node = index_of(project.graph, train.node);
    files.push_back({"tb_data/spikes_" + plan.names[node] + ".dat",
                     integer_lines(train.spikes, train.neurons)});
  }
  return files;
}

}  // namespace nc
