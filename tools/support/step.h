// What a program writes into a graph's history about itself.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"

namespace nc {

// The options of `app` that were given and are not what they would be anyway,
// in the order in which the program declares them, paths without folders.
// Where the graph comes from and goes to is left out, so that a pipe and a
// chain of files give the same bytes.
Step make_step(const CLI::App& app);

// File name without folders.
std::string base_name(const std::string& path);

}  // namespace nc
