#include "ir/hdf5_writer.h"

#include <algorithm>
#include <cstring>

#include "ir/error.h"
#include "ir/hdf5_object.h"
#include "ir/lookup3.h"

namespace nc::hdf5 {
namespace {

// Attributes live in an object's header, where nothing may reach 64 KB.
constexpr size_t kMaxAttribute = 16 << 10;
// HDF5's own upper limit. Groups and attributes in this number are kept in the
// simplest of HDF5's storage forms, the only one that our reader accepts.
constexpr unsigned kManyLinks = 65535;
constexpr unsigned kManyAttributes = 65535;

void expect_written(bool good, const std::string& name) {
  if (!good) throw Error("HDF5 cannot write '" + name + "'");
}

Handle scalar_space() { return Handle(H5Screate(H5S_SCALAR)); }

Handle simple_space(const Shape& shape) {
  if (shape.empty()) return scalar_space();
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return Handle(
      H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
}

template <class T>
Handle list_space(const std::vector<T>& list) {
  return simple_space({static_cast<int64_t>(list.size())});
}

void set_object_properties(hid_t properties) {
  H5Pset_obj_track_times(properties, false);
  H5Pset_attr_phase_change(properties, kManyAttributes, 0);
}

void set_group_properties(hid_t properties) {
  set_object_properties(properties);
  H5Pset_link_creation_order(properties,
                             H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_link_phase_change(properties, kManyLinks, 0);
}

Handle text_type(const std::vector<std::string>& texts,
                 const std::string& name) {
  size_t size = 1;
  for (const std::string& text : texts) size = std::max(size, text.size());
  if (size > kMaxText) {
    throw Error("'" + name + "' holds a text of " + std::to_string(size) +
                " bytes, expected at most " + std::to_string(kMaxText));
  }
  Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), size);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

// Each text in a cell of the type's size, filled up with zeros.
std::vector<char> text_cells(const std::vector<std::string>& texts, size_t size,
                             const std::string& name) {
  std::vector<char> cells(texts.size() * size, '\0');
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].find('\0') != std::string::npos) {
      throw Error("'" + name + "' holds a text with a zero byte");
    }
    std::copy(texts[i].begin(), texts[i].end(),
              cells.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return cells;
}

// H5Fget_file_image of 1.10 clears the mark "open for writing" in the copy's
// superblock, but leaves the checksum that was taken with it.
void seal_superblock(std::vector<std::byte>& bytes) {
  constexpr size_t kChecked = 44;  // superblock version 2, 8-byte addresses
  uint32_t sum = lookup3(Bytes(bytes).first(kChecked));
  for (size_t i = 0; i < sizeof(sum); ++i) {
    bytes[kChecked + i] = static_cast<std::byte>(sum >> (8 * i));
  }
}

template <class T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

hid_t stored_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return H5T_IEEE_F32LE;
    case DType::i8:
      return H5T_STD_I8LE;
    case DType::i16:
      return H5T_STD_I16LE;
    case DType::i32:
      return H5T_STD_I32LE;
    case DType::u8:
      return H5T_STD_U8LE;
  }
  return H5I_INVALID_HID;
}

GroupWriter GroupWriter::create_group(const std::string& name, size_t links,
                                      size_t name_size) const {
  Silence silence;
  Handle properties(H5Pcreate(H5P_GROUP_CREATE));
  set_group_properties(properties.get());
  H5Pset_est_link_info(properties.get(), static_cast<unsigned>(links),
                       static_cast<unsigned>(name_size));
  Handle group(H5Gcreate2(group_.get(), name.c_str(), H5P_DEFAULT,
                          properties.get(), H5P_DEFAULT));
  expect_written(group.valid(), name);
  return GroupWriter(std::move(group));
}

void GroupWriter::write(const std::string& name,
                        const std::string& text) const {
  Handle type = text_type({text}, name);
  std::vector<char> cells = text_cells({text}, H5Tget_size(type.get()), name);
  write_value(name, type.get(), type.get(), scalar_space(),
              std::as_bytes(std::span(cells)));
}

