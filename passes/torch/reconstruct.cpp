#include "passes/torch/reconstruct.h"

#include <algorithm>
#include <cassert>

#include "ir/tensor.h"
#include "passes/weighted.h"

namespace nc {
namespace {

// Neighbouring positions tell much the same: of P, a quarter counts.
constexpr double kRidge = 4;

// A convolution over images, or over signals as images of height 1.
struct Window {
  Shape kernel;
  Shape stride;
  Shape padding;
  Shape dilation;
};

Shape as_image(const Shape& list, int64_t missing) {
  return list.size() == 2 ? list : Shape{missing, list[0]};
}

template <IsConvolution Conv>
Window window_of(const Conv& op) {
  Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
  return {as_image(kernel, 1), as_image(op.stride, 1), as_image(op.padding, 0),
          as_image(op.dilation, 1)};
}

int64_t groups_of(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return conv->groups;
  if (const auto* conv = std::get_if<Conv1d>(&op)) return conv->groups;
  return 1;
}

// Which positions of a sample are looked at: `count` of `all`, evenly spread,
// shifted from sample to sample.
at::Tensor chosen(int64_t sample, int64_t count, int64_t all) {
  constexpr int64_t kShift = 7919;  // a prime
  if (count == all) return at::arange(all, at::kLong);
  at::Tensor even = at::arange(count, at::kLong).mul(all).floor_divide(count);
  return even.add(sample * kShift).remainder(all);
}

// Rows [positions, width] of samples [width, all positions].
template <class Sample>
at::Tensor rows(int64_t samples, int64_t count, const Dealt& dealt,
                Sample sample) {
  std::vector<at::Tensor> parts;
  for (int64_t i = 0; i < samples; ++i) {
    at::Tensor columns = sample(i);
    at::Tensor index = chosen(dealt.number(i), count, columns.size(1));
    parts.push_back(columns.index_select(1, index).t());
  }
  return at::cat(parts);
}

// What one output value reads: [positions, groups * D].
at::Tensor input_rows(const Op& layer, const at::Tensor& x, int64_t count,
                      const Dealt& dealt) {
  if (std::holds_alternative<Affine>(layer)) return x;
  const auto* image = std::get_if<Conv2d>(&layer);
  Window w = image ? window_of(*image) : window_of(std::get<Conv1d>(layer));
  at::Tensor images = image ? x : x.unsqueeze(2);
  return rows(x.size(0), count, dealt, [&](int64_t i) {
    return at::im2col(images.slice(0, i, i + 1), w.kernel, w.dilation,
                      w.padding, w.stride)[0];
  });
}

at::Tensor output_rows(const at::Tensor& y, int64_t count, const Dealt& dealt) {
  if (y.dim() == 2) return y;
  return rows(y.size(0), count, dealt,
              [&](int64_t i) { return y[i].flatten(1); });
}

// The rows of all processes, and some of zeros, which change no sum.
at::Tensor rows_of_all(Processes* others, const at::Tensor& own, int64_t most) {
  if (!others) return own;
  at::Tensor filled = at::zeros({most, own.size(1)}, own.options());
  filled.slice(0, 0, own.size(0)).copy_(own);
  return gathered(others, filled).flatten(0, 1);
}

// argmin over w of mean (x w - r)^2 + lambda mean(x^2) |w|^2, [D, out], for
// centred x [P, D] and r [P, out], lambda = kRidge D / P; in the smaller of the
// two spaces, as (x'x + a)^-1 x' = x' (x x' + a)^-1. Several processes add up
// x'x and x'r, or bring their rows together.
class Ridge {
 public:
  Ridge(Processes* others, int64_t all_rows, int64_t most_rows)
      : others_(others), all_(all_rows), most_(most_rows) {}

  at::Tensor solve(const at::Tensor& x, const at::Tensor& r) const {
    double width = static_cast<double>(x.size(1));
    double added = std::max(kRidge * width * power(x), 1e-12);
    bool primal = x.size(1) <= all_;
    if (primal) {
      return solved(summed(at::matmul(x.t(), x)), summed(at::matmul(x.t(), r)),
                    added);
    }
    at::Tensor rows = rows_of_all(others_, x, most_);
    at::Tensor gram = at::matmul(rows, rows.t()).to(at::kDouble);
    at::Tensor wishes = rows_of_all(others_, r, most_).to(at::kDouble);
    return at::matmul(rows.t(), solved(gram, wishes, added));
  }

