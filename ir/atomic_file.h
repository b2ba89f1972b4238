// Whole files: read at once, and written so that they appear complete or not
// at all. The path "-" means standard input and standard output.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/sha256.h"

namespace nc {

// Writes to a temporary name in the same folder, syncs and renames. On any
// error the temporary file is removed, an older file at `path` is left as it
// was, and Error is thrown. Something that is no regular file (/dev/null, a
// named pipe) is written to as it stands.
void write_atomically(const std::string& path, Bytes bytes);

// All bytes of a file; throws Error when there are more than `limit`.
std::vector<std::byte> read_whole(const std::string& path, size_t limit);

}  // namespace nc
