#include "tools/support/torch.h"

#include <dlfcn.h>

#include "ir/error.h"
#include "tools/support/main.h"

namespace nc {
namespace {

using Entry = const TorchLibrary* (*)();

const TorchLibrary& load() {
  std::string path = program_folder() + "/../lib/ncc/libncc_torch.so";
  // Resolved now, and never closed: LibTorch does not survive being unloaded.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    throw Error(std::string("this needs LibTorch: ") + dlerror());
  }
  auto entry = reinterpret_cast<Entry>(dlsym(handle, kTorchLibrarySymbol));
  if (!entry) throw Error(path + ": not the library of this program");
  const TorchLibrary& library = *entry();
  if (library.version != version()) {
    throw Error(path + ": expected version " + version() + ", found " +
                library.version);
  }
  return library;
}

}  // namespace

const TorchLibrary& torch_library() {
  static const TorchLibrary& library = load();
  return library;
}

}  // namespace nc
