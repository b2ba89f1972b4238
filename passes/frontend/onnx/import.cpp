// Opens an ONNX file and has its graph walked.
#include <filesystem>
#include <new>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "passes/frontend/batch.h"
#include "passes/frontend/onnx/walk.h"
#include "passes/onnx.h"

namespace nc {
namespace {

constexpr size_t kLargestFile = (size_t{1} << 31) - 1;  // of protobuf

Imported import_network(onnx::Network& network, const std::string& name,
                        const ImportOptions& options) {
  Shape shape = network.input_shape(options.input_shape);
  auto walk_once = [&](int64_t batch) {
    onnx::Walk walk(network, shape, batch);
    frontend::Attempt attempt;
    attempt.result = walk.run(name, options.output);
    attempt.has_misfit = walk.has_misfit();
    attempt.reads_batch = walk.reads_batch();
    return attempt;
  };
  Imported result = frontend::import_for_any_batch(walk_once, "Shape").result;
  result.files = network.folder.files();
  return result;
}

}  // namespace

Imported import_onnx(const std::string& path, const ImportOptions& options) {
  try {
    std::string name = std::filesystem::path(path).stem().string();
    onnx::Network network(onnx::parse_model(read_whole(path, kLargestFile)),
                          path);
    return import_network(network, name, options);
  } catch (const Error& error) {
    std::string message = error.what();
    bool names_file = message.compare(0, path.size(), path) == 0;
    throw names_file ? error : error.in(path);
  } catch (const std::bad_alloc&) {
    throw Error(path + ": not enough memory to import it");
  } catch (const std::exception& error) {
    throw Error(path + ": cannot be imported: " + error.what());
  }
}

}  // namespace nc
