// nc-export-nir: a spiking graph as a NIR file.
#include "tools/support/exporting.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/step.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-export-nir",
      "Writes a spiking network as NIR, for the frameworks that read it. What "
      "a profile cannot say exactly is refused by name.",
      "  nc-export-nir net.snn -o net.nir\n"
      "  nc-export-nir net.snn -o net.nir --profile snntorch --loader\n"
      "  nc-export-nir net.snn -o net.nir --profile exact --json -");
  std::string input;
  nc::ExportJob job;
  tool.app()
      .add_option("input", input, "graph to read; - is stdin")
      ->required();
  nc::add_export_options(tool.app(), job);
  return tool.run(argc, argv, [&] {
    nc::Graph graph = nc::open_graph(input);
    graph.history.push_back(nc::make_step(tool.app()));
    nc::run_export(graph, input, job);
  });
}
