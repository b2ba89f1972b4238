// The types of numbers and texts in HDF5 files, and how numbers are read.
#pragma once

#include <string>
#include <vector>

#include "passes/frontend/hdf5/file.h"

namespace nc::frontend::hdf5 {

struct Type {
  enum class Sort {
    whole,         // an integer of 1, 2, 4 or 8 bytes, or a truth value
    fraction,      // IEEE, of 2, 4 or 8 bytes
    text,          // padded to `size` bytes
    text_in_heap,  // of any length, in the global heap
    other,         // what neither holds numbers nor texts of ours
  };
  Sort sort = Sort::other;
  size_t size = 0;  // of one element, in bytes
  bool is_signed = false;
  bool is_big_endian = false;

  std::string name() const;  // "f32", "i64", "text", for messages
};

Type read_type(ByteReader message);

// Elements one after the other. Throws Error for whole numbers beyond 2^53.
std::vector<double> numbers_of(const Type& type, Bytes elements);

// Until its end, or the zeros or spaces that fill it up.
std::string padded_text(Bytes element);

}  // namespace nc::frontend::hdf5
