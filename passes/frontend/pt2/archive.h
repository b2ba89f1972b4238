// The zip that torch.export.save writes (or torch.save, which nests the same
// kind of zip in older ones). Sizes and check sums come from the central
// directory; nothing is taken to be larger than the file justifies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/sha256.h"
#include "passes/frontend/zip.h"

namespace nc::frontend::pt2 {

class Archive {
 public:
  // Throws Error for what is no sound zip. `bytes` must outlive the archive.
  explicit Archive(Bytes bytes);

  // Names are without the root folder that all entries share.
  bool has(const std::string& name) const;
  std::vector<std::string> names() const;

  // A whole entry, whose check sum is checked. Throws Error.
  std::vector<std::byte> read(const std::string& name) const;
  std::string read_text(const std::string& name) const;

 private:
  Zip zip_;
  std::map<std::string, uint64_t> entries_;
  size_t file_size_;
};

// Whether the file at `path` is one of torch.export, by its entries.
bool is_exported_program(const std::string& path);

}  // namespace nc::frontend::pt2
