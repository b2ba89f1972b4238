#include "runtime/cpu/terms.h"

#include <algorithm>

namespace nc {
namespace {

// Sums are taken modulo 2^32; those that are used fit (see plan.h).
int32_t wrapped(uint32_t value) { return static_cast<int32_t>(value); }

struct Job {
  const TermSource& source;
  const Layout& out;
  const Block& block;
  bool first;
  int32_t* sums;
  Scratch& scratch;

  int64_t row() const { return block.positions * out.channels; }
  int64_t cells() const { return block.rows() * out.channels; }
  int32_t* sums_of(int64_t step, int64_t sample) const {
    return sums + (step * block.samples + sample) * row();
  }

  void operator()(const Convolved& op) const;
  void operator()(const Scaled& op) const;
  void operator()(const Pooled& op) const;
  void operator()(const Passed& op) const;

 private:
  void convolve_dense(const Convolved& op, int32_t* to) const;
  const uint8_t* digit_of(const Convolved& op, int digit) const;
  void clear_if_first() const {
    if (first) std::fill_n(sums, cells(), 0);
  }
};

void Job::operator()(const Convolved& op) const {
  int32_t* to = sums;
  if (!first) {
    scratch.second.resize(static_cast<size_t>(cells()));
    to = scratch.second.data();
  }
  if (source.by_events && op.scatter) {
    op.scatter->run(source.value.bytes(), source.samples, block, to);
  } else if (source.by_events) {
    op.rows->run(*source.events, source.samples, block, to);
  } else {
    convolve_dense(op, to);
  }
  if (first) return;
  for (int64_t i = 0; i < cells(); ++i) {
    sums[i] = wrapped_sum(sums[i], to[i]);
  }
}

void Job::convolve_dense(const Convolved& op, int32_t* to) const {
  int64_t images = block.steps * block.samples;
  if (op.digits == 1 && op.weights.size() == 1) {
    op.weights.front().convolution.run(digit_of(op, 0), to, images);
    return;
  }
  scratch.product.resize(static_cast<size_t>(cells()));
  std::fill_n(to, cells(), 0);
  for (int digit = 0; digit < op.digits; ++digit) {
    const uint8_t* from = digit_of(op, digit);
    for (const Convolved::WeightByte& weight : op.weights) {
      weight.convolution.run(from, scratch.product.data(), images);
      int shift = digit * op.bits + weight.shift;
      if (shift >= 32) continue;
      for (size_t i = 0; i < scratch.product.size(); ++i) {
        uint32_t product = static_cast<uint32_t>(scratch.product[i]);
        to[i] = wrapped(static_cast<uint32_t>(to[i]) + (product << shift));
      }
    }
  }
}

// The given digit of the inputs of all steps and samples of the block.
const uint8_t* Job::digit_of(const Convolved& op, int digit) const {
  const Storage& storage = source.stage->storage;
  int64_t images = block.steps * block.samples;
  int64_t elements = source.stage->layout.elements();
  int64_t step = source.value.steps == 1 ? 0 : block.step;
  int64_t start = step * source.samples * elements;
  if (op.digits == 1 && storage.bytes) return source.value.bytes() + start;
  scratch.digits.resize(static_cast<size_t>(images * elements));
  uint32_t mask = (uint32_t{1} << op.bits) - 1;
  int shift = digit * op.bits;
  auto cut = [&](const auto* cells, int32_t low) {
    for (size_t i = 0; i < scratch.digits.size(); ++i) {
      uint32_t value =
          static_cast<uint32_t>(cells[i]) - static_cast<uint32_t>(low);
      scratch.digits[i] = static_cast<uint8_t>((value >> shift) & mask);
    }
  };
  if (storage.bytes) {
    cut(source.value.bytes() + start, 0);
  } else {
    cut(source.value.words() + start, storage.low);
  }
  return scratch.digits.data();
}

void Job::operator()(const Scaled& op) const {
  clear_if_first();
  int64_t begin = block.position * out.channels;
  int64_t period = static_cast<int64_t>(op.weight.size());
  for_each_row(
      source, block,
      [&](const auto* cells, int32_t low, int64_t step, int64_t sample) {
        int32_t* to = sums_of(step, sample);
        for (int64_t at = 0; at < row();) {
          int64_t phase = (begin + at) % period;
          int64_t count = std::min(row() - at, period - phase);
          const int32_t* weight = op.weight.data() + phase;
          const auto* from = cells + begin + at;
          for (int64_t i = 0; i < count; ++i) {
            uint32_t value =
                static_cast<uint32_t>(from[i]) + static_cast<uint32_t>(low);
            uint32_t product = static_cast<uint32_t>(weight[i]) * value;
            to[at + i] = wrapped_sum(to[at + i], wrapped(product));
          }
          at += count;
        }
      });
}

void Job::operator()(const Passed&) const {
  clear_if_first();
  int64_t begin = block.position * out.channels;
  for_each_row(
      source, block,
      [&](const auto* cells, int32_t low, int64_t step, int64_t sample) {
        int32_t* to = sums_of(step, sample);
        for (int64_t i = 0; i < row(); ++i) {
          to[i] =
              wrapped_sum(to[i], static_cast<int32_t>(cells[begin + i]) + low);
        }
      });
}

void Job::operator()(const Pooled& op) const {
  clear_if_first();
  int64_t channels = out.channels;
  for_each_row(
      source, block,
      [&](const auto* cells, int32_t low, int64_t step, int64_t sample) {
        int32_t* to = sums_of(step, sample);
        for (int64_t p = 0; p < block.positions; ++p, to += channels) {
          for_each_tap(op.window, block.position + p, [&](int64_t, int64_t at) {
            const auto* from = cells + at * channels;
            for (int64_t c = 0; c < channels; ++c) {
              to[c] = wrapped_sum(to[c], static_cast<int32_t>(from[c]) + low);
            }
          });
        }
      });
}

}  // namespace

void add_term(const Term& term, const TermSource& source, const Layout& out,
              const Block& block, bool first, int32_t* sums, Scratch& scratch) {
  std::visit(Job{source, out, block, first, sums, scratch}, term.how);
}

}  // namespace nc
