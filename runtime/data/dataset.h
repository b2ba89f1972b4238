// Data sets: where samples and labels come from, and which of them are meant.
//
// A specification is `NAME[:PATH][,key=value...]`:
//   fashion-mnist, fashion-mnist:DIR   IDX files (Debian's package
//                                      dataset-fashion-mnist)
//   mnist:DIR                          IDX files
//   cifar10:DIR                        cifar-10-batches-bin
//   nmnist:DIR                         event recordings, Train/0/00002.bin
//   FILE.npz, FILE.h5                  arrays x [N, ...] and, if there, y [N]
// with split=train|val|test|all, samples=N (a class-balanced draw), first=N
// (the first N as they lie), seed=S (of the draw), mean=A:B:C, std=A:B:C (of x
// / 255 for images, of x for arrays and events).
//
// Event recordings become T frames (runtime/events/frames.h), with T of the
// network or steps=T, window=MICROSECONDS (default: equal parts of the
// recording), clip=1, crop=X:Y:WIDTH:HEIGHT and shrink=FACTOR.
//
// Calibration data are drawn from train; val is held out from the training
// files (a tenth, class-balanced, the same at every call); all is both; test is
// the test files. An array file is one set: it serves as any split.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/events/frames.h"

namespace nc {

enum class Split { train, val, test, all };  // all: train and val
template <>
struct Names<Split> {
  static constexpr std::array<const char*, 4> names = {"train", "val", "test",
                                                       "all"};
};

struct DataSpec {
  std::string name;  // "fashion-mnist", "mnist", "cifar10", "nmnist", "array"
  std::string path;  // folder or file; may be empty for fashion-mnist
  std::optional<Split> split;
  std::optional<int64_t> samples;
  std::optional<int64_t> first;
  int64_t seed = 0;
  std::vector<double> mean;
  std::vector<double> std;
  std::optional<int64_t> steps;  // of event data, as is the binning
  Binning binning;
};

// Throws Error that names the word that is not understood.
DataSpec parse_data_spec(const std::string& text);

// "X:Y:WIDTH:HEIGHT"; throws Error.
Crop parse_crop(const std::string& text);

// Event data: a file per sample, read when a batch is made of it.
struct EventData {
  std::vector<std::string> files;
  SensorSize sensor;
  Binning binning;
  std::optional<int64_t> steps;  // T, if the specification says so
};

// Samples as stored: [size, ...shape], 0 to 255 for images. Of event data the
// shape is a frame's, and there are no values.
struct Dataset {
  std::string name;       // as in the specification
  std::string split;      // "train", "val", "test"
  Shape shape;            // of one sample
  bool is_image = false;  // stored as u8; x / 255 is what networks expect
  int64_t size = 0;
  std::vector<float> values;
  EventData events;
  std::vector<int64_t> labels;       // empty when the file has none
  std::vector<std::string> classes;  // names, when known
  Preprocessing preprocessing;       // scale 1/255 for images, mean, std
  std::vector<std::string> remarks;  // "sorted by class", to be said aloud

  int64_t sample_count() const { return size; }
  bool is_events() const { return !events.files.empty(); }
};

// Whether training samples and held-out ones are two sets: not of an array
// file, nor where the specification names one split for all.
bool is_divided(const DataSpec& spec);

// Reads what the specification asks for; `split` is used when it names none.
// Throws Error naming the file: missing, truncated, labels out of range, empty,
// numbers that are not finite.
Dataset load_dataset(const DataSpec& spec, Split split);

// `count` positions drawn so that each class has its share, in a fixed random
// order (without labels: a plain draw).
std::vector<int64_t> balanced_draw(const std::vector<int64_t>& labels,
                                   int64_t size, int64_t count, int64_t seed);

// The chosen samples of a data set.
Dataset subset(const Dataset& data, const std::vector<int64_t>& positions);

}  // namespace nc
