// What the LibTorch-dependent shared library offers. Programs load it with
// dlopen when it is needed (a program that links LibTorch takes half a second
// before main), through the one C symbol below.
#pragma once

#include "passes/calibrate.h"
#include "passes/torchscript.h"
#include "passes/train.h"
#include "runtime/torch/engine.h"
#include "runtime/torch/processes.h"

namespace nc {

struct TorchLibrary {
  const char* version;        // of NCC, which must be the program's own
  const char* torch_version;  // of LibTorch
  std::unique_ptr<Engine> (*make_engine)(const Graph&,
                                         const TorchEngineOptions&);
  Imported (*import_torchscript)(const std::string&, const ImportOptions&);
  Graph (*calibrate)(Graph, const Batch&, const CalibrationOptions&,
                     const Progress&);
  std::unique_ptr<Processes> (*meet)(const Meeting&);
  TrainResult (*train)(Graph, const TrainOptions&, const TrainCallbacks&);
  Gradients (*gradients)(const Graph&, const TrainOptions&, const TrainBatch&);
};

inline constexpr char kTorchLibrarySymbol[] = "nc_torch_library";

}  // namespace nc

extern "C" const nc::TorchLibrary* nc_torch_library();
