// Tensors of the source network that depend on its input. Their numbers are
// not known while a graph is imported, only which IR nodes hold them.
//
// As in PyTorch, a tensor is a view onto a storage: after an in-place operator
// every view of the storage means the new value.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/frontend/builder.h"

namespace nc::frontend {

// A storage (no base), or a rearrangement (reshape, permute, slice) of one.
struct View {
  std::shared_ptr<View> base;
  Op op;            // how it reads its base
  Shape shape;      // without the batch, as the IR has it
  Content content;  // a storage's value; a view's as of `version`
  int64_t version = 0;
};

// A tensor as the source network sees it: the batch is axis 0.
struct SymbolicTensor {
  Shape shape;
  Shape strides;
  std::shared_ptr<View> view;
};
using Symbol = std::shared_ptr<SymbolicTensor>;

// The IR's shape for a shape with batch; one value per sample is [1].
Shape without_batch(const Shape& shape);

// A fresh tensor that holds the sum of `content`.
Symbol make_symbol(const GraphBuilder& graph, int64_t batch,
                   const Content& content);
// The same for a tensor whose shape is not [batch, ...shape of the nodes].
Symbol make_symbol_of_shape(const Shape& shape, const Content& content,
                            const GraphBuilder& graph);

Content read(GraphBuilder& graph, const Symbol& tensor);

// What an in-place operator does: the storage changes, and with it all views.
void write(GraphBuilder& graph, const Symbol& tensor, const Content& content);

// The same when nobody knows what the operator makes of it: the whole storage
// is replaced by stand-ins that follow from `stand_in`.
void spoil(GraphBuilder& graph, const Symbol& tensor,
           const std::string& stand_in);

// A view where the strides allow one, else a copy, as torch.reshape does. The
// batch axis must stay.
Symbol reshaped(GraphBuilder& graph, const Symbol& tensor, const Shape& shape);

// Axis i of the result is axis order[i]; order[0] must be 0.
Symbol permuted(GraphBuilder& graph, const Symbol& tensor, const Shape& order);

// axis must not be 0; 0 <= start < stop <= size.
Symbol sliced(GraphBuilder& graph, const Symbol& tensor, int64_t axis,
              int64_t start, int64_t stop, int64_t step);

bool is_contiguous(const SymbolicTensor& tensor);

}  // namespace nc::frontend
