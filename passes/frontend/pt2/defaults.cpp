#include "passes/frontend/pt2/defaults.h"

#include <algorithm>
#include <map>

namespace nc::frontend::pt2 {
namespace {

using Defaults = std::vector<std::pair<const char*, Item>>;

// By the operator's name without trailing underscore. A list with one entry
// stands for as many as there are axes.
std::map<std::string, Defaults> make_table() {
  Item zero = make_integer(0);
  Item one = make_integer(1);
  Item two = make_integer(2);
  Item last = make_integer(-1);
  Item no = make_flag(false);
  Item yes = make_flag(true);
  Item none = make_integers({});
  std::map<std::string, Defaults> table;
  auto add = [&](std::initializer_list<const char*> names,
                 const Defaults& defaults) {
    for (const char* name : names) table[name] = defaults;
  };
  add({"conv1d", "conv2d", "conv3d"},
      {{"stride", one}, {"padding", zero}, {"dilation", one}, {"groups", one}});
  add({"max_pool1d", "max_pool2d", "max_pool1d_with_indices",
       "max_pool2d_with_indices"},
      {{"stride", none},
       {"padding", zero},
       {"dilation", one},
       {"ceil_mode", no}});
  add({"avg_pool1d", "avg_pool2d"}, {{"stride", none},
                                     {"padding", zero},
                                     {"ceil_mode", no},
                                     {"count_include_pad", yes}});
  add({"add", "sub", "subtract", "rsub"}, {{"alpha", one}});
  add({"addmm"}, {{"beta", one}, {"alpha", one}});
  add({"addcmul"}, {{"value", one}});
  add({"hardtanh"}, {{"min_val", last}, {"max_val", one}});
  add({"leaky_relu"}, {{"negative_slope", make_number(0.01)}});
  add({"rrelu"}, {{"lower", make_number(1.0 / 8)},
                  {"upper", make_number(1.0 / 3)},
                  {"training", no}});
  add({"gelu"}, {{"approximate", make_text("none")}});
  add({"flatten"}, {{"start_dim", zero}, {"end_dim", last}});
  add({"cat", "concat", "concatenate", "stack", "chunk", "unsafe_chunk",
       "split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes",
       "tensor_split", "unbind", "_weight_norm"},
      {{"dim", zero}});
  add({"slice", "slice_scatter"}, {{"dim", zero}, {"step", one}});
  add({"pad"}, {{"mode", make_text("constant")}});
  add({"constant_pad_nd"}, {{"value", zero}});
  add({"linalg_vector_norm"}, {{"ord", two}});
  add({"norm"}, {{"p", two}});
  add({"norm_except_dim"}, {{"pow", two}, {"dim", zero}});
  return table;
}

}  // namespace

void add_defaults(Operation& operation) {
  static const std::map<std::string, Defaults> table = make_table();
  auto found = table.find(functional_name(operation.name));
  if (found == table.end()) return;
  for (const auto& [name, value] : found->second) {
    const auto& given = operation.arguments;
    if (std::find(given.begin(), given.end(), name) != given.end()) continue;
    operation.arguments.push_back(name);
    operation.inputs.push_back(value);
  }
}

}  // namespace nc::frontend::pt2
