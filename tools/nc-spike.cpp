// nc-spike: activations to neurons, weights to integers.
#include "ir/file.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/spiking.h"
#include "tools/support/step.h"

int main(int argc, char** argv) {
  nc::Tool tool("nc-spike",
                "Makes a calibrated, folded network spike: activations become "
                "neurons, thresholds go into the weights behind them, and "
                "everything becomes integers.",
                "  nc-spike net.folded.snn -T 8 -o net.snn\n"
                "  nc-spike net.folded.snn -T 4 --schedule exact --bits 4\n"
                "  nc-spike net.folded.snn --neuron signed-if --limits loihi2");
  std::string input;
  std::string output = "-";
  nc::SpikingJob job;
  tool.app()
      .add_option("input", input, "graph to read; - is stdin")
      ->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  nc::add_spiking_options(tool.app(), job);
  return tool.run(argc, argv, [&] {
    nc::Graph graph = nc::run_spiking(nc::open_graph(input), job);
    graph.history.push_back(nc::make_step(tool.app()));
    nc::save(graph, output);
  });
}
