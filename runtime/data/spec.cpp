// The text form of DataSpec: NAME[:PATH][,key=value...].
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "ir/error.h"
#include "runtime/data/dataset.h"

namespace nc {
namespace {

constexpr auto kForms =
    "fashion-mnist[:DIR], mnist:DIR, cifar10:DIR, nmnist:DIR, FILE.npz or "
    "FILE.h5";
constexpr int64_t kMaxSteps = 4096;
constexpr int64_t kMaxPixels = 1 << 15;

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts = {""};
  for (char each : text) {
    if (each == separator) {
      parts.emplace_back();
    } else {
      parts.back() += each;
    }
  }
  return parts;
}

template <class Number>
Number number_from(const std::string& key, const std::string& text) {
  Number number = {};
  const char* end = text.data() + text.size();
  auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end || !std::isfinite(double(number))) {
    throw Error("expected a number as " + key + ", found '" + text + "'");
  }
  return number;
}

int64_t count_from(const std::string& key, const std::string& text) {
  auto count = number_from<int64_t>(key, text);
  if (count >= 1) return count;
  throw Error("expected " + key + " of at least 1, found " + text);
}

std::vector<double> list_from(const std::string& key, const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : split_at(text, ':')) {
    numbers.push_back(number_from<double>(key, part));
    if (key == "std" && numbers.back() <= 0) {
      throw Error("expected std above 0, found '" + part + "'");
    }
  }
  return numbers;
}

int64_t count_up_to(int64_t most, const std::string& key,
                    const std::string& text) {
  int64_t count = count_from(key, text);
  if (count <= most) return count;
  throw Error("expected " + key + " of at most " + std::to_string(most) +
              ", found " + text);
}

bool flag_from(const std::string& key, const std::string& text) {
  if (text == "0" || text == "1") return text == "1";
  throw Error("expected " + key + "=0 or 1, found '" + text + "'");
}

Split split_from(const std::string& text) {
  if (auto split = enum_from<Split>(text)) return *split;
  throw Error("expected split=train, val, test or all, found '" + text + "'");
}

bool ends_with_array_extension(const std::string& text) {
  return text.ends_with(".npz") || text.ends_with(".h5") ||
         text.ends_with(".hdf5");
}

void set_source(DataSpec& spec, const std::string& word) {
  if (ends_with_array_extension(word)) {
    spec.name = "array";
    spec.path = word;
    return;
  }
  size_t colon = word.find(':');
  spec.name = word.substr(0, colon);
  if (colon != std::string::npos) spec.path = word.substr(colon + 1);
  constexpr std::array kNames = {"fashion-mnist", "mnist", "cifar10", "nmnist"};
  if (std::find(kNames.begin(), kNames.end(), spec.name) == kNames.end()) {
    throw Error("unknown data set '" + word + "', expected " + kForms);
  }
  if (spec.path.empty() && spec.name != "fashion-mnist") {
    throw Error("expected the folder of " + spec.name + ", as in " + spec.name +
                ":DIR");
  }
}

// Options of event data; false for other keys.
bool set_event_option(DataSpec& spec, const std::string& key,
                      const std::string& value) {
  constexpr std::array kKeys = {"steps", "window", "clip", "crop", "shrink"};
  if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) return false;
  if (spec.name != "nmnist") {
    throw Error("'" + key + "' is for event data, found " +
                (spec.name == "array" ? spec.path : spec.name));
  }
  if (key == "steps") {
    spec.steps = count_up_to(kMaxSteps, key, value);
  } else if (key == "window") {
    spec.binning.window = count_from(key, value);
  } else if (key == "clip") {
    spec.binning.clip = flag_from(key, value);
  } else if (key == "crop") {
    spec.binning.crop = parse_crop(value);
  } else {
    spec.binning.shrink =
        static_cast<int32_t>(count_up_to(kMaxPixels, key, value));
  }
  return true;
}

void set_option(DataSpec& spec, const std::string& key,
                const std::string& value) {
  if (set_event_option(spec, key, value)) return;
  if (key == "split") {
    spec.split = split_from(value);
  } else if (key == "samples") {
    spec.samples = count_from(key, value);
  } else if (key == "first") {
    spec.first = count_from(key, value);
  } else if (key == "seed") {
    spec.seed = number_from<int64_t>(key, value);
  } else if (key == "mean") {
    spec.mean = list_from(key, value);
  } else if (key == "std") {
    spec.std = list_from(key, value);
  } else {
    throw Error("unknown key '" + key +
                "', expected split, samples, first, seed, mean or std, or for "
                "events steps, window, clip, crop or shrink");
  }
}

DataSpec parse(const std::string& text) {
  std::vector<std::string> words = split_at(text, ',');
  DataSpec spec;
  set_source(spec, words.front());
  std::set<std::string> seen;
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    size_t equals = word->find('=');
    if (equals == std::string::npos) {
      throw Error("expected key=value, found '" + *word + "'");
    }
    std::string key = word->substr(0, equals);
    if (!seen.insert(key).second) throw Error("'" + key + "' is given twice");
    set_option(spec, key, word->substr(equals + 1));
  }
  if (spec.samples && spec.first) {
    throw Error("expected samples (a draw) or first (as they lie), found both");
  }
  return spec;
}

}  // namespace

Crop parse_crop(const std::string& text) {
  std::vector<std::string> parts = split_at(text, ':');
  if (parts.size() != 4) {
    throw Error("expected crop=X:Y:WIDTH:HEIGHT, found '" + text + "'");
  }
  auto number = [&](size_t part) {
    return number_from<int32_t>("crop", parts[part]);
  };
  return {number(0), number(1), number(2), number(3)};
}

DataSpec parse_data_spec(const std::string& text) {
  try {
    return parse(text);
  } catch (const Error& error) {
    throw error.in("data '" + text + "'");
  }
}

}  // namespace nc
