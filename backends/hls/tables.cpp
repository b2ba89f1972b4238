#include "backends/hls/project.h"

namespace nc {
namespace {

constexpr size_t kColumns = 78;

// Numbers in lines of at most kColumns characters.
std::string numbers(const std::vector<int64_t>& values) {
  std::string text;
  std::string line;
  for (int64_t value : values) {
    std::string word = std::to_string(value) + ",";
    if (line.size() + word.size() + 1 > kColumns) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "    " : " ") + word;
  }
  return text + line;
}

std::string definition(const HlsTable& table) {
  return "static const " + table_name(table.type) + " " + table.name + "[" +
         std::to_string(table.values.size()) + "] = {\n" +
         numbers(table.values) + "};\n";
}

std::string guard(const std::string& id) { return "SNN_WEIGHTS_" + id + "_H"; }

}  // namespace

std::vector<ProjectFile> table_headers(const HlsPlan& plan) {
  std::vector<ProjectFile> files;
  for (const HlsLayer& layer : plan.layers) {
    if (layer.tables.empty()) continue;
    std::string text = "#ifndef " + guard(layer.id) + "\n#define " +
                       guard(layer.id) +
                       "\n\n#include \"../kernels/integers.h\"\n";
    for (const HlsTable& each : layer.tables) text += "\n" + definition(each);
    files.push_back({"weights/" + layer.id + ".h", text + "\n#endif\n"});
  }
  return files;
}

}  // namespace nc
