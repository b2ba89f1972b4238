// Lava's fixed-point synapses. Both send what the step before computed and
// then compute this step's: one step of latency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nc::loihi {

enum class SignMode { mixed, excitatory, inhibitory };

// The weights as the chip stores them with `bits` bits (lava-nc
// AbstractPyDenseModelBitAcc): clipped to [-256, 255] (mixed), [0, 255] or
// [-255, 0], and cleared of the 8 - bits (mixed: 9 - bits) lowest bits, mixed
// ones rounding down, others towards zero. Without a given mode, weights
// without negative ones are excitatory, without positive ones inhibitory.
std::vector<int64_t> truncated_weights(std::vector<int64_t> weights,
                                       int64_t bits,
                                       std::optional<SignMode> mode = {});

// Dense: a_out = (sum_j w_ij s_j) * 2^exponent; a right shift of the sum
// rounds down.
class LavaDense {
 public:
  // weights [out, in], already truncated.
  LavaDense(std::vector<int64_t> weights, size_t outputs, int64_t exponent,
            bool graded);

  // s holds payloads; any payload but 0 counts as 1 unless `graded`.
  std::vector<int64_t> step(const std::vector<int64_t>& s);

 private:
  std::vector<int64_t> weights_;
  int64_t exponent_;
  bool graded_;
  std::vector<int64_t> buffer_;
};

// Sizes along the two axes X and Y, and channels.
struct LavaConvShape {
  int64_t in_x, in_y, in_channels;
  int64_t out_channels, kernel_x, kernel_y;
  int64_t stride_x, stride_y, padding_x, padding_y, dilation_x, dilation_y;
  int64_t groups;

  int64_t out_x() const;
  int64_t out_y() const;
};

// Conv (lava-nc PyConvModelFixed): a true convolution (the kernel is flipped)
// with zero padding; input and output [X, Y, C], weights
// [out_channels, kernel_x, kernel_y, in_channels / groups]. Weights are not
// truncated; the sum wraps modulo 2^24.
class LavaConv {
 public:
  LavaConv(const LavaConvShape& shape, std::vector<int64_t> weights,
           bool graded);

  std::vector<int64_t> step(const std::vector<int64_t>& s);

 private:
  int64_t sum_at(const std::vector<int64_t>& s, int64_t x, int64_t y,
                 int64_t channel) const;

  LavaConvShape shape_;
  std::vector<int64_t> weights_;
  bool graded_;
  std::vector<int64_t> buffer_;
};

}  // namespace nc::loihi
