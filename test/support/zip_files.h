// Zip files for tests: read whole, changed, and written again.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nc::test {

// Names and contents, in the order of the file.
using ZipEntries = std::vector<std::pair<std::string, std::string>>;

ZipEntries read_zip(const std::string& path);
void write_zip(const std::string& path, const ZipEntries& entries);

// The content of the only entry whose name ends so.
std::string& entry_ending(ZipEntries& entries, const std::string& ending);

}  // namespace nc::test
