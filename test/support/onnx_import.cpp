#include "test/support/onnx_import.h"

#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/verify.h"
#include "test/support/torture_set.h"
#include "test/unit/temporary_folder.h"

namespace nc::test {

using Catch::Matchers::Contains;

std::string complaint(const std::string& path, const ImportOptions& options) {
  try {
    Imported result = import_onnx(path, options);
    CHECK(result.graph.nodes.empty());
    return refusals(result);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    CHECK_THAT(error.what(), Contains(path));
    return error.what();
  }
}

std::string complaint(const OnnxModel& model, const ImportOptions& options) {
  TemporaryFolder folder;
  return complaint(folder.write("net.onnx", model.bytes()), options);
}

Graph imported_onnx(const OnnxModel& model) {
  TemporaryFolder folder;
  Imported result = import_onnx(folder.write("net.onnx", model.bytes()), {});
  INFO(refusals(result));
  REQUIRE_FALSE(result.graph.nodes.empty());
  require_valid(result.graph);
  return result.graph;
}

}  // namespace nc::test
