#include "ir/lookup3.h"

#include <algorithm>
#include <array>
#include <bit>

namespace nc {
namespace {

using State = std::array<uint32_t, 3>;

// Adds up to 12 bytes, as three little-endian words filled up with zeros.
void add(State& state, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    state[i / 4] += std::to_integer<uint32_t>(bytes[i]) << (8 * (i % 4));
  }
}

void mix(State& state) {
  auto& [a, b, c] = state;
  a = (a - c) ^ std::rotl(c, 4), c += b;
  b = (b - a) ^ std::rotl(a, 6), a += c;
  c = (c - b) ^ std::rotl(b, 8), b += a;
  a = (a - c) ^ std::rotl(c, 16), c += b;
  b = (b - a) ^ std::rotl(a, 19), a += c;
  c = (c - b) ^ std::rotl(b, 4), b += a;
}

void finish(State& state) {
  auto& [a, b, c] = state;
  c = (c ^ b) - std::rotl(b, 14);
  a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25);
  c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4);
  b = (b ^ a) - std::rotl(a, 14);
  c = (c ^ b) - std::rotl(b, 24);
}

}  // namespace

uint32_t lookup3(Bytes bytes) {
  State state;
  state.fill(0xdeadbeef + static_cast<uint32_t>(bytes.size()));
  for (; bytes.size() > 12; bytes = bytes.subspan(12)) {
    add(state, bytes.first(12));
    mix(state);
  }
  if (bytes.empty()) return state[2];
  add(state, bytes);
  finish(state);
  return state[2];
}

}  // namespace nc
