#include "passes/torch_library.h"

#include <torch/version.h>

#include "ncc_version.h"

const nc::TorchLibrary* nc_torch_library() {
  static const nc::TorchLibrary library = {
      NCC_VERSION,
      TORCH_VERSION,
      nc::make_torch_engine,
      nc::import_torchscript,
      nc::calibrate,
      nc::meet,
      nc::train,
      nc::gradients,
  };
  return &library;
}
