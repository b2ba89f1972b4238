// N-MNIST (Orchard et al. 2015): the digits of MNIST as an event camera saw
// them, 34 x 34 pixels, about 0.3 s each. A file a recording:
//   Train/<digit>/<number>.bin   Test/<digit>/<number>.bin
// (https://www.garrickorchard.com/datasets/n-mnist)
#pragma once

#include <string>

#include "runtime/data/samples.h"
#include "runtime/events/event.h"

namespace nc {

inline constexpr SensorSize kNmnistSensor = {34, 34};

// Lists the recordings of `folder`, or of nmnist, NMNIST or N-MNIST in it, in
// the order of their numbers; events stay in the files. Digits without
// recordings are remarked upon. Throws Error naming the folder.
Samples read_nmnist(const std::string& folder, bool training);

}  // namespace nc
