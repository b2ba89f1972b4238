// What the readers of files hand over: every sample of a file as it is
// stored, from which load_dataset() then chooses. Bytes stay bytes, a quarter
// of the memory: only what is chosen becomes floats. Event recordings stay in
// their files until a batch needs them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ir/tensor.h"

namespace nc {

// values is [size, ...shape]; bytes are images, floats are not.
struct Samples {
  Shape shape;  // of one sample
  int64_t size = 0;
  std::variant<std::vector<uint8_t>, std::vector<float>> values;
  std::vector<std::string> recordings;  // of events: files, and no values
  std::vector<int64_t> labels;          // empty, or one per sample
  std::vector<std::string> remarks;     // to be said aloud

  bool is_image() const { return values.index() == 0 && recordings.empty(); }
};

// Throws Error unless every label is at least 0 and, when the number of
// classes is known (not 0), below it.
void check_labels(const std::vector<int64_t>& labels, int64_t classes);

}  // namespace nc
