// Tensors that an ONNX model stores, as arrays.
#pragma once

#include "passes/frontend/array.h"
#include "passes/frontend/onnx/data_folder.h"

namespace nc::onnx {

// The numbers lie in the tensor, as raw bytes or as numbers, or in a file of
// the model's folder. Throws Refusal for what an array cannot hold (texts,
// complex numbers, fewer than 8 bits), and Error for a damaged tensor.
frontend::Array array_of(const ::onnx::TensorProto& tensor, DataFolder& folder);

// The kind of array for one of ONNX's numbers for types. Throws Refusal.
frontend::Array::Kind kind_of(int32_t data_type);

// PyTorch's number for it, as the conversions know types.
int64_t torch_type(int32_t data_type);

}  // namespace nc::onnx
