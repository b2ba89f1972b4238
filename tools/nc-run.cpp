// nc-run: runs a network on an engine and reports what it did.
#include "tools/support/main.h"
#include "tools/support/running.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-run",
      "Runs a network on an engine: accuracy over a whole split, "
      "spikes per neuron, traces, and the check of stored spikes.",
      "  nc-run net.snn --data fashion-mnist,split=test\n"
      "  nc-run net.snn --engine loihi --data FILE.npz --json r.json\n"
      "  nc-run net.snn --verify --engine torch\n"
      "  nc-run net.snn --data mnist:DIR --accuracy-by-step\n"
      "  nc-run net.snn --stream recording.aedat4 --window 5000\n"
      "  nc-run model.pt --data FILE.npz --outputs logits.h5\n"
      "  nc-run net.nir --dt 1e-4 --data FILE.npz --trace trace.h5");
  nc::RunJob job;
  nc::add_run_options(tool.app(), job);
  return tool.run(argc, argv,
                  std::function<int()>([&] { return nc::run_job(job); }));
}
