// nc-calibrate: finds the threshold of every activation.
#include "ir/file.h"
#include "tools/support/calibration.h"
#include "tools/support/main.h"
#include "tools/support/meeting.h"
#include "tools/support/open.h"
#include "tools/support/step.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-calibrate",
      "Finds per-channel thresholds for every activation and writes them as "
      "qcfs nodes; reports accuracies on held-out training data.",
      "  nc-calibrate model.pt --data fashion-mnist -o model.calibrated.snn\n"
      "  nc-calibrate model.pt --data cifar10:DIR,mean=.485:.456:.406,"
      "std=.229:.224:.225 -T 4\n"
      "  nc-calibrate model.pt --method bn -o model.calibrated.snn\n"
      "  nc-calibrate model.pt --method qcfs --data cifar10:DIR -T 4 "
      "--schedule exact --epochs 30 --lr 0.02 --augment flip,crop:4 "
      "--checkpoint DIR\n"
      "  torchrun --nproc-per-node 4 --no-python nc-calibrate model.pt --data "
      "cifar10:DIR -o model.calibrated.snn");
  std::string input;
  std::string output = "-";
  nc::CalibrationJob job;
  tool.app()
      .add_option("input", input, "graph or model to read; - is stdin")
      ->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  nc::add_calibration_options(tool.app(), job);
  return tool.run(argc, argv, [&] {
    auto others = nc::meet_others("calibrate", job.training.patience);
    job.training.options.others = others.get();
    nc::Graph graph = nc::open_for_calibration(input, job);
    nc::Step step = nc::make_step(tool.app());
    graph = nc::run_calibration(std::move(graph), job, tool.app(), step);
    if (!nc::is_first(others.get())) return;
    graph.history.push_back(step);
    nc::save(graph, output);
  });
}
