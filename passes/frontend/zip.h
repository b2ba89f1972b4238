// Zip archives in memory, as foreign model files are: opened with all their
// structures checked. How much an entry may claim is the reader's affair.
#pragma once

#include <zip.h>

#include <memory>
#include <string>

#include "ir/sha256.h"

namespace nc::frontend {

struct CloseZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using ZipEntry = std::unique_ptr<zip_file_t, CloseEntry>;

// `bytes` must outlive the archive. Throws Error for what is no sound zip.
Zip open_zip(Bytes bytes);

// For reading; its check sum is compared when the end is reached. Throws Error
// naming the entry.
ZipEntry open_entry(zip_t* archive, uint64_t index, const std::string& name);

}  // namespace nc::frontend
