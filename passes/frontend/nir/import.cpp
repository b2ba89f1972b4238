#include <cstring>
#include <string_view>

#include "passes/frontend/nir/importer.h"
#include "passes/nir.h"

namespace nc {
namespace {

constexpr std::string_view kHdf5Signature("\x89HDF\r\n\x1a\n", 8);
constexpr std::string_view kSnnTrailer("SNNsha2\n", 8);
constexpr size_t kSnnTrailerSize = 40;

bool begins(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

}  // namespace

Imported import_nir(Bytes file, const std::string& name,
                    const ImportOptions& options) {
  frontend::nir::NirGraph graph = frontend::nir::read_graph(file);
  Imported imported = frontend::nir::Importer(std::move(graph), options).run();
  if (imported.graph.name.empty()) imported.graph.name = name;
  return imported;
}

// Without its trailer an .snn file is still one, if a broken one: HDF5 with a
// superblock of version 2 and a group 'nodes'.
bool is_nir(Bytes file) {
  if (!begins(file, kHdf5Signature) || file.size() < kSnnTrailerSize) {
    return false;
  }
  if (begins(file.last(kSnnTrailerSize), kSnnTrailer)) return false;
  constexpr std::byte kSnnSuperblock{2};
  bool may_be_snn = file[kHdf5Signature.size()] == kSnnSuperblock;
  return !may_be_snn || frontend::nir::may_be_nir(file);
}

}  // namespace nc
