// What an HDF5 dataset holds: numbers and texts, contiguous, within the header
// or in chunks, which may be compressed (gzip, shuffle).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "passes/frontend/hdf5/header.h"
#include "passes/frontend/hdf5/type.h"

namespace nc::frontend::hdf5 {

struct Dataset {
  Type type;
  Shape shape;
  std::vector<double> numbers;     // of types whole and fraction
  std::vector<std::string> texts;  // of texts
};

// No text is longer.
inline constexpr size_t kMaxText = size_t{64} << 10;

bool is_dataset(const Messages& messages);

class DatasetReader {
 public:
  explicit DatasetReader(File& file) : file_(file), texts_left_(file.size()) {}

  // A dataset of another type has no values. Throws Error.
  Dataset read(const Messages& messages);

 private:
  using Collection = std::map<uint64_t, Bytes>;  // objects by index

  std::vector<std::string> texts_of(const Type& type, Bytes elements);
  std::string text_in_heap(ByteReader element);
  const Collection& collection_at(uint64_t address);

  File& file_;
  uint64_t texts_left_;  // bytes of texts that may still be taken
  std::map<uint64_t, Collection> collections_;
};

}  // namespace nc::frontend::hdf5
