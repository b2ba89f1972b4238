#include "runtime/data/augment.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "ir/error.h"
#include "runtime/data/random.h"

namespace nc {
namespace {

constexpr int64_t kMostPixels = 1 << 16;

int64_t pixels(const std::string& word, size_t colon) {
  int64_t count = 0;
  const char* end = word.data() + word.size();
  auto [stop, code] = std::from_chars(word.data() + colon + 1, end, count);
  if (code == std::errc() && stop == end && count > 0 && count <= kMostPixels) {
    return count;
  }
  throw Error("expected a number of pixels behind '" +
              word.substr(0, colon + 1) + "', found '" + word + "'");
}

void add_word(Augmentation& augmentation, const std::string& word) {
  if (word == "flip") {
    augmentation.flip = true;
  } else if (word.starts_with("crop:")) {
    augmentation.crop = pixels(word, 4);
  } else if (word.starts_with("cutout:")) {
    augmentation.cutout = pixels(word, 6);
  } else {
    throw Error("expected flip, crop:N or cutout:N, found '" + word + "'");
  }
}

// Random numbers of one image.
class Draws {
 public:
  Draws(uint64_t seed, uint64_t epoch, uint64_t sample)
      : seed_(seed), epoch_(epoch), sample_(sample) {}

  // From 0 to count - 1.
  int64_t below(int64_t count) {
    double u = uniform_at(seed_, sample_, next_++, epoch_);
    return static_cast<int64_t>(std::floor(u * static_cast<double>(count)));
  }

 private:
  uint64_t seed_, epoch_, sample_;
  uint64_t next_ = 0;
};

struct Image {
  std::span<float> values;
  int64_t height;
  int64_t width;

  int64_t channels() const {
    return static_cast<int64_t>(values.size()) / (height * width);
  }
  float& at(int64_t channel, int64_t y, int64_t x) const {
    return values[static_cast<size_t>((channel * height + y) * width + x)];
  }
};

void move(const Image& image, int64_t down, int64_t right) {
  std::vector<float> before(image.values.begin(), image.values.end());
  Image from{before, image.height, image.width};
  for (int64_t c = 0; c < image.channels(); ++c) {
    for (int64_t y = 0; y < image.height; ++y) {
      for (int64_t x = 0; x < image.width; ++x) {
        int64_t row = y - down, column = x - right;
        bool inside = row >= 0 && row < image.height && column >= 0 &&
                      column < image.width;
        image.at(c, y, x) = inside ? from.at(c, row, column) : 0.0F;
      }
    }
  }
}

void mirror(const Image& image) {
  for (auto row = image.values.begin(); row != image.values.end();
       row += image.width) {
    std::reverse(row, row + image.width);
  }
}

void cut_out(const Image& image, int64_t size, int64_t y, int64_t x) {
  int64_t top = std::max<int64_t>(y - size / 2, 0);
  int64_t left = std::max<int64_t>(x - size / 2, 0);
  int64_t bottom = std::min(y - size / 2 + size, image.height);
  int64_t right = std::min(x - size / 2 + size, image.width);
  for (int64_t c = 0; c < image.channels(); ++c) {
    for (int64_t row = top; row < bottom; ++row) {
      for (int64_t column = left; column < right; ++column) {
        image.at(c, row, column) = 0;
      }
    }
  }
}

}  // namespace

Augmentation parse_augmentation(const std::string& text) {
  Augmentation augmentation;
  if (text == "none") return augmentation;
  for (size_t start = 0; start < text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    add_word(augmentation, text.substr(start, comma - start));
    start = comma + 1;
  }
  return augmentation;
}

void augment(std::span<float> values, const Shape& shape,
             const Augmentation& augmentation, uint64_t seed, uint64_t epoch,
             uint64_t sample) {
  if (shape.size() != 3) {
    throw Error(
        "augmentation expects images [channels, height, width], found " +
        to_string(shape));
  }
  Image image{values, shape[1], shape[2]};
  Draws draws(seed, epoch, sample);
  int64_t way = 2 * augmentation.crop + 1;
  int64_t down = draws.below(way) - augmentation.crop;
  int64_t right = draws.below(way) - augmentation.crop;
  if (down != 0 || right != 0) move(image, down, right);
  if (draws.below(2) == 1 && augmentation.flip) mirror(image);
  if (augmentation.cutout == 0) return;
  int64_t y = draws.below(image.height);
  cut_out(image, augmentation.cutout, y, draws.below(image.width));
}

}  // namespace nc
