// nc-as: a graph from its text form or JSON.
#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/file.h"
#include "ir/json.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "tools/support/main.h"

namespace {

nc::Graph assemble(const std::string& path) {
  constexpr size_t kLongest = size_t{1} << 32;
  std::vector<std::byte> bytes = nc::read_whole(path, kLongest);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    size_t start = text.find_first_not_of(" \t\r\n");
    bool json = start != std::string::npos && text[start] == '{';
    nc::Graph graph = json ? nc::from_json_text(text) : nc::parse_listing(text);
    nc::require_valid(graph);
    return graph;
  } catch (const nc::Error& error) {
    throw error.in(path == "-" ? "standard input" : path);
  }
}

}  // namespace

int main(int argc, char** argv) {
  nc::Tool tool("nc-as", "Assembles a graph from the text or JSON of nc-dis.",
                "  nc-as net.txt -o net.snn\n"
                "  nc-dis net.snn --json | nc-as - -o same.snn");
  std::string input;
  std::string output = "-";
  tool.app()
      .add_option("input", input, "text or JSON to read; - is stdin")
      ->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  return tool.run(argc, argv, [&] { nc::save(assemble(input), output); });
}
