// nc-fold: BatchNorm, preprocessing and identities into the layers around them.
#include "ir/file.h"
#include "passes/fold_batchnorm.h"
#include "passes/fold_preprocessing.h"
#include "passes/fold_scales.h"
#include "passes/remove_identities.h"
#include "passes/run.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/step.h"

int main(int argc, char** argv) {
  nc::Tool tool("nc-fold",
                "Folds BatchNorm and preprocessing into the layers beside "
                "them and takes identities out; the function stays the same.",
                "  nc-fold net.calibrated.snn -o net.folded.snn\n"
                "  nc-calibrate net.pt --data fashion-mnist -o - | nc-fold -");
  std::string input;
  std::string output = "-";
  tool.app()
      .add_option("input", input, "graph to read; - is stdin")
      ->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  return tool.run(argc, argv, [&] {
    nc::Graph graph = nc::run_passes(
        nc::open_graph(input), {{"fold-preprocessing", nc::fold_preprocessing},
                                {"fold-batchnorm", nc::fold_batchnorm},
                                {"fold-scales", nc::fold_scales},
                                {"remove-identities", nc::remove_identities}});
    graph.history.push_back(nc::make_step(tool.app()));
    nc::save(graph, output);
  });
}
