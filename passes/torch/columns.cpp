#include "passes/torch/columns.h"

namespace nc {
namespace {

// An odd stride does not stay in one column of the images.
int64_t stride_for(int64_t columns) {
  constexpr int64_t kMostPerChannel = 1 << 16;
  return ((columns - 1) / kMostPerChannel + 1) | 1;
}

}  // namespace

at::Tensor by_channel(const at::Tensor& values) {
  return values.transpose(0, 1).flatten(1);
}

Columns sampled_columns(const at::Tensor& z, int64_t samples,
                        const Dealt& dealt) {
  at::Tensor channels = by_channel(z);
  int64_t positions = channels.size(1) / z.size(0);
  int64_t stride = stride_for(samples * positions);
  int64_t all = (samples * positions - 1) / stride + 1;
  if (!dealt.others) {
    at::Tensor values = channels.slice(1, 0, channels.size(1), stride);
    return {values.contiguous(), nullptr, all, {}};
  }
  at::Tensor number =
      at::arange(z.size(0), at::kLong).mul(dealt.size()).add(dealt.rank());
  at::Tensor column =
      number.mul(positions).unsqueeze(1).add(at::arange(positions, at::kLong));
  column = column.flatten();
  at::Tensor taken = column.remainder(stride).eq(0).nonzero().flatten();
  at::Tensor place = column.index_select(0, taken).floor_divide(stride);
  return {channels.index_select(1, taken), dealt.others, all, place};
}

Columns as_one_row(const Columns& columns) {
  Columns row = columns;
  int64_t channels = columns.values.size(0);
  row.values = columns.values.flatten().unsqueeze(0);
  row.all = columns.all * channels;
  if (!columns.others) return row;
  at::Tensor start = at::arange(channels, at::kLong).mul(columns.all);
  row.place = start.unsqueeze(1).add(columns.place).flatten();
  return row;
}

}  // namespace nc
