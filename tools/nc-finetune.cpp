// nc-finetune: trains a network as it runs.
#include "ir/file.h"
#include "tools/support/finetuning.h"
#include "tools/support/main.h"
#include "tools/support/meeting.h"
#include "tools/support/step.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-finetune",
      "Trains a spiking network at its own T, schedule and neurons by "
      "backpropagation through time with surrogate gradients; a quantised one "
      "with its integers, so that what is trained is what is deployed.",
      "  nc-finetune net.snn --data fashion-mnist -o net.tuned.snn\n"
      "  nc-finetune net.snn --data cifar10:DIR --epochs 30 --lr 0.005 "
      "--augment flip,crop:4 --checkpoint DIR --log log.jsonl\n"
      "  nc-finetune net.snn --data fashion-mnist --from-scratch "
      "--optimizer adamw --lr 0.002 --seed 1\n"
      "  nc-finetune net.snn --data cifar10:DIR --distill 0.5 --teacher "
      "model.pt\n"
      "  torchrun --nproc-per-node 4 --no-python nc-finetune net.snn --data "
      "cifar10:DIR --threads 1 -o net.tuned.snn");
  std::string input;
  std::string output = "-";
  nc::FinetuningJob job;
  tool.app()
      .add_option("input", input, "graph or model to read; - is stdin")
      ->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  nc::add_finetuning_options(tool.app(), job);
  return tool.run(argc, argv, [&] {
    auto others = nc::meet_others("finetune", job.training.patience);
    job.training.options.others = others.get();
    nc::Graph graph = nc::open_for_finetuning(input, job);
    if (!job.gradients.empty()) return nc::dump_gradients(graph, job);
    nc::Step step = nc::make_step(tool.app());
    graph = nc::run_finetuning(std::move(graph), job, tool.app(), step);
    if (!nc::is_first(others.get())) return;
    graph.history.push_back(step);
    nc::save(graph, output);
  });
}