 private:
  double power(const at::Tensor& x) const {
    if (!others_) return x.square().mean().item().toDouble();
    double sum = x.square().sum(at::kDouble).item().toDouble();
    others_->add_up(&sum, 1);
    return sum / static_cast<double>(all_ * x.size(1));
  }

  at::Tensor summed(const at::Tensor& product) const {
    return added_up(others_, product.to(at::kDouble));
  }

  static at::Tensor solved(at::Tensor gram, const at::Tensor& right,
                           double added) {
    gram.diagonal().add_(added);
    at::Tensor factor = at::linalg_cholesky(gram);
    return at::cholesky_solve(right, factor).to(at::kFloat);
  }

  Processes* others_;
  int64_t all_;   // rows of all processes
  int64_t most_;  // of any of them
};

// So few positions of a sample that x stays near 128 MB.
int64_t positions(const Shape& weight, int64_t groups, const at::Tensor& y,
                  int64_t samples) {
  constexpr int64_t kMostElements = int64_t{1} << 25;
  constexpr int64_t kMostRows = int64_t{1} << 16;
  int64_t all = y.dim() == 2 ? 1 : y[0][0].numel();
  int64_t width = element_count(weight) / weight[0] * groups;
  int64_t most = std::min(kMostElements / width, kMostRows);
  return std::clamp<int64_t>(most / samples, 1, all);
}

}  // namespace

at::Tensor reconstruction_target(const at::Tensor& z, const at::Tensor& y,
                                 const Ends& ends) {
  at::Tensor above = at::where(z.ge(ends.high), y.clamp_min(ends.high), z);
  return at::where(z.le(ends.low), y.clamp_max(ends.low), above);
}

at::Tensor apply_weights(const Op& layer, const at::Tensor& weight,
                         const at::Tensor& x) {
  if (const auto* op = std::get_if<Conv2d>(&layer)) {
    return at::conv2d(x, weight, {}, op->stride, op->padding, op->dilation,
                      op->groups);
  }
  if (const auto* op = std::get_if<Conv1d>(&layer)) {
    return at::conv1d(x, weight, {}, op->stride, op->padding, op->dilation,
                      op->groups);
  }
  assert(std::holds_alternative<Affine>(layer));
  return at::matmul(x, weight.t());
}

WeightChange reconstruct(const Op& layer, const at::Tensor& x,
                         const at::Tensor& z, const at::Tensor& y,
                         const Ends& ends, int64_t samples,
                         const Dealt& dealt) {
  const Shape shape = weighted(layer)->weight.shape();
  int64_t groups = groups_of(layer);
  int64_t count = positions(shape, groups, y, samples);
  at::Tensor inputs = input_rows(layer, x, count, dealt);
  at::Tensor found = output_rows(y, count, dealt);
  at::Tensor target =
      reconstruction_target(output_rows(z, count, dealt), found, ends);
  at::Tensor missing = target - found;
  at::Tensor mean = mean_of_all(dealt.others, inputs, 0);
  at::Tensor shift = mean_of_all(dealt.others, missing, 0);
  int64_t most = (samples + dealt.size() - 1) / dealt.size();
  Ridge ridge(dealt.others, samples * count, most * count);
  std::vector<at::Tensor> weight;
  std::vector<at::Tensor> bias;
  std::vector<at::Tensor> means = mean.chunk(groups);
  std::vector<at::Tensor> blocks = (inputs - mean).chunk(groups, 1);
  std::vector<at::Tensor> wishes = (missing - shift).chunk(groups, 1);
  for (size_t g = 0; g < blocks.size(); ++g) {
    weight.push_back(
        of_first(dealt.others, ridge.solve(blocks[g], wishes[g])).t());
    bias.push_back(at::mv(weight.back(), means[g]));
  }
  at::Tensor change = of_first(dealt.others, shift - at::cat(bias));
  return {at::cat(weight).reshape(shape).contiguous(), change};
}

}  // namespace nc
