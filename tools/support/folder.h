// Writes a folder of generated files whole or not at all.
#pragma once

#include <string>
#include <vector>

#include "backends/hls/hls.h"

namespace nc {

inline constexpr auto kHardwareMarker = ".nc-hls";  // in what nc-hls writes

// Throws Error unless `path` is free, an empty folder, or, with `replace`, a
// folder that holds the file `marker`: one that we have written. `option` is
// what would allow it.
void require_writable_folder(const std::string& path, const std::string& marker,
                             bool replace,
                             const std::string& option = "--force");

// Writes all files into a new folder beside `path` and then gives it its name;
// an older folder goes at the same moment. One of the files is the marker.
// SIGINT and SIGTERM wait until what was begun is put away.
void write_folder(const std::string& path,
                  const std::vector<ProjectFile>& files,
                  const std::string& marker, bool replace);

}  // namespace nc
