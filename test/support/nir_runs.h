// Files of NIR run step by step, and what is said of those that are refused.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "passes/nir.h"
#include "test/support/nir_file.h"

namespace nc::test {

using Row = std::vector<double>;  // of one step
using Rows = std::vector<Row>;
using Fill = std::function<void(NirFile&)>;

// The graph, which is valid unless there is none.
Imported imported(const NirFile& file, const ImportOptions& options = {});

ImportOptions options_with(double dt, int64_t timesteps);

// What reaches the output at each step, for inputs of each step.
Rows run(Graph graph, const Rows& inputs);
Rows run(const NirFile& file, const Rows& inputs,
         const ImportOptions& options = {});

// The same for one node of type `type` on vectors of `size`.
Rows run_node(const std::string& type, int64_t size, const Rows& inputs,
              const Fill& fields, const ImportOptions& options = {});

void check_close(const Rows& found, const Rows& expected, double most = 1e-6);

// Empty: none.
std::string error_of(const NirFile& file, const ImportOptions& options = {});

// Six steps of two.
inline const Rows kInputs = {{1, -1}, {2, 0.5}, {0, 3},
                             {3, 0},  {-1, 2},  {2.5, 1}};

// in -> n, an LIF of tau = 10 ms -> out.
NirFile one_lif(const std::string& version = "1.0.7");

}  // namespace nc::test
