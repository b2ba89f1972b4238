#include "runtime/data/augment.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "ir/error.h"

namespace nc {
namespace {

using Image = std::vector<float>;

const Shape kShape = {2, 5, 6};

Image image() {
  Image values(60);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

Image augmented(const std::string& words, uint64_t seed, uint64_t epoch,
                uint64_t sample) {
  Image values = image();
  augment(values, kShape, parse_augmentation(words), seed, epoch, sample);
  return values;
}

Image mirrored(Image values) {
  for (auto row = values.begin(); row != values.end(); row += 6) {
    std::reverse(row, row + 6);
  }
  return values;
}

TEST_CASE("flip mirrors about half of the images, and nothing else") {
  int flipped = 0;
  for (uint64_t sample = 0; sample < 200; ++sample) {
    Image found = augmented("flip", 1, 0, sample);
    bool flips = found == mirrored(image());
    CHECK((flips || found == image()));
    flipped += flips;
  }
  CHECK(flipped > 70);
  CHECK(flipped < 130);
}

TEST_CASE("crop moves the image by up to N pixels and fills with zeros") {
  std::set<std::pair<int, int>> moves;
  for (uint64_t sample = 0; sample < 300; ++sample) {
    Image found = augmented("crop:1", 2, 0, sample);
    for (int down = -1; down <= 1; ++down) {
      for (int right = -1; right <= 1; ++right) {
        Image wanted(60, 0.0F);
        for (int i = 0; i < 60; ++i) {
          int y = i / 6 % 5 - down, x = i % 6 - right;
          if (y < 0 || y > 4 || x < 0 || x > 5) continue;
          wanted[static_cast<size_t>(i)] =
              image()[static_cast<size_t>(i / 30 * 30 + y * 6 + x)];
        }
        if (found == wanted) moves.insert({down, right});
      }
    }
  }
  CHECK(moves.size() == 9);
}

TEST_CASE("cutout clears one square in all channels") {
  for (uint64_t sample = 0; sample < 100; ++sample) {
    Image found = augmented("cutout:2", 3, 0, sample);
    auto zeros = std::count(found.begin(), found.begin() + 30, 0.0F);
    CHECK((zeros == 1 || zeros == 2 || zeros == 4));
    for (size_t i = 0; i < 30; ++i) {
      CHECK((found[i] == 0) == (found[i + 30] == 0));
      CHECK((found[i] == 0 || found[i] == image()[i]));
    }
  }
}

TEST_CASE("an image's changes depend on seed, epoch and sample alone") {
  std::string all = "flip,crop:2,cutout:2";
  CHECK(augmented(all, 1, 2, 3) == augmented(all, 1, 2, 3));
  std::set<Image> seen;
  for (uint64_t i = 0; i < 10; ++i) {
    seen.insert(augmented(all, i, 0, 0));
    seen.insert(augmented(all, 0, i, 0));
    seen.insert(augmented(all, 0, 0, i));
  }
  CHECK(seen.size() > 20);
}

TEST_CASE("what is no augmentation is refused") {
  CHECK_FALSE(parse_augmentation("").any());
  CHECK_FALSE(parse_augmentation("none").any());
  CHECK(parse_augmentation("cutout:3,flip").cutout == 3);
  for (const char* text : {"flop", "crop", "crop:", "crop:0", "crop:-1",
                           "crop:2x", "flip,none", "cutout:99999999"}) {
    CHECK_THROWS_AS(parse_augmentation(text), Error);
  }
  Image values = image();
  CHECK_THROWS_WITH(augment(values, {60}, {}, 0, 0, 0),
                    Catch::Contains("found [60]"));
}

}  // namespace
}  // namespace nc
