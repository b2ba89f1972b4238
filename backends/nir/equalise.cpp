#include "backends/nir/equalise.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"

namespace nc::nir {
namespace {

bool all_equal(const double* first, size_t count) {
  return std::all_of(first, first + count,
                     [&](double each) { return each == *first; });
}

// Thresholds [channels] from those of all neurons.
std::vector<double> rows_of(const Array& threshold) {
  auto rows = static_cast<size_t>(threshold.shape.at(0));
  size_t group = threshold.values.size() / rows;
  std::vector<double> found;
  for (size_t row = 0; row < rows; ++row) {
    const double* first = threshold.values.data() + row * group;
    if (!all_equal(first, group)) {
      throw Error(
          "its thresholds differ within a channel; this profile's consumer "
          "knows one for a layer");
    }
    found.push_back(*first);
  }
  return found;
}

// w / theta as the f32 from which w comes back, if there is one.
double quotient(double weight, double theta, bool integers) {
  auto rounded = static_cast<double>(static_cast<float>(weight / theta));
  bool back = !integers || std::nearbyint(rounded * theta) == weight;
  return back ? rounded : weight / theta;
}

void divide_rows(Array& array, const std::vector<double>& theta,
                 bool integers) {
  size_t row = array.values.size() / theta.size();
  for (size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = quotient(array.values[i], theta[i / row], integers);
  }
}

void divide(Draft& draft, const std::vector<double>& theta, bool integers) {
  divide_rows(draft.primitive.fields.array("weight"), theta, integers);
  divide_rows(draft.primitive.fields.array("bias"), theta, integers);
  draft.metadata.set("row_scale", theta);
}

void equalise(Builder& builder, size_t neuron, bool integers) {
  const Node* made_of = builder.at(neuron).made_of;
  Array& threshold = builder.at(neuron).primitive.fields.array("v_threshold");
  if (all_equal(threshold.values.data(), threshold.values.size())) return;
  std::vector<double> theta = rows_of(threshold);
  std::fill(threshold.values.begin(), threshold.values.end(), 1.0);
  for (size_t source : builder.inputs(neuron)) {
    bool weighted = builder.at(source).primitive.fields.find("weight");
    if (!weighted || builder.readers(source).size() > 1) {
      std::vector<double> ones(theta.size(), 1);
      source = builder.insert(source, neuron,
                              {made_of->name + "_copy",
                               "copy",
                               diagonal(builder.shape(source), ones),
                               {},
                               made_of});
    }
    divide(builder.at(source), theta, integers);
  }
}

}  // namespace

void equalise_thresholds(Builder& builder, bool integers) {
  size_t count = builder.size();
  for (size_t node = 0; node < count; ++node) {
    if (builder.at(node).primitive.type != "IF") continue;
    try {
      equalise(builder, node, integers);
    } catch (const Error& error) {
      throw error.in("node '" + builder.at(node).made_of->name + "'");
    }
  }
}

}  // namespace nc::nir
