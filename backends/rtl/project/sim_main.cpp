// The clock of the test bench, for Verilator.
#include <verilated.h>

#include "Vbench.h"

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  Vbench bench;
  bench.rst = 1;
  for (long clock = 0; !bench.done; ++clock) {
    bench.clk = 0;
    bench.eval();
    if (clock == 4) bench.rst = 0;
    bench.clk = 1;
    bench.eval();
  }
  bench.final();
  return bench.failed ? 1 : 0;
}
