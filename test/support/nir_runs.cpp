#include "test/support/nir_runs.h"

#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/verify.h"
#include "runtime/reference.h"

namespace nc::test {

Imported imported(const NirFile& file, const ImportOptions& options) {
  Imported found = import_nir(file.bytes(), "t", options);
  if (!found.graph.nodes.empty()) require_valid(found.graph);
  return found;
}

ImportOptions options_with(double dt, int64_t timesteps) {
  ImportOptions options;
  options.nir.dt = dt;
  options.nir.timesteps = timesteps;
  return options;
}

// What reaches the output at each step, for inputs of each step.
Rows run(Graph graph, const Rows& inputs) {
  graph.run.readout = Readout::membrane;  // the value of each step by itself
  const Shape& shape = std::get<Input>(graph.input().op).shape;
  Batch batch{1, static_cast<int64_t>(inputs.size()), shape, {}};
  graph.run.timesteps = batch.steps;
  for (const Row& row : inputs) {
    for (double value : row) batch.values.push_back(static_cast<float>(value));
  }
  Outputs found =
      make_reference_engine(graph)->run(batch, Wishes{.by_step = true});
  size_t size = found.by_step.size() / inputs.size();
  Rows rows;
  for (size_t step = 0; step < inputs.size(); ++step) {
    auto first =
        found.by_step.begin() + static_cast<std::ptrdiff_t>(step * size);
    rows.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
  }
  return rows;
}

Rows run(const NirFile& file, const Rows& inputs,
         const ImportOptions& options) {
  return run(imported(file, options).graph, inputs);
}

// The same for one node of type `type` on vectors of `size`.
Rows run_node(const std::string& type, int64_t size, const Rows& inputs,
              const Fill& fields, const ImportOptions& options) {
  NirFile file = nir_chain(type, {size}, {size});
  fields(file);
  return run(file, inputs, options);
}

void check_close(const Rows& found, const Rows& expected, double most) {
  REQUIRE(found.size() == expected.size());
  for (size_t t = 0; t < found.size(); ++t) {
    REQUIRE(found[t].size() == expected[t].size());
    for (size_t i = 0; i < found[t].size(); ++i) {
      INFO("step " << t << ", element " << i);
      CHECK(found[t][i] == Approx(expected[t][i]).margin(most));
    }
  }
}

std::string error_of(const NirFile& file, const ImportOptions& options) {
  try {
    Imported imported = import_nir(file.bytes(), "t", options);
    for (const Conversion& row : imported.table) {
      if (row.verdict == Conversion::Verdict::refused) {
        return "refused " + row.op + " " + row.origin + ": " + row.reason;
      }
    }
    require_valid(imported.graph);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

NirFile one_lif(const std::string& version) {
  NirFile file = nir_chain("LIF", {1}, {1}, version);
  file.same("tau", {1}, 0.01).same("r", {1}, 1).same("v_leak", {1}, 0);
  file.same("v_threshold", {1}, 1);
  return file;
}

}  // namespace nc::test
