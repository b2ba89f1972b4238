#include "runtime/data/dataset.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <filesystem>
#include <numeric>
#include <set>

#include "ir/error.h"
#include "runtime/data/cifar10.h"
#include "runtime/data/draw.h"
#include "runtime/data/h5.h"
#include "runtime/data/idx.h"
#include "runtime/data/nmnist.h"
#include "runtime/data/npz.h"

namespace nc {
namespace {

using Positions = std::vector<int64_t>;

constexpr auto kFashionFolder = "/usr/share/datasets/fashion-mnist";
constexpr auto kFashionAdvice =
    "install the Debian package dataset-fashion-mnist, or download the four "
    "files from https://github.com/zalandoresearch/fashion-mnist";
constexpr auto kMnistAdvice =
    "download the four files from "
    "https://ossci-datasets.s3.amazonaws.com/mnist";

constexpr std::array<const char*, 10> kFashionClasses = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
constexpr std::array<const char*, 10> kDigits = {"0", "1", "2", "3", "4",
                                                 "5", "6", "7", "8", "9"};

// All samples of the files that belong to a split, and what they are.
struct Source {
  std::string name;
  std::string place;  // the file or folder, for messages
  std::vector<std::string> classes;
  Samples samples;
};

template <class Names>
std::vector<std::string> strings(const Names& names) {
  return {names.begin(), names.end()};
}

Source idx_source(const DataSpec& spec, bool training) {
  bool fashion = spec.name == "fashion-mnist";
  std::string folder = spec.path.empty() ? kFashionFolder : spec.path;
  return {spec.name, folder, strings(fashion ? kFashionClasses : kDigits),
          read_idx_folder(folder, training ? "train" : "t10k",
                          fashion ? kFashionAdvice : kMnistAdvice)};
}

Source nmnist_source(const DataSpec& spec, bool training) {
  Samples samples = read_nmnist(spec.path, training);
  try {
    samples.shape = frame_shape(kNmnistSensor, spec.binning);
  } catch (const Error& error) {
    throw error.in(spec.path);
  }
  return {spec.name, spec.path, strings(kDigits), std::move(samples)};
}

Source array_source(const DataSpec& spec) {
  std::string file = std::filesystem::path(spec.path).filename().string();
  Samples samples =
      spec.path.ends_with(".npz") ? read_npz(spec.path) : read_h5(spec.path);
  if (spec.split) {
    samples.remarks.push_back("is one set, whole whatever split is asked for");
  }
  return {file, spec.path, {}, std::move(samples)};
}

Source read_source(const DataSpec& spec, Split split) {
  bool training = split != Split::test;
  if (spec.name == "array") return array_source(spec);
  if (spec.name == "cifar10") {
    return {spec.name, spec.path, strings(kCifar10Classes),
            read_cifar10(spec.path, training)};
  }
  if (spec.name == "nmnist") return nmnist_source(spec, training);
  assert(spec.name == "mnist" || spec.name == "fashion-mnist");
  return idx_source(spec, training);
}

Positions positions_in(Split split, const DataSpec& spec,
                       const Samples& samples) {
  if (split == Split::test || split == Split::all || spec.name == "array") {
    Positions all(static_cast<size_t>(samples.size));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  HeldOut held = hold_out(samples.labels, samples.size);
  return split == Split::val ? held.val : held.train;
}

template <class T>
std::vector<T> chosen(const std::vector<T>& from, const Positions& positions) {
  std::vector<T> found;
  if (from.empty()) return found;
  found.reserve(positions.size());
  for (int64_t position : positions) {
    found.push_back(from[static_cast<size_t>(position)]);
  }
  return found;
}

std::vector<int64_t> labels_of(const Samples& samples,
                               const Positions& positions) {
  return chosen(samples.labels, positions);
}

Positions first_of(const Positions& positions, int64_t count) {
  auto size = static_cast<int64_t>(positions.size());
  if (count > size) {
    throw Error("expected first=N of at most " + std::to_string(size) +
                " samples, found first=" + std::to_string(count));
  }
  return {positions.begin(), positions.begin() + count};
}

// What the specification asks for, out of the positions of the split.
Positions choose(const DataSpec& spec, const Positions& positions,
                 const std::vector<int64_t>& labels) {
  if (spec.first) return first_of(positions, *spec.first);
  if (!spec.samples) return positions;
  return chosen(positions,
                balanced_draw(labels, static_cast<int64_t>(positions.size()),
                              *spec.samples, spec.seed));
}

size_t count_classes(const std::vector<int64_t>& labels) {
  return std::set<int64_t>(labels.begin(), labels.end()).size();
}

void remark_on_order(Dataset& data, const std::vector<int64_t>& labels,
                     bool is_prefix) {
  size_t classes = count_classes(labels);
  if (classes < 2 || !std::is_sorted(labels.begin(), labels.end())) return;
  std::string remark = "is sorted by class";
  if (is_prefix) {
    remark += "; its first " + std::to_string(data.size) + " samples hold " +
              std::to_string(count_classes(data.labels)) + " of " +
              std::to_string(classes) + " classes";
  }
  data.remarks.push_back(remark);
}

// Copies the chosen samples of `from`, [all, ...] to [chosen, ...].
template <class T>
std::vector<float> gathered(const std::vector<T>& from, int64_t each,
                            const Positions& positions) {
  std::vector<float> values;
  values.reserve(positions.size() * static_cast<size_t>(each));
  for (int64_t position : positions) {
    auto first = from.begin() + position * each;
    values.insert(values.end(), first, first + each);
  }
  return values;
}

void check_channels(const char* field, const std::vector<double>& values,
                    int64_t channels) {
  auto size = static_cast<int64_t>(values.size());
  if (size == 0 || size == 1 || size == channels) return;
  throw Error(std::string("expected ") + field + " as one number for all" +
              (channels == 1 ? ""
                             : " or for each of " + std::to_string(channels) +
                                   " channels") +
              ", found " + std::to_string(size) + " numbers");
}

Preprocessing preprocessing_of(const DataSpec& spec, const Samples& samples) {
  check_channels("mean", spec.mean, samples.shape.front());
  check_channels("std", spec.std, samples.shape.front());
  return {samples.is_image() ? 1.0 / 255 : 1.0, spec.mean, spec.std};
}

std::vector<float> values_of(const Samples& samples,
                             const Positions& positions) {
  if (!samples.recordings.empty()) return {};
  return std::visit(
      [&](const auto& values) {
        return gathered(values, element_count(samples.shape), positions);
      },
      samples.values);
}

Dataset dataset_of(const Source& source, Split split,
                   const Positions& positions) {
  const Samples& samples = source.samples;
  Dataset data;
  data.name = source.name;
  data.split = name_of(split);
  data.shape = samples.shape;
  data.is_image = samples.is_image();
  data.size = static_cast<int64_t>(positions.size());
  data.values = values_of(samples, positions);
  data.events.files = chosen(samples.recordings, positions);
  data.labels = labels_of(samples, positions);
  data.classes = source.classes;
  data.remarks = samples.remarks;
  return data;
}

Dataset chosen_from(const Source& source, const DataSpec& spec, Split split) {
  const Samples& samples = source.samples;
  Positions positions = positions_in(split, spec, samples);
  if (positions.empty()) {
    throw Error("expected samples in split " + name_of(split) +
                ", found none of " + std::to_string(samples.size));
  }
  std::vector<int64_t> labels = labels_of(samples, positions);
  Dataset data = dataset_of(source, split, choose(spec, positions, labels));
  data.preprocessing = preprocessing_of(spec, samples);
  data.events.sensor = kNmnistSensor;
  data.events.binning = spec.binning;
  data.events.steps = spec.steps;
  remark_on_order(data, labels, spec.first.has_value());
  return data;
}

}  // namespace

bool is_divided(const DataSpec& spec) {
  return spec.name != "array" && !spec.split;
}

Dataset load_dataset(const DataSpec& spec, Split split) {
  Split wanted = spec.split.value_or(split);
  Source source = read_source(spec, wanted);
  try {
    return chosen_from(source, spec, wanted);
  } catch (const Error& error) {
    throw error.in(source.place);
  }
}

Dataset subset(const Dataset& data, const std::vector<int64_t>& positions) {
  Dataset part = {.name = data.name,
                  .split = data.split,
                  .shape = data.shape,
                  .is_image = data.is_image,
                  .size = static_cast<int64_t>(positions.size()),
                  .values = {},
                  .events = data.events,
                  .labels = chosen(data.labels, positions),
                  .classes = data.classes,
                  .preprocessing = data.preprocessing,
                  .remarks = data.remarks};
  part.events.files = chosen(data.events.files, positions);
  if (!data.is_events()) {
    part.values = gathered(data.values, element_count(data.shape), positions);
  }
  return part;
}

}  // namespace nc
