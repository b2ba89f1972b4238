// nc-hls: a spiking network as HLS C++ or Verilog that reproduces its spikes.
#include "tools/support/hls.h"
#include "tools/support/main.h"

int main(int argc, char** argv) {
  nc::Tool tool(
      "nc-hls",
      "Writes a quantised spiking network as HLS C++: a folder with sources, "
      "tables, a test bench that compares every spike of the stored probe, a "
      "library for Python and C, scripts, and a report of widths, cycles and "
      "memory. Needs g++ to simulate, Vitis HLS to synthesise.\n"
      "With --rtl, as Verilog driven by events: a folder with modules, tables, "
      "a test bench, a Makefile down to a bitstream, and the report. Needs "
      "nothing but free tools.",
      "  nc-hls net.snn -o net.hls && make -C net.hls csim\n"
      "  nc-hls net.snn -o net.hls --io stream --memory bram\n"
      "  nc-hls net.snn -o net.hls --reuse-factor 16 --force\n"
      "  nc-hls net.snn -o net.hls --json -\n"
      "  nc-hls net.snn --rtl -o net.rtl && make -C net.rtl sim lint\n"
      "  nc-hls net.snn --rtl -o net.rtl -P 4 --device hx8k --force &&\n"
      "    make -C net.rtl bitstream report");
  nc::HlsJob job;
  nc::add_hls_options(tool.app(), job);
  return tool.run(argc, argv, [&] { nc::run_hls(job); });
}
