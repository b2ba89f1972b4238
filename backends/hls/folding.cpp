#include "backends/hls/folding.h"

namespace nc {
namespace {

int64_t rounded_up(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

int64_t smallest_divisor(int64_t number, int64_t least) {
  int64_t divisor = least;
  while (number % divisor != 0) ++divisor;
  return divisor;
}

}  // namespace

HlsFolding fold(int64_t fan_in, int64_t outputs, int64_t reuse) {
  if (reuse == 0 || reuse == fan_in) return {outputs, 1};
  int64_t products = rounded_up(fan_in * outputs, reuse);
  if (products <= outputs) return {smallest_divisor(outputs, products), 1};
  return {outputs, smallest_divisor(fan_in, rounded_up(products, outputs))};
}

}  // namespace nc
