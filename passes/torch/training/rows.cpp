#include "passes/torch/training/rows.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace nc {
namespace {

bool channels_come_last(const at::Tensor& z) {
  return z.dim() == 5 && !z.is_contiguous() &&
         z.flatten(0, 1).is_contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

Rows::Rows(const at::Tensor& values)
    : sample_(values.sizes().slice(2).vec()),
      last_(channels_come_last(values)) {}

at::Tensor Rows::flat(const at::Tensor& values) const {
  at::Tensor moved = last_ ? values.permute({0, 1, 3, 4, 2}) : values;
  return moved.flatten(2).contiguous();
}

at::Tensor Rows::shaped(const at::Tensor& rows) const {
  Shape shape = {rows.size(0), rows.size(1)};
  if (!last_) {
    shape.insert(shape.end(), sample_.begin(), sample_.end());
    return rows.view(shape);
  }
  shape.insert(shape.end(), {sample_[1], sample_[2], sample_[0]});
  return rows.view(shape).permute({0, 1, 4, 2, 3});
}

at::Tensor Rows::row(const at::Tensor& values) const {
  return flat(values.expand(sample_).unsqueeze(0).unsqueeze(0))[0][0];
}

void for_each_block(int64_t elements,
                    const std::function<void(int64_t, int64_t)>& f) {
  int64_t blocks = (elements + kNeuronBlock - 1) / kNeuronBlock;
  at::parallel_for(0, blocks, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      f(i * kNeuronBlock, std::min(elements, (i + 1) * kNeuronBlock));
    }
  });
}

}  // namespace nc
