// What a program can be told of a NIR file that the file does not say.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "passes/frontend/imported.h"

namespace nc {

struct NirWords {
  std::optional<double> dt;
  std::optional<int64_t> timesteps;
  std::string discretisation = "euler";
  std::string reset = "file";
};

void add_nir_options(CLI::App& app, NirWords& words);

// Throws Error for a word that is not one of those.
void set_nir_options(const NirWords& words, NirOptions& options);

}  // namespace nc
