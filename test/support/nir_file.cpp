#include "test/support/nir_file.h"

#include <algorithm>
#include <stdexcept>

namespace nc::test {
namespace {

using hdf5::Handle;

Handle checked(hid_t id) {
  if (id < 0) throw std::runtime_error("HDF5 cannot write a test file");
  return Handle(id);
}

Handle new_file(bool latest) {
  Handle access = checked(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), 1 << 16, false);
  if (latest) {
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  }
  static int count = 0;  // HDF5 wants a name for each open file
  std::string name = "memory" + std::to_string(++count);
  return checked(
      H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
}

Handle space_of(const Shape& shape) {
  if (shape.empty()) return checked(H5Screate(H5S_SCALAR));
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return checked(
      H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
}

// Groups on the way are made where they are missing.
Handle with_groups() {
  Handle properties = checked(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(properties.get(), 1);
  return properties;
}

Handle text_type(size_t size) {
  Handle type = checked(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

NirFile::NirFile(const std::string& version, NirForm form)
    : form_(form), file_(new_file(form.latest)) {
  if (!version.empty()) at("").text("version", version);
  at("node").text("type", "NIRGraph");
}

NirFile& NirFile::node(const std::string& name, const std::string& type,
                       const std::string& where) {
  return at(where + "/nodes/" + name).text("type", type);
}

NirFile& NirFile::at(const std::string& path) {
  place_ = path.empty() ? "" : path + "/";
  return *this;
}

NirFile& NirFile::real(const std::string& field, Shape shape,
                       const std::vector<double>& values) {
  hid_t stored = form_.big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
  write(field, stored, H5T_NATIVE_DOUBLE, shape, values.data());
  return *this;
}

NirFile& NirFile::real64(const std::string& field, Shape shape,
                         const std::vector<double>& values) {
  write(field, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, shape, values.data());
  return *this;
}

NirFile& NirFile::same(const std::string& field, Shape shape, double value) {
  auto count = static_cast<size_t>(element_count(shape));
  return real(field, shape, std::vector<double>(count, value));
}

NirFile& NirFile::whole(const std::string& field, Shape shape,
                        const std::vector<int64_t>& values) {
  hid_t stored = form_.big_endian ? H5T_STD_I64BE : H5T_STD_I64LE;
  write(field, stored, H5T_NATIVE_INT64, shape, values.data());
  return *this;
}

NirFile& NirFile::text(const std::string& field, const std::string& value) {
  write_texts(field, {}, {value});
  return *this;
}

NirFile& NirFile::graph(const std::string& where, const Edges& edges) {
  std::vector<std::string> names;
  for (const auto& [from, to] : edges) {
    names.push_back(from);
    names.push_back(to);
  }
  at(where).write_texts("edges", {static_cast<int64_t>(edges.size()), 2},
                        names);
  return *this;
}

NirFile& NirFile::link(const std::string& path, const std::string& target) {
  Handle groups = with_groups();
  H5Lcreate_soft(target.c_str(), file_.get(), path.c_str(), groups.get(),
                 H5P_DEFAULT);
  return *this;
}

void NirFile::write(const std::string& field, hid_t stored, hid_t native,
                    const Shape& shape, const void* values) {
  Handle properties = checked(H5Pcreate(H5P_DATASET_CREATE));
  if (form_.compact) H5Pset_layout(properties.get(), H5D_COMPACT);
  bool has_values = element_count(shape) > 0;
  if (form_.packed && !shape.empty() && has_values) {
    std::vector<hsize_t> chunk;  // more than one along long axes
    for (int64_t size : shape) {
      chunk.push_back(static_cast<hsize_t>(std::min<int64_t>(size, 5)));
    }
    H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()),
                 chunk.data());
    H5Pset_shuffle(properties.get());
    H5Pset_deflate(properties.get(), 4);
  }
  Handle groups = with_groups();
  Handle space = space_of(shape);
  Handle dataset = checked(H5Dcreate2(file_.get(), (place_ + field).c_str(),
                                      stored, space.get(), groups.get(),
                                      properties.get(), H5P_DEFAULT));
  H5Dwrite(dataset.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

void NirFile::write_texts(const std::string& field, const Shape& shape,
                          const std::vector<std::string>& texts) {
  if (!form_.fixed_texts) {
    std::vector<const char*> pointers;
    for (const std::string& each : texts) pointers.push_back(each.c_str());
    Handle type = text_type(H5T_VARIABLE);
    return write(field, type.get(), type.get(), shape, pointers.data());
  }
  size_t size = 1;
  for (const std::string& each : texts) size = std::max(size, each.size() + 1);
  std::string cells;
  for (std::string each : texts) {
    each.resize(size, '\0');
    cells += each;
  }
  Handle type = text_type(size);
  write(field, type.get(), type.get(), shape, cells.data());
}

std::vector<std::byte> NirFile::bytes() const {
  H5Fflush(file_.get(), H5F_SCOPE_GLOBAL);
  ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  if (size < 0) throw std::runtime_error("HDF5 cannot make a test file");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  H5Fget_file_image(file_.get(), bytes.data(), bytes.size());
  return bytes;
}

NirFile nir_chain(const std::string& type, const Shape& in, const Shape& out,
                  const std::string& version) {
  NirFile file(version);
  file.node("in", "Input")
      .whole("shape", {static_cast<int64_t>(in.size())}, in);
  file.node("out", "Output")
      .whole("shape", {static_cast<int64_t>(out.size())}, out);
  file.edges({{"in", "n"}, {"n", "out"}});
  file.node("n", type);
  return file;
}

}  // namespace nc::test
