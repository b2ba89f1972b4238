// An ONNX model as its file holds it, read through ONNX's own protobuf
// definitions, and the first questions to it.
#pragma once

#include <onnx.pb.h>

#include <string>
#include <vector>

#include "ir/sha256.h"
#include "ir/tensor.h"

namespace nc::onnx {

namespace proto = ::onnx;

// The standard operators whose meaning the conversions know, by the number of
// their set.
inline constexpr int64_t kOldestOpset = 11;
inline constexpr int64_t kNewestOpset = 22;

struct Model {
  proto::ModelProto file;
  int64_t size = 0;  // of the file, in bytes
  int64_t opset = 0;

  const proto::GraphProto& graph() const { return file.graph(); }
};

// Throws Error for what is no ONNX model, and for operator sets out of reach.
Model parse_model(Bytes bytes);

// Whether the operator is one of ONNX itself.
bool is_standard(const std::string& domain);

// "Conv", or with its domain, "com.microsoft.FusedConv".
std::string operator_name(const proto::NodeProto& node);

// The one input that is not among the weights, which may be listed as inputs,
// too. Throws Error when there is none, or more than one.
const proto::ValueInfoProto& data_input(const proto::GraphProto& graph);

// The sizes that the file states; -1 where it leaves one open. Empty when it
// says nothing.
Shape stated_shape(const proto::ValueInfoProto& value);

}  // namespace nc::onnx
