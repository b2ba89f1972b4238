// Opens a TorchScript file and has its graph walked (passes/torch/torchscript).
#include "passes/torchscript.h"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstring>
#include <filesystem>
#include <new>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "passes/torch/torchscript/archive.h"
#include "passes/torch/torchscript/import_graph.h"
#include "passes/torch/torchscript/input_shape.h"

namespace nc {
namespace {

constexpr size_t kLargestFile = size_t{16} << 30;

// What LibTorch reads is what has been checked, not the file once more.
class MemoryReader : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MemoryReader(Bytes bytes) : bytes_(bytes) {}

  size_t size() const override { return bytes_.size(); }

  size_t read(uint64_t position, void* buffer, size_t count,
              const char*) const override {
    if (position >= bytes_.size()) return 0;
    size_t most = bytes_.size() - static_cast<size_t>(position);
    count = count < most ? count : most;
    std::memcpy(buffer, bytes_.data() + position, count);
    return count;
  }

 private:
  Bytes bytes_;
};

// The part of LibTorch's message that is for people: its first line of text.
std::string first_line(const std::string& message) {
  size_t start = message.find_first_not_of(" \n");
  if (start == std::string::npos) return "unknown reason";
  size_t end = message.find('\n', start);
  return message.substr(start, std::min(end - start, size_t{300}));
}

torch::jit::Module load(Bytes bytes) {
  torchscript::require_torchscript(bytes);
  try {
    return torch::jit::load(std::make_shared<MemoryReader>(bytes),
                            c10::Device(c10::kCPU));
  } catch (const std::exception& error) {
    throw Error("LibTorch cannot load it: " + first_line(error.what()));
  }
}

void require_forward(const torch::jit::Module& module) {
  if (!module.find_method("forward")) {
    throw Error("the module has no method forward()");
  }
  // Hooks around the outermost forward() stand outside its graph.
  auto type = module._ivalue()->type();
  if (!type->getForwardHooks().empty() || !type->getForwardPreHooks().empty()) {
    throw Error("the module has forward hooks; take them off and export again");
  }
}

void require_shape(const Shape& shape) {
  bool is_sound = !shape.empty() && shape.size() <= 5;
  for (int64_t each : shape) is_sound = is_sound && each > 0;
  if (!is_sound) {
    throw Error(
        "expected an input shape of positive sizes without the batch, "
        "found " +
        to_string(shape));
  }
  element_count(shape);
}

Imported import_module(const torch::jit::Module& module,
                       const std::string& name, const ImportOptions& options) {
  require_forward(module);
  torchscript::StoredConstants stored;
  torchscript::ImpliedShape input;
  if (options.input_shape) {
    input.shape = *options.input_shape;
    require_shape(input.shape);
  } else {
    input = torchscript::imply_input_shape(module, stored, options.output);
  }
  Imported result = torchscript::import_graph(module, stored, input.shape, name,
                                              options.output)
                        .result;
  if (!input.remark.empty()) result.remarks.push_back(input.remark);
  return result;
}

}  // namespace

Imported import_torchscript(const std::string& path,
                            const ImportOptions& options) {
  try {
    std::vector<std::byte> bytes = read_whole(path, kLargestFile);
    std::string name = std::filesystem::path(path).stem().string();
    return import_module(load(bytes), name, options);
  } catch (const Error& error) {
    std::string message = error.what();
    bool names_file = message.compare(0, path.size(), path) == 0;
    throw names_file ? error : error.in(path);
  } catch (const std::bad_alloc&) {
    throw Error(path + ": not enough memory to import it");
  } catch (const std::exception& error) {
    throw Error(path + ": " + first_line(error.what()));
  }
}

}  // namespace nc
