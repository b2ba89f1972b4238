// One compressed frame (LZ4 frame format, ZSTD) as a whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nc {

// Memory is taken as output arrives, up to `limit` bytes. Throws Error: beyond
// the limit, damaged, cut short, or with bytes behind the frame.
std::vector<uint8_t> decompress_lz4(std::span<const uint8_t> frame,
                                    size_t limit);
std::vector<uint8_t> decompress_zstd(std::span<const uint8_t> frame,
                                     size_t limit);

}  // namespace nc
