// nc-dis: a graph as text.
#include "ir/diff.h"
#include "ir/json.h"
#include "ir/listing.h"
#include "ir/printable.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/tables.h"

int main(int argc, char** argv) {
  nc::Tool tool("nc-dis", "Prints a graph: its nodes, numbers and history.",
                "  nc-dis net.snn\n"
                "  nc-dis net.snn --widths\n"
                "  nc-dis net.snn --json | nc-as - -o same.snn\n"
                "  nc-dis a.snn --diff b.snn");
  std::string input;
  std::string other;
  bool json = false;
  bool values = false;
  bool history = false;
  bool widths = false;
  tool.app()
      .add_option("input", input, "graph to read; - is stdin")
      ->required();
  auto* form = tool.app().add_option_group("form", "What to print");
  form->add_flag("--json", json, "everything, as JSON");
  form->add_flag("--values", values, "the listing with all numbers");
  form->add_flag("--history", history, "what was done, step by step");
  form->add_flag("--widths", widths,
                 "bounds and bits of every sum and membrane");
  form->add_option("--diff", other,
                   "what differs in this graph; status 1 if any");
  form->require_option(0, 1);
  return tool.run(argc, argv, std::function<int()>([&] {
                    nc::Graph graph = nc::open_graph(input);
                    if (!other.empty()) {
                      std::vector<std::string> lines =
                          nc::diff(graph, nc::open_graph(other));
                      std::string text;
                      for (const std::string& line : lines)
                        text += nc::printable(line) + "\n";
                      nc::print(text);
                      return lines.empty() ? 0 : 1;
                    }
                    if (json) {
                      nc::print(nc::to_json_text(graph) + "\n");
                    } else if (history) {
                      nc::print(nc::history_table(graph));
                    } else if (widths) {
                      nc::print(nc::widths_table(graph));
                    } else {
                      nc::print(nc::listing(graph, {.values = values}));
                    }
                    return 0;
                  }));
}
