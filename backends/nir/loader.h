// A Python file that loads a NIR file into its profile's consumer and runs it
// as nc-run does: start membranes, whole numbers and rules of neurons that NIR
// cannot say come from the file's metadata.
#pragma once

#include <string>

#include "backends/nir/profile.h"

namespace nc::nir {

// `file` is the name of the NIR file, for the text at the head.
std::string loader_text(Profile profile, const std::string& file,
                        const std::string& tool);

// "dir/my-net.nir" to "dir/load_my_net.py": a name that Python can import.
std::string loader_path(const std::string& file);

}  // namespace nc::nir
