#include "passes/frontend/nir/chain.h"

namespace nc::frontend::nir {
namespace {

Shape positive(Fields& fields, const std::string& name, Shape shape) {
  for (int64_t size : shape) {
    if (size >= 1) continue;
    fields.fail("'" + name + "': expected sizes above 0, found " +
                to_string(shape));
  }
  if (shape.empty()) fields.fail("'" + name + "': expected axes, found none");
  return shape;
}

Shape read_by_matrix(Fields& fields) {
  Shape shape = fields.numbers("weight").shape;
  if (shape.size() < 2) {
    fields.fail("'weight': expected [out, in], found shape " +
                to_string(shape));
  }
  shape.erase(shape.end() - 2);
  return positive(fields, "weight", shape);
}

Shape read_by_convolution(Fields& fields, size_t axes) {
  const Shape& weight = fields.numbers("weight").shape;
  if (weight.size() != axes + 2) {
    fields.fail("'weight': expected " + std::to_string(axes + 2) +
                " axes, found shape " + to_string(weight));
  }
  Shape shape = fields.sizes("input_shape", axes);
  int64_t groups = fields.whole("groups");
  if (groups < 1) fields.fail("expected groups of at least 1");
  shape.insert(shape.begin(), weight[1] * groups);
  return positive(fields, "input_shape", shape);
}

// Of all parameters, the one with most elements.
std::optional<Declared> of_parameters(Fields& fields) {
  std::optional<Declared> found;
  int64_t most = 0;
  for (const auto& [name, value] : fields.node().fields) {
    int64_t count = element_count(value.shape);
    if (value.shape.empty() || count <= most) continue;
    most = count;
    found = Declared{value.shape, false};
  }
  return found;
}

}  // namespace

std::optional<Declared> declared_shape(Fields& fields) {
  const std::string& type = fields.node().type;
  if (type == "Input" || type == "Output") {
    if (fields.node().is_added) return std::nullopt;
    return Declared{positive(fields, "shape", fields.list("shape"))};
  }
  if (type == "Affine" || type == "Linear") {
    return Declared{read_by_matrix(fields)};
  }
  if (type == "Conv1d") return Declared{read_by_convolution(fields, 1)};
  if (type == "Conv2d") return Declared{read_by_convolution(fields, 2)};
  if (type == "Flatten") {
    if (!fields.has("input_type")) return std::nullopt;
    return Declared{positive(fields, "input_type", fields.list("input_type"))};
  }
  bool has_parameters = is_neuron(type) || type == "Scale";
  return has_parameters ? of_parameters(fields) : std::nullopt;
}

}  // namespace nc::frontend::nir
