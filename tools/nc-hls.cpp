// nc-hls: a spiking network as HLS C++ that reproduces its spikes.
#include "tools/support/hls.h"
#include "tools/support/main.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-hls",
      "Writes a quantised spiking network as HLS C++: a folder with sources, "
      "tables, a test bench that compares every spike of the stored probe, a "
      "library for Python and C, scripts, and a report of widths, cycles and "
      "memory. Needs g++ to simulate, Vitis HLS to synthesise.",
      "  nc-hls net.snn -o net.hls && make -C net.hls csim\n"
      "  nc-hls net.snn -o net.hls --io stream --memory bram\n"
      "  nc-hls net.snn -o net.hls --reuse-factor 16 --force\n"
      "  nc-hls net.snn -o net.hls --json -");
  nc::HlsJob job;
  nc::add_hls_options(tool.app(), job);
  return tool.run(argc, argv, [&] { nc::run_hls(job); });
}
