// Reads groups of named values, as hdf5_writer.h writes them, from an HDF5
// file in memory.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ir/hdf5_object.h"
#include "ir/tensor.h"

namespace nc::hdf5 {

// Each value is asked for by name and type; finish() then refuses what nobody
// asked for. Errors start with `place`, e.g. "node 'conv1'". The bytes of the
// file must stay where they are.
class GroupReader {
 public:
  explicit GroupReader(Bytes file);  // its root
  GroupReader open_group(const std::string& name, const std::string& place);

  bool has(const std::string& name) const;
  // Groups and datasets, in the order in which they were made.
  const std::vector<std::string>& links() const { return links_; }
  void finish() const;

  void read(const std::string& name, std::string& text);
  void read(const std::string& name, int64_t& number);
  void read(const std::string& name, double& number);
  void read(const std::string& name, bool& truth);
  void read(const std::string& name, std::vector<std::string>& texts);
  void read(const std::string& name, std::vector<int64_t>& numbers);
  void read(const std::string& name, std::vector<double>& numbers);
  void read(const std::string& name, Tensor& tensor);

  [[noreturn]] void fail(const std::string& message) const;

 private:
  GroupReader(std::shared_ptr<File> file, uint64_t address, std::string place);

  Object object_at(uint64_t address) const;
  uint64_t take_link(const std::string& name, const std::string& expected);
  Value value(const std::string& name, const std::string& expected);
  Value stored(const std::string& name, const std::string& expected);
  Value one(const std::string& name, Type type, const std::string& expected);
  Value list(const std::string& name, Type type, const std::string& expected);
  void require_type(const std::string& name, const Value& value, Type type,
                    const std::string& expected) const;

  std::shared_ptr<File> file_;
  std::string place_;
  Object object_;
  std::vector<std::string> links_;
  std::map<std::string, uint64_t> addresses_;  // of the links
  std::set<std::string> unread_;
};

}  // namespace nc::hdf5
