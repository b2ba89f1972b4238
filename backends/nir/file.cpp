#include "backends/nir/file.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"
#include "ir/hdf5.h"
#include "ir/hdf5_writer.h"
#include "ir/ops.h"

namespace nc::nir {
namespace {

using hdf5::Handle;

// That of the library whose layout this is; readers do not look at it.
constexpr char kLibraryVersion[] = "1.0.7";

void require(bool good, const std::string& name) {
  if (!good) throw Error("HDF5 cannot write '" + name + "'");
}

Handle space_of(const Shape& shape) {
  if (shape.empty()) return Handle(H5Screate(H5S_SCALAR));
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return Handle(
      H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_strpad(type.get(), H5T_STR_NULLTERM);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

bool fits_f32(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) {
    return static_cast<double>(static_cast<float>(value)) == value;
  });
}

class GroupWriter {
 public:
  explicit GroupWriter(Handle group) : group_(std::move(group)) {}

  GroupWriter create_group(const std::string& name) const {
    Handle properties(H5Pcreate(H5P_GROUP_CREATE));
    H5Pset_obj_track_times(properties.get(), false);
    Handle group(H5Gcreate2(group_.get(), name.c_str(), H5P_DEFAULT,
                            properties.get(), H5P_DEFAULT));
    require(group.valid(), name);
    return GroupWriter(std::move(group));
  }

  void write(const Group& group) const {
    for (const Entry& entry : group.entries()) {
      std::visit([&](const auto& value) { write(entry.name, value); },
                 entry.value);
    }
  }

  void write(const std::string& name, const Group& group) const {
    if (!group.entries().empty()) create_group(name).write(group);
  }

  void write(const std::string& name, int64_t number) const {
    write_dataset(name, H5T_STD_I64LE, H5T_NATIVE_INT64, {}, &number);
  }

  void write(const std::string& name, double number) const {
    write_dataset(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {}, &number);
  }

  void write(const std::string& name, const std::string& text) const {
    write_texts(name, {text.c_str()}, {});
  }

  void write(const std::string& name,
             const std::vector<int64_t>& numbers) const {
    if (numbers.empty()) return;
    write_dataset(name, H5T_STD_I64LE, H5T_NATIVE_INT64, count(numbers),
                  numbers.data());
  }

  void write(const std::string& name,
             const std::vector<double>& numbers) const {
    if (numbers.empty()) return;
    write_dataset(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, count(numbers),
                  numbers.data());
  }

  void write(const std::string& name,
             const std::vector<std::string>& texts) const {
    if (texts.empty()) return;
    std::vector<const char*> pointers;
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    write_texts(name, pointers, count(texts));
  }

  void write(
      const std::string& name,
      const std::vector<std::pair<std::string, std::string>>& pairs) const {
    if (pairs.empty()) return;
    std::vector<const char*> pointers;
    for (const auto& [first, second] : pairs) {
      pointers.push_back(first.c_str());
      pointers.push_back(second.c_str());
    }
    write_texts(name, pointers, {static_cast<int64_t>(pairs.size()), 2});
  }

  void write(const std::string& name, const Array& array) const {
    if (fits_f32(array.values)) {
      std::vector<float> floats(array.values.begin(), array.values.end());
      write_dataset(name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, array.shape,
                    floats.data());
    } else {
      write_dataset(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, array.shape,
                    array.values.data());
    }
  }

  void write(const std::string& name, const Tensor& tensor) const {
    if (tensor.empty()) return;
    hid_t stored = hdf5::stored_type(tensor.dtype());
    Handle native(H5Tget_native_type(stored, H5T_DIR_DEFAULT));
    write_dataset(name, stored, native.get(), tensor.shape(),
                  tensor.bytes().data());
  }

 private:
  template <class T>
  static Shape count(const std::vector<T>& list) {
    return {static_cast<int64_t>(list.size())};
  }

  // HDF5 reads texts as C strings: what has a zero byte would be cut there,
  // and cannot come from a valid graph's names.
  void write_texts(const std::string& name,
                   const std::vector<const char*>& texts,
                   const Shape& shape) const {
    Handle type = text_type();
    write_dataset(name, type.get(), type.get(), shape, texts.data());
  }

  void write_dataset(const std::string& name, hid_t stored, hid_t native,
                     const Shape& shape, const void* values) const {
    Handle properties(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(properties.get(), false);
    H5Pset_layout(properties.get(), H5D_CONTIGUOUS);
    Handle space = space_of(shape);
    Handle dataset(H5Dcreate2(group_.get(), name.c_str(), stored, space.get(),
                              H5P_DEFAULT, properties.get(), H5P_DEFAULT));
    require(dataset.valid(), name);
    require(H5Dwrite(dataset.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     values) >= 0,
            name);
  }

  Handle group_;
};

Handle new_file() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), 1 << 20, false);
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  Handle creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  return Handle(
      H5Fcreate("memory", H5F_ACC_TRUNC, creation.get(), access.get()));
}

void write_metadata(const GroupWriter& group, const Group& ours) {
  if (ours.entries().empty()) return;
  group.create_group("metadata").write("ncc", ours);
}

void write_node(const GroupWriter& group, const NirNode& node) {
  group.write("type", node.type);
  group.write(node.fields);
  write_metadata(group, node.metadata);
}

std::vector<std::byte> image_of(const Handle& file) {
  require(H5Fflush(file.get(), H5F_SCOPE_GLOBAL) >= 0, "memory");
  ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  require(size >= 0, "memory");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  require(H5Fget_file_image(file.get(), bytes.data(), bytes.size()) == size,
          "memory");
  return bytes;
}

}  // namespace

std::vector<std::byte> to_bytes(const NirGraph& graph) {
  hdf5::Silence silence;
  Handle file = new_file();
  require(file.valid(), "memory");
  GroupWriter root(Handle(H5Gopen2(file.get(), "/", H5P_DEFAULT)));
  root.write("version", std::string(kLibraryVersion));
  GroupWriter network = root.create_group("node");
  network.write("type", std::string("NIRGraph"));
  network.write("edges", graph.edges);
  GroupWriter nodes = network.create_group("nodes");
  for (const NirNode& node : graph.nodes) {
    write_node(nodes.create_group(node.name), node);
  }
  write_metadata(network, graph.metadata);
  return image_of(file);
}

}  // namespace nc::nir
