// NIR files made in memory, in the forms in which HDF5 writers leave them.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ir/hdf5.h"
#include "ir/tensor.h"

namespace nc::test {

struct NirForm {
  bool latest = false;       // HDF5's newest structures, instead of its oldest
  bool packed = false;       // lists in chunks, shuffled and compressed
  bool compact = false;      // values within their headers
  bool fixed_texts = false;  // of one length, padded
  bool big_endian = false;
};

class NirFile {
 public:
  using Edges = std::vector<std::pair<std::string, std::string>>;

  // The file's version; empty: it has none.
  explicit NirFile(const std::string& version = "1.0.7", NirForm form = {});

  // A node of the graph in `where` ("node", or "node/nodes/G" for a nested
  // one); the fields that follow are its own.
  NirFile& node(const std::string& name, const std::string& type,
                const std::string& where = "node");
  NirFile& real(const std::string& field, Shape shape,
                const std::vector<double>& values);  // f32
  NirFile& real64(const std::string& field, Shape shape,
                  const std::vector<double>& values);
  NirFile& same(const std::string& field, Shape shape, double value);
  NirFile& whole(const std::string& field, Shape shape,
                 const std::vector<int64_t>& values);
  NirFile& text(const std::string& field, const std::string& value);
  NirFile& graph(const std::string& where, const Edges& edges);
  NirFile& edges(const Edges& edges) { return graph("node", edges); }

  // Anywhere in the file.
  NirFile& at(const std::string& path);
  NirFile& link(const std::string& path, const std::string& target);

  std::vector<std::byte> bytes() const;

 private:
  void write(const std::string& field, hid_t stored, hid_t native,
             const Shape& shape, const void* values);
  void write_texts(const std::string& field, const Shape& shape,
                   const std::vector<std::string>& texts);

  NirForm form_;
  hdf5::Handle file_;
  std::string place_;
};

// A chain in -> middle -> out with the middle's shapes; its fields follow.
NirFile nir_chain(const std::string& type, const Shape& in, const Shape& out,
                  const std::string& version = "1.0.7");

}  // namespace nc::test
