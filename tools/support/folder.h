// Writes a folder of generated files whole or not at all.
#pragma once

#include <string>
#include <vector>

#include "backends/hls/hls.h"

namespace nc {

// Throws Error unless `path` is free, an empty folder, or, with `replace`, a
// folder that holds the file `marker`: one that we have written.
void require_writable_folder(const std::string& path, const std::string& marker,
                             bool replace);

// Writes all files into a new folder beside `path` and then gives it its name;
// an older folder goes at the same moment. One of the files is the marker.
void write_folder(const std::string& path,
                  const std::vector<ProjectFile>& files,
                  const std::string& marker, bool replace);

}  // namespace nc