void GroupWriter::write(const std::string& name, int64_t number) const {
  write_value(name, H5T_STD_I64LE, H5T_NATIVE_INT64, scalar_space(),
              bytes_of(number));
}

void GroupWriter::write(const std::string& name, double number) const {
  write_value(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, scalar_space(),
              bytes_of(number));
}

void GroupWriter::write(const std::string& name, bool truth) const {
  uint8_t number = truth ? 1 : 0;
  write_value(name, H5T_STD_U8LE, H5T_NATIVE_UINT8, scalar_space(),
              bytes_of(number));
}

void GroupWriter::write(const std::string& name,
                        const std::vector<std::string>& texts) const {
  Handle type = text_type(texts, name);
  std::vector<char> cells = text_cells(texts, H5Tget_size(type.get()), name);
  write_value(name, type.get(), type.get(), list_space(texts),
              std::as_bytes(std::span(cells)));
}

void GroupWriter::write(const std::string& name,
                        const std::vector<int64_t>& numbers) const {
  write_value(name, H5T_STD_I64LE, H5T_NATIVE_INT64, list_space(numbers),
              std::as_bytes(std::span(numbers)));
}

void GroupWriter::write(const std::string& name,
                        const std::vector<double>& numbers) const {
  write_value(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, list_space(numbers),
              std::as_bytes(std::span(numbers)));
}

void GroupWriter::write(const std::string& name, const Tensor& tensor) const {
  // The same number format in this machine's order of bytes.
  Handle native(
      H5Tget_native_type(stored_type(tensor.dtype()), H5T_DIR_DEFAULT));
  write_dataset(name, stored_type(tensor.dtype()), native.get(),
                simple_space(tensor.shape()), tensor.bytes());
}

void GroupWriter::write_value(const std::string& name, hid_t stored,
                              hid_t native, const Handle& space,
                              Bytes bytes) const {
  if (bytes.size() > kMaxAttribute) {
    return write_dataset(name, stored, native, space, bytes);
  }
  Silence silence;
  Handle attribute(H5Acreate2(group_.get(), name.c_str(), stored, space.get(),
                              H5P_DEFAULT, H5P_DEFAULT));
  expect_written(attribute.valid(), name);
  if (bytes.empty()) return;
  expect_written(H5Awrite(attribute.get(), native, bytes.data()) >= 0, name);
}

void GroupWriter::write_dataset(const std::string& name, hid_t stored,
                                hid_t native, const Handle& space,
                                Bytes bytes) const {
  Silence silence;
  Handle properties(H5Pcreate(H5P_DATASET_CREATE));
  set_object_properties(properties.get());
  H5Pset_layout(properties.get(), H5D_CONTIGUOUS);
  Handle dataset(H5Dcreate2(group_.get(), name.c_str(), stored, space.get(),
                            H5P_DEFAULT, properties.get(), H5P_DEFAULT));
  expect_written(dataset.valid(), name);
  if (bytes.empty()) return;
  expect_written(H5Dwrite(dataset.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                          bytes.data()) >= 0,
                 name);
}

NewFile::NewFile() {
  Silence silence;
  Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), 1 << 20, false);
  // Pinned, so that every HDF5 from 1.10 on writes the same bytes.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  Handle creation(H5Pcreate(H5P_FILE_CREATE));
  set_group_properties(creation.get());
  file_ =
      Handle(H5Fcreate("memory", H5F_ACC_TRUNC, creation.get(), access.get()));
  expect_written(file_.valid(), "memory");
}

GroupWriter NewFile::root() const {
  return GroupWriter(Handle(H5Gopen2(file_.get(), "/", H5P_DEFAULT)));
}

std::vector<std::byte> NewFile::bytes() const {
  Silence silence;
  expect_written(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) >= 0, "memory");
  ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  expect_written(size >= 0, "memory");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  expect_written(
      H5Fget_file_image(file_.get(), bytes.data(), bytes.size()) == size,
      "memory");
  seal_superblock(bytes);
  return bytes;
}

}  // namespace nc::hdf5
