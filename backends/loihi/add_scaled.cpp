#include "backends/loihi/add_scaled.h"

namespace nc::loihi {
namespace {

// Blocks of a fixed size become vector instructions at any -O level.
template <class Number>
[[gnu::always_inline]] inline void add_blocks(Number* __restrict out,
                                              const Number* __restrict in,
                                              size_t count, Number factor) {
  constexpr size_t kBlock = 16;
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    for (size_t j = 0; j < kBlock; ++j) out[i + j] += factor * in[i + j];
  }
  for (; i < count; ++i) out[i] += factor * in[i];
}

// Most payloads are 1, and the oldest machines multiply slowly.
void add_any(int32_t* out, const int32_t* in, size_t count, int32_t factor) {
  if (factor == 1) return add_blocks(out, in, count, 1);
  add_blocks(out, in, count, factor);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_avx2(int32_t* out, const int32_t* in,
                                      size_t count, int32_t factor) {
  add_blocks(out, in, count, factor);
}

using Add = void (*)(int32_t*, const int32_t*, size_t, int32_t);
const Add kAdd = __builtin_cpu_supports("avx2") ? add_avx2 : add_any;
#else
constexpr auto kAdd = add_any;
#endif

}  // namespace

void add_scaled(int32_t* out, const int32_t* in, size_t count, int32_t factor) {
  kAdd(out, in, count, factor);
}

void add_scaled(int64_t* out, const int64_t* in, size_t count, int64_t factor) {
  add_blocks(out, in, count, factor);
}

}  // namespace nc::loihi
