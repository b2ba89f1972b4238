#include "tools/support/streaming.h"

#include <algorithm>
#include <deque>
#include <iostream>

#include "ir/error.h"
#include "runtime/accuracy.h"
#include "runtime/cpu/stream.h"
#include "runtime/data/dataset.h"
#include "runtime/events/frames.h"
#include "runtime/preprocessor.h"
#include "tools/support/main.h"

namespace nc {
namespace {

// A gap in the events is steps without any; so many of them are no recording.
constexpr int64_t kLongestGap = 1'000'000;

EventReader open_stream(const StreamJob& job) {
  std::optional<EventFormat> format;
  if (!job.format.empty()) format = enum_from<EventFormat>(job.format);
  if (!job.format.empty() && !format) {
    throw Error(
        "expected --format aedat2, aedat3, aedat4, dat, nmnist or "
        "text, found '" +
        job.format + "'");
  }
  if (job.events != "-") return open_events(job.events, format);
  std::ios::sync_with_stdio(false);
  return open_events(std::cin, "standard input", format);
}

SensorSize size_from(const std::string& text) {
  size_t cross = text.find('x');
  try {
    size_t used = 0;
    int width = std::stoi(text.substr(0, cross), &used);
    if (cross != std::string::npos && used == cross) {
      std::string rest = text.substr(cross + 1);
      int height = std::stoi(rest, &used);
      if (used == rest.size() && width > 0 && height > 0) {
        return {width, height};
      }
    }
  } catch (const std::logic_error&) {
    // not a number: falls through
  }
  throw Error("expected --sensor WIDTHxHEIGHT, found '" + text + "'");
}

SensorSize sensor_of(const EventReader& reader, const StreamJob& job,
                     const Shape& input) {
  if (!job.sensor.empty()) return size_from(job.sensor);
  if (reader.sensor()) return *reader.sensor();
  // The recording does not tell: it is taken to fit the network.
  return {static_cast<int32_t>(input[2]) * job.shrink,
          static_cast<int32_t>(input[1]) * job.shrink};
}

// The readout over the last T steps.
class SlidingSum {
 public:
  explicit SlidingSum(int64_t steps)
      : steps_(static_cast<size_t>(std::max<int64_t>(steps, 1))) {}

  std::vector<double> add(std::vector<double> values) {
    last_.push_back(std::move(values));
    if (last_.size() > steps_) last_.pop_front();
    std::vector<double> sum(last_.front().size());
    for (const std::vector<double>& each : last_) {
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += each[i];
    }
    return sum;
  }

  void clear() { last_.clear(); }

 private:
  size_t steps_;
  std::deque<std::vector<double>> last_;
};

void require_event_input(const Graph& graph, const Shape& frame) {
  const Shape& input = std::get<Input>(graph.input().op).shape;
  if (frame == input) return;
  throw Error("node '" + graph.input().name + "': expected frames of " +
              to_string(input) + ", found " + to_string(frame) +
              " (--crop and --shrink change them)");
}

Binning binning_of(const StreamJob& job) {
  Binning binning;
  binning.window = job.window;
  binning.clip = job.clip;
  binning.shrink = job.shrink;
  if (!job.crop.empty()) binning.crop = parse_crop(job.crop);
  return binning;
}

// From frames to predictions, with what is remembered between them.
class Predictor {
 public:
  Predictor(const Graph& graph, const StreamJob& job, int threads)
      : graph_(graph),
        job_(job),
        input_(std::get<Input>(graph.input().op)),
        preprocess_(graph.run.preprocessing, element_count(input_.shape)),
        stream_(graph, threads),
        // A membrane is the answer by itself.
        sum_(graph.run.readout == Readout::membrane ? 1 : graph.run.timesteps) {
  }

  // Prints what is predicted after this frame.
  void take(std::vector<float> frame) {
    start_anew_if_due();
    for (size_t i = 0; i < frame.size(); ++i) {
      double x = preprocess_(frame[i], i);
      frame[i] = static_cast<float>(quantized(input_, x));
    }
    std::vector<double> sum = sum_.add(stream_.step(frame));
    auto best = static_cast<size_t>(argmax(sum));
    const std::vector<std::string>& names = graph_.run.classes;
    std::cout << ++step_ * job_.window << '\t' << best << '\t'
              << (best < names.size() ? names[best] : "-") << '\t' << sum[best]
              << '\n'
              << std::flush;
  }

 private:
  void start_anew_if_due() {
    bool due = job_.reset_after > 0 && stream_.steps() >= job_.reset_after;
    bool full = stream_.steps() >= stream_.most_steps();
    if (!due && !full) return;
    if (!due) {
      warn("membranes start anew after " + std::to_string(stream_.steps()) +
           " steps: more are not proven to fit");
    }
    stream_.reset();
    sum_.clear();
  }

  const Graph& graph_;
  const StreamJob& job_;
  const Input& input_;
  Preprocessor preprocess_;
  SpikeStream stream_;
  SlidingSum sum_;
  int64_t step_ = 0;
};

}  // namespace

void add_stream_options(CLI::App& app, StreamJob& job) {
  const std::string group = "Streaming";
  app.add_option("--stream", job.events,
                 "events to run on, one prediction a step; - is stdin")
      ->group(group);
  app.add_option("--format", job.format,
                 "aedat2, aedat3, aedat4, dat, nmnist or text (default: by "
                 "the first bytes)")
      ->group(group);
  app.add_option("--window", job.window, "microseconds of a step")
      ->group(group);
  app.add_flag("--clip", job.clip, "frames of 0 and 1 instead of counts")
      ->group(group);
  app.add_option("--crop", job.crop, "of the sensor, X:Y:WIDTH:HEIGHT")
      ->group(group);
  app.add_option("--shrink", job.shrink, "pixels a side that become one")
      ->capture_default_str()
      ->group(group);
  app.add_option("--sensor", job.sensor,
                 "WIDTHxHEIGHT, where the recording does not tell")
      ->group(group);
  app.add_option("--reset-after", job.reset_after,
                 "steps after which membranes start anew; 0: never")
      ->capture_default_str()
      ->group(group);
}

void run_stream(const Graph& graph, const StreamJob& job, int threads) {
  if (job.window <= 0) {
    throw Error("--stream: expected --window above 0, in microseconds a step");
  }
  const Shape& input = std::get<Input>(graph.input().op).shape;
  if (input.size() != 3 || input[0] != 2) {
    throw Error("node '" + graph.input().name +
                "': expected an input of events, [2, height, width], found " +
                to_string(input));
  }
  Predictor predictor(graph, job, threads);
  EventReader reader = open_stream(job);
  SensorSize sensor = sensor_of(reader, job, input);
  Binning binning = binning_of(job);
  require_event_input(graph, frame_shape(sensor, binning));
  FrameStream frames(reader, sensor, binning);
  std::vector<float> frame;
  int64_t silent = 0;
  while (frames.next(frame)) {
    bool empty = std::count(frame.begin(), frame.end(), 0.0F) ==
                 static_cast<int64_t>(frame.size());
    silent = empty ? silent + 1 : 0;
    if (silent > kLongestGap) {
      throw Error(reader.name() + ": more than " + std::to_string(kLongestGap) +
                  " steps without an event");
    }
    predictor.take(frame);
  }
}

}  // namespace nc
