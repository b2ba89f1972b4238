#include "runtime/data/h5.h"

#include <hdf5.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "ir/error.h"
#include "ir/hdf5.h"
#include "runtime/data/array.h"

namespace nc {
namespace {

using hdf5::Handle;

// Deflate makes data at most 1032 times smaller; a file that claims more than
// this times what it stores is refused before memory is taken.
constexpr uint64_t kMaxCompression = 1100;

using Packed = std::vector<uint8_t>;

Handle checked(hid_t id, const char* what) {
  Handle handle(id);
  if (handle.get() < 0) throw Error(std::string("cannot read ") + what);
  return handle;
}

Scalar whole_type(size_t width, bool is_signed) {
  if (width <= 1) return is_signed ? Scalar::i1 : Scalar::u1;
  if (width <= 2) return is_signed ? Scalar::i2 : Scalar::u2;
  if (width <= 4) return is_signed ? Scalar::i4 : Scalar::u4;
  return is_signed ? Scalar::i8 : Scalar::u8;
}

// The smallest of our types that holds every value of the stored type.
Scalar scalar_of(hid_t stored) {
  size_t width = H5Tget_size(stored);
  H5T_class_t sort = H5Tget_class(stored);
  if (sort == H5T_INTEGER && width <= 8) {
    return whole_type(width, H5Tget_sign(stored) == H5T_SGN_2);
  }
  if (sort == H5T_FLOAT && width <= 8) {
    return width <= 4 ? Scalar::f4 : Scalar::f8;
  }
  throw Error("expected whole numbers or fractions of up to 64 bits");
}

hid_t native_type(Scalar type) {
  switch (type) {
    case Scalar::b1:
    case Scalar::u1:
      return H5T_NATIVE_UINT8;
    case Scalar::u2:
      return H5T_NATIVE_UINT16;
    case Scalar::u4:
      return H5T_NATIVE_UINT32;
    case Scalar::u8:
      return H5T_NATIVE_UINT64;
    case Scalar::i1:
      return H5T_NATIVE_INT8;
    case Scalar::i2:
      return H5T_NATIVE_INT16;
    case Scalar::i4:
      return H5T_NATIVE_INT32;
    case Scalar::i8:
      return H5T_NATIVE_INT64;
    case Scalar::f4:
      return H5T_NATIVE_FLOAT;
    case Scalar::f8:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

Shape shape_of(hid_t dataset) {
  Handle space = checked(H5Dget_space(dataset), "its shape");
  int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) throw Error("cannot read its shape");
  std::vector<hsize_t> sizes(static_cast<size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  Shape shape;
  for (hsize_t size : sizes) {
    if (size > static_cast<hsize_t>(kMaxElements)) {
      throw Error("has more than 2^31 values");
    }
    shape.push_back(static_cast<int64_t>(size));
  }
  return shape;
}

// What the file says it stores for the data set, at most its own length.
uint64_t stored_bytes(hid_t dataset) {
  Handle file = checked(H5Iget_file_id(dataset), "its file");
  hsize_t length = 0;
  H5Fget_filesize(file.get(), &length);
  return std::min<uint64_t>(H5Dget_storage_size(dataset), length);
}

void check_stored(hid_t dataset, uint64_t claimed) {
  uint64_t stored = stored_bytes(dataset);
  if (claimed / kMaxCompression <= stored && (stored > 0 || claimed == 0)) {
    return;
  }
  throw Error("claims " + std::to_string(claimed) + " bytes, found " +
              std::to_string(stored) + " stored");
}

// ---- Chunks
//
// HDF5 1.10 trusts that a chunk is as long as it should be once its filters
// are undone, and reads past a shorter one. So they are undone here.

using Index = std::vector<hsize_t>;

struct Chunks {
  Index shape;                        // of one
  std::vector<H5Z_filter_t> filters;  // in the order of writing
  size_t width = 0;                   // of a value, in bytes
  size_t bytes = 0;                   // of a chunk, without filters
};

Chunks chunks_of(hid_t layout, size_t rank, size_t width) {
  Chunks chunks{Index(rank), {}, width, width};
  if (H5Pget_chunk(layout, static_cast<int>(rank), chunks.shape.data()) !=
      static_cast<int>(rank)) {
    throw Error("damaged: its chunks have another number of axes");
  }
  for (hsize_t size : chunks.shape) chunks.bytes *= size;
  for (int i = 0; i < H5Pget_nfilters(layout); ++i) {
    size_t no_values = 0;
    unsigned flags = 0;
    unsigned config = 0;
    chunks.filters.push_back(H5Pget_filter2(layout, static_cast<unsigned>(i),
                                            &flags, &no_values, nullptr, 0,
                                            nullptr, &config));
  }
  return chunks;
}

Packed inflated(const Packed& packed, size_t limit) {
  Packed bytes(limit);
  uLongf size = limit;
  int status = uncompress(bytes.data(), &size, packed.data(), packed.size());
  if (status != Z_OK) throw Error("damaged: a chunk cannot be decompressed");
  bytes.resize(size);
  return bytes;
}

// The filter "shuffle" puts the first bytes of all values first, and so on.
Packed unshuffled(const Packed& bytes, size_t width) {
  Packed values = bytes;
  size_t count = bytes.size() / width;
  for (size_t i = 0; i < count * width; ++i) {
    values[i] = bytes[i % width * count + i / width];
  }
  return values;
}

Packed unfiltered(Packed bytes, const Chunks& chunks) {
  for (auto filter = chunks.filters.rbegin(); filter != chunks.filters.rend();
       ++filter) {
    if (*filter == H5Z_FILTER_DEFLATE) {
      bytes = inflated(bytes, chunks.bytes);
    } else if (*filter == H5Z_FILTER_SHUFFLE) {
      bytes = unshuffled(bytes, chunks.width);
    } else {
      throw Error("expected no filters but gzip and shuffle, found number " +
                  std::to_string(*filter));
    }
  }
  return bytes;
}

Packed unpacked(Packed packed, const Chunks& chunks) {
  Packed bytes;
  if (chunks.bytes / kMaxCompression <= packed.size()) {
    bytes = unfiltered(std::move(packed), chunks);
  }
  if (bytes.size() == chunks.bytes) return bytes;
  throw Error("damaged: expected chunks of " + std::to_string(chunks.bytes) +
              " bytes, found a shorter one");
}

// The bytes of the chunk as they are in the file.
Packed read_packed(hid_t dataset, const Index& offset, uint64_t limit) {
  hsize_t size = 0;
  bool is_found = H5Dget_chunk_storage_size(dataset, offset.data(), &size) >= 0;
  if (!is_found || size == 0 || size > limit) {
    throw Error("damaged or never written: a chunk is missing");
  }
  Packed packed(size);
  uint32_t skipped = 0;  // filters
  if (H5Dread_chunk(dataset, H5P_DEFAULT, offset.data(), &skipped,
                    packed.data()) < 0 ||
      skipped != 0) {
    throw Error("damaged: a chunk cannot be read");
  }
  return packed;
}

// The next index in steps of `step`, last axis first; false after the last.
bool advance(Index& index, const Index& shape, const Index& step) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] += step[axis];
    if (index[axis] < shape[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

// The position of offset + index in an array of the shape; none outside.
std::optional<size_t> position_of(const Index& offset, const Index& index,
                                  const Index& shape) {
  size_t position = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    hsize_t at = offset[axis] + index[axis];
    if (at >= shape[axis]) return std::nullopt;
    position = position * shape[axis] + at;
  }
  return position;
}

// Copies a chunk, row by row, to where it lies in the array.
void place(const Packed& chunk, const Chunks& chunks, const Index& offset,
           const Index& shape, std::vector<std::byte>& values) {
  Index step(shape.size(), 1);
  step.back() = chunks.shape.back();
  size_t row = std::min(step.back(), shape.back() - offset.back());
  Index index(shape.size(), 0);
  const uint8_t* source = chunk.data();
  do {
    if (auto position = position_of(offset, index, shape)) {
      std::memcpy(values.data() + *position * chunks.width, source,
                  row * chunks.width);
    }
    source += step.back() * chunks.width;
  } while (advance(index, chunks.shape, step));
}

// All values as they are stored, one after the other.
void read_chunks(hid_t dataset, const Chunks& chunks, const Index& shape,
                 std::vector<std::byte>& values) {
  uint64_t limit = stored_bytes(dataset);
  Index offset(shape.size(), 0);
  do {
    Packed chunk = unpacked(read_packed(dataset, offset, limit), chunks);
    place(chunk, chunks, offset, shape, values);
  } while (advance(offset, shape, chunks.shape));
}

void read_chunked(hid_t dataset, hid_t layout, hid_t stored, Array& array) {
  size_t width = H5Tget_size(stored);
  size_t count = array.bytes.size() / size_of(array.type);
  if (count == 0) return;
  array.bytes.resize(count * std::max(width, size_of(array.type)));
  read_chunks(dataset, chunks_of(layout, array.shape.size(), width),
              {array.shape.begin(), array.shape.end()}, array.bytes);
  if (H5Tconvert(stored, native_type(array.type), count, array.bytes.data(),
                 nullptr, H5P_DEFAULT) < 0) {
    throw Error("its type cannot be converted");
  }
  array.bytes.resize(count * size_of(array.type));
}

// ---- Data sets

void read_values(hid_t dataset, hid_t stored, Array& array) {
  Handle layout = checked(H5Dget_create_plist(dataset), "its layout");
  H5D_layout_t kind = H5Pget_layout(layout.get());
  if (kind == H5D_VIRTUAL || H5Pget_external_count(layout.get()) != 0) {
    throw Error("expected values in this file, found them in others");
  }
  if (kind == H5D_CHUNKED) {
    return read_chunked(dataset, layout.get(), stored, array);
  }
  if (H5Dread(dataset, native_type(array.type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
              array.bytes.data()) < 0) {
    throw Error("damaged: its values cannot be read");
  }
}

Array read_dataset(hid_t dataset) {
  Handle stored = checked(H5Dget_type(dataset), "its type");
  Array array{shape_of(dataset), scalar_of(stored.get()), {}};
  auto count = static_cast<size_t>(element_count(array.shape));
  check_stored(dataset, count * H5Tget_size(stored.get()));
  array.bytes.resize(count * size_of(array.type));
  read_values(dataset, stored.get(), array);
  return array;
}

std::optional<Array> read_array(hid_t file, const char* name) {
  if (H5Lexists(file, name, H5P_DEFAULT) <= 0) return std::nullopt;
  try {
    return read_dataset(
        checked(H5Dopen2(file, name, H5P_DEFAULT), "it as a data set").get());
  } catch (const Error& error) {
    throw error.in(name);
  }
}

Samples read_file(const std::string& path) {
  hdf5::Silence silence;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error("no such file");
  }
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (file.get() < 0) throw Error("expected an HDF5 file, found other data");
  auto x = read_array(file.get(), "x");
  if (!x) throw Error("expected a data set x, found none");
  return samples_from(*x, read_array(file.get(), "y"));
}

}  // namespace

Samples read_h5(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& error) {
    throw error.in(path);
  }
}

}  // namespace nc
