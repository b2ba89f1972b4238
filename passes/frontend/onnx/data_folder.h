// The folder of a model, from which the bytes of its large tensors come
// ("external data"): never from anywhere outside of it.
#pragma once

#include <onnx.pb.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nc::onnx {

class DataFolder {
 public:
  explicit DataFolder(const std::string& model_path);

  // The `size` bytes that are meant by the tensor's location, offset and
  // length. Throws Error when they are not there, or not in the folder.
  std::vector<std::byte> read(const ::onnx::TensorProto& tensor, size_t size);

  // How many bytes the files have that were read.
  uintmax_t size() const;

  // The files that were read, sorted.
  std::vector<std::string> files() const;

 private:
  // A file of the folder, and its size.
  struct File {
    std::filesystem::path path;
    uintmax_t size = 0;
  };

  const File& file(const std::string& location);

  std::filesystem::path folder_;
  std::map<std::string, File> files_;  // by location
};

}  // namespace nc::onnx
