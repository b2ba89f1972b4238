// Small spiking networks for tests of training: four inputs, two outputs, T
// = 4.
#pragma once

#include "ir/graph.h"

namespace nc::test {

Graph float_net();    // leaky, of real numbers
Graph integer_net();  // signed neurons, of integers

}  // namespace nc::test
