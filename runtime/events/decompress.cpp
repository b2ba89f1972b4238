#include "runtime/events/decompress.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "ir/error.h"

namespace nc {
namespace {

constexpr size_t kFirstOutput = size_t{1} << 16;
constexpr int kMaxWindow = 26;  // ZSTD takes 2^26 bytes at most for itself

struct FreeLz4 {
  void operator()(LZ4F_dctx* context) const {
    LZ4F_freeDecompressionContext(context);
  }
};
struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Calls step(output, input) -> whether the frame is complete, with output and
// input shrinking as it says, until it is.
template <class Step>
std::vector<uint8_t> inflate(std::span<const uint8_t> input, size_t limit,
                             const Step& step) {
  std::vector<uint8_t> output;
  size_t made = 0;
  bool complete = false;
  while (!complete) {
    if (made == output.size()) {
      output.resize(std::min(made + std::max(kFirstOutput, made), limit + 1));
    }
    std::span<uint8_t> room(output.begin() + static_cast<std::ptrdiff_t>(made),
                            output.end());
    auto [taken, written, done] = step(room, input);
    input = input.subspan(taken);
    made += written;
    if (made > limit) {
      throw Error("expected at most " + std::to_string(limit) +
                  " bytes when decompressed, found more");
    }
    complete = done;
    if (!complete && taken == 0 && written == 0) {
      throw Error("compressed data end early");
    }
  }
  if (!input.empty()) {
    throw Error("found " + std::to_string(input.size()) +
                " bytes behind the compressed data");
  }
  output.resize(made);
  return output;
}

struct Progress {
  size_t taken;
  size_t written;
  bool done;
};

}  // namespace

std::vector<uint8_t> decompress_lz4(std::span<const uint8_t> frame,
                                    size_t limit) {
  LZ4F_dctx* made = nullptr;
  LZ4F_createDecompressionContext(&made, LZ4F_VERSION);
  std::unique_ptr<LZ4F_dctx, FreeLz4> context(made);
  return inflate(frame, limit, [&](auto output, auto input) {
    size_t written = output.size();
    size_t taken = input.size();
    size_t hint = LZ4F_decompress(context.get(), output.data(), &written,
                                  input.data(), &taken, nullptr);
    if (LZ4F_isError(hint)) throw Error("damaged LZ4 data");
    return Progress{taken, written, hint == 0};
  });
}

std::vector<uint8_t> decompress_zstd(std::span<const uint8_t> frame,
                                     size_t limit) {
  std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindow);
  return inflate(frame, limit, [&](auto output, auto input) {
    ZSTD_outBuffer to{output.data(), output.size(), 0};
    ZSTD_inBuffer from{input.data(), input.size(), 0};
    size_t hint = ZSTD_decompressStream(context.get(), &to, &from);
    if (ZSTD_isError(hint)) throw Error("damaged ZSTD data");
    return Progress{from.pos, to.pos, hint == 0};
  });
}

}  // namespace nc
