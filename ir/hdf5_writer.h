// Writes an HDF5 file in memory: groups that hold named values (text, whole
// numbers, fractions, truth, lists of these) and tensors. No times, no
// compression, and one fixed version of the format, so that the same values
// in the same order give the same bytes.
//
// A value is an attribute, or a dataset where it is too long for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ir/hdf5.h"
#include "ir/tensor.h"

namespace nc::hdf5 {

// How a tensor's elements lie in a file: little-endian, whatever the machine.
hid_t stored_type(DType dtype);

class GroupWriter {
 public:
  explicit GroupWriter(Handle group) : group_(std::move(group)) {}
  // Room for `links` of `name_size` bytes each is made at once: making it
  // link by link takes time with their number cubed.
  GroupWriter create_group(const std::string& name, size_t links = 0,
                           size_t name_size = 0) const;

  void write(const std::string& name, const std::string& text) const;
  void write(const std::string& name, int64_t number) const;
  void write(const std::string& name, double number) const;
  void write(const std::string& name, bool truth) const;
  void write(const std::string& name,
             const std::vector<std::string>& texts) const;
  void write(const std::string& name,
             const std::vector<int64_t>& numbers) const;
  void write(const std::string& name, const std::vector<double>& numbers) const;
  void write(const std::string& name, const Tensor& tensor) const;

 private:
  void write_value(const std::string& name, hid_t stored, hid_t native,
                   const Handle& space, Bytes bytes) const;
  void write_dataset(const std::string& name, hid_t stored, hid_t native,
                     const Handle& space, Bytes bytes) const;
  Handle group_;
};

class NewFile {
 public:
  NewFile();
  GroupWriter root() const;
  std::vector<std::byte> bytes() const;  // of what has been written so far

 private:
  Handle file_;
};

}  // namespace nc::hdf5
