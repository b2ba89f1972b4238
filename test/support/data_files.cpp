#include "test/support/data_files.h"

#include <zlib.h>

#include <fstream>
#include <iterator>

namespace nc::test {

namespace {

std::string big_endian(uint32_t number) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) {
    bytes += static_cast<char>(number >> shift & 255);
  }
  return bytes;
}

}  // namespace

std::string idx(const std::vector<uint32_t>& shape, const std::string& values) {
  std::string bytes("\0\0\x08", 3);
  bytes += static_cast<char>(shape.size());
  for (uint32_t size : shape) bytes += big_endian(size);
  return bytes + values;
}

std::string numbered(size_t count, int classes) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes += static_cast<char>(i % static_cast<size_t>(classes));
  }
  return bytes;
}

std::string gzipped(const TemporaryFolder& folder, const std::string& bytes) {
  gzFile file = gzopen(folder.path("gz").c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  std::ifstream stream(folder.path("gz"), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_mnist(const TemporaryFolder& folder) {
  folder.write("t10k-images-idx3-ubyte", idx({4, 2, 3}, numbered(24)));
  folder.write("t10k-labels-idx1-ubyte", idx({4}, {3, 1, 3, 0}));
  folder.write("train-images-idx3-ubyte.gz",
               gzipped(folder, idx({20, 2, 3}, numbered(120))));
  folder.write("train-labels-idx1-ubyte.gz",
               gzipped(folder, idx({20}, numbered(20, 2))));
}

void write_cifar10(const TemporaryFolder& folder, const std::string& inner) {
  std::string record = "\7" + std::string(3072, '\5');
  for (int i = 1; i <= 5; ++i) {
    record[0] = static_cast<char>(i);
    folder.write(inner + "data_batch_" + std::to_string(i) + ".bin",
                 record + record);
  }
  folder.write(inner + "test_batch.bin", "\7" + numbered(3072));
}

Dataset load(const std::string& spec, Split split) {
  return load_dataset(parse_data_spec(spec), split);
}

}  // namespace nc::test
