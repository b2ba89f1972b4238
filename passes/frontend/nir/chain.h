// What one NIR node becomes: IR ops in a row, the first of which reads what the
// node reads. None: the node gives what it reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/frontend/nir/fields.h"
#include "passes/frontend/nir/settings.h"

namespace nc::frontend::nir {

struct Piece {
  std::string suffix;  // of the node's name; empty for the op that has it
  Op op;
};

struct Chain {
  std::vector<Piece> pieces;
  std::string approximation;  // why it is not exact; empty: it is
};

// How weights are held: as f32, saying what is rounded for that; as f32 that
// they were made of; as integers, which they are.
enum class Numbers { real, own_real, own_integer };

// Throw Error for fields that are wrong, Refusal for what has no form here.

// Affine, Linear, Scale, Conv1d, Conv2d.
Chain convert_weighted(Fields& fields, const Shape& in, Numbers form);
// SumPool2d, AvgPool2d, Flatten.
Chain convert_shaping(Fields& fields, const Shape& in);
// Threshold, I, IF, LI, LIF, CubaLI, CubaLIF, Delay.
Chain convert_neuron(Fields& fields, const Shape& in, const Settings& settings);

// The node's own word on the shape that it reads, as far as it has one.
// Inexact: parameters of a neuron, which may be broadcast.
struct Declared {
  Shape shape;
  bool is_exact = true;
};
std::optional<Declared> declared_shape(Fields& fields);

bool is_weighted(const std::string& type);
bool is_shaping(const std::string& type);
bool is_neuron(const std::string& type);
bool has_memory(const std::string& type);

}  // namespace nc::frontend::nir
