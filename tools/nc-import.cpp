// nc-import: a foreign model to a graph, every operator accounted for.
#include <algorithm>

#include "ir/error.h"
#include "ir/file.h"
#include "tools/support/main.h"
#include "tools/support/nir_options.h"
#include "tools/support/open.h"
#include "tools/support/tables.h"

namespace {

using Verdict = nc::Conversion::Verdict;

bool is_refused(const nc::Conversion& row) {
  return row.verdict == Verdict::refused;
}

// The table; the exit status says whether all can be converted, to spikes if
// `spiking`.
int print_check(const std::string& input, const nc::ImportOptions& options,
                bool spiking) {
  nc::Imported result = nc::import_model(input, options);
  for (nc::Conversion& row : result.table) {
    if (spiking && row.verdict == Verdict::ann_only) {
      row.verdict = Verdict::refused;
    }
  }
  nc::print(nc::conversion_table(result));
  bool is_any =
      std::any_of(result.table.begin(), result.table.end(), is_refused);
  return is_any ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  nc::Tool tool("nc-import",
                "Reads a network of another program (torch.export .pt2, ONNX "
                ".onnx, TorchScript .pt, NIR .nir).",
                "  nc-import model.pt2 -o model.snn\n"
                "  nc-import model.pt --check\n"
                "  nc-import net.nir --dt 1e-4 -T 100 -o net.snn\n"
                "  nc-import model.pt --input-shape 3,32,32 -o model.snn");
  std::string input;
  std::string output = "-";
  std::string shape;
  nc::ImportOptions options;
  nc::NirWords words;
  bool check = false;
  bool spiking = false;
  tool.app().add_option("input", input, "model to read")->required();
  tool.app()
      .add_option("-o,--output", output, "graph to write; - is stdout")
      ->capture_default_str();
  tool.app().add_option("--input-shape", shape,
                        "shape of one sample, without batch: 3,32,32");
  tool.app()
      .add_option("--output-index", options.output, "which of several outputs")
      ->capture_default_str();
  CLI::Option* checks =
      tool.app().add_flag("--check", check,
                          "print what is exact, approximate, for ANNs only or "
                          "refused, and stop");
  tool.app()
      .add_flag("--spiking", spiking,
                "with --check: what is for ANNs only is refused")
      ->needs(checks);
  nc::add_nir_options(tool.app(), words);
  return tool.run(argc, argv, std::function<int()>([&] {
                    if (!shape.empty()) {
                      options.input_shape = nc::parse_shape(shape);
                    }
                    nc::set_nir_options(words, options.nir);
                    if (check) return print_check(input, options, spiking);
                    nc::save(nc::open_graph(input, options), output);
                    return 0;
                  }));
}
