// An ONNX model with all that is read from it on demand: what stays the same
// from walk to walk.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "passes/frontend/onnx/data_folder.h"
#include "passes/frontend/onnx/model.h"
#include "passes/frontend/onnx/origins.h"
#include "passes/frontend/values.h"

namespace nc::onnx {

class Network {
 public:
  Network(Model read, const std::string& path);

  // A stored tensor by its name; nothing when there is none. Throws Refusal
  // for numbers of a kind that is not supported, Error for a damaged one.
  std::optional<frontend::Item> weight(const std::string& name);

  // The shape of a value as the file states it, with -1 for the batch where
  // that is open; nothing unless all else is known.
  std::optional<Shape> stated_shape_of(const std::string& name) const;

  // Of one sample: the file's, or where it leaves sizes open, the given one.
  // Throws Error when they do not fit, or nobody knows.
  Shape input_shape(const std::optional<Shape>& given) const;

  // The elements that a computed constant may have: a small file does not make
  // large ones.
  int64_t most_elements() const;

  const proto::GraphProto& graph() const { return model.graph(); }
  const proto::ValueInfoProto& input() const { return *input_; }

  const Model model;
  const Origins origins;
  DataFolder folder;

 private:
  void state(const proto::ValueInfoProto& value);

  const proto::ValueInfoProto* input_;
  std::map<std::string, const proto::TensorProto*> stored_;
  std::map<std::string, frontend::Item> weights_;
  std::map<std::string, Shape> stated_;
};

}  // namespace nc::onnx
