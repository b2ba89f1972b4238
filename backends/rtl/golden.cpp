#include "backends/rtl/golden.h"

#include <algorithm>
#include <cmath>

namespace nc {
namespace {

class TokenWriter {
 public:
  TokenWriter(const RtlImage& image, const RtlValue& value)
      : image_(image), value_(value) {}

  void event(int64_t value, int64_t c, int64_t y, int64_t x) {
    add(false, value_.kind == RtlValue::one ? 1 : value, c, y, x);
  }
  void end() { add(true, 0, 0, 0, 0); }

  RtlTable table;

 private:
  void add(bool last, int64_t value, int64_t c, int64_t y, int64_t x) {
    table.add(RtlWord()
                  .add(x, image_.x_bits())
                  .add(y, image_.y_bits())
                  .add(c, image_.c_bits())
                  .add(value, value_.bits)
                  .add(last, 1));
  }

  RtlImage image_;
  RtlValue value_;
};

// In the order in which layers go through their neurons.
template <class Value>
void write_frame(TokenWriter& writer, const RtlImage& image, bool sends_all,
                 Value value_at) {
  for (int64_t y = 0; y < image.h; ++y) {
    for (int64_t x = 0; x < image.w; ++x) {
      for (int64_t c = 0; c < image.c; ++c) {
        int64_t value = value_at((c * image.h + y) * image.w + x);
        if (value != 0 || sends_all) writer.event(value, c, y, x);
      }
    }
  }
  writer.end();
}

RtlTable input_tokens(const RtlProject& project) {
  const RtlStream& input = project.plan.input;
  TokenWriter writer(input.image, input.value);
  int64_t frames = project.golden.samples * project.golden.frames;
  int64_t size = input.image.size();
  for (int64_t frame = 0; frame < frames; ++frame) {
    write_frame(writer, input.image, false, [&](int64_t i) {
      return project.golden.input[static_cast<size_t>(frame * size + i)];
    });
  }
  return writer.table;
}

RtlTable train_tokens(const RtlProject& project, const RtlMonitor& monitor) {
  TokenWriter writer(monitor.image, monitor.value);
  for (const HlsTrain& train : project.golden.trains) {
    if (train.node != monitor.node) continue;
    int64_t frames = project.golden.samples * train.steps;
    for (int64_t frame = 0; frame < frames; ++frame) {
      write_frame(writer, monitor.image, false, [&](int64_t i) {
        return int64_t{
            train.spikes[static_cast<size_t>(frame * train.neurons + i)]};
      });
    }
  }
  return writer.table;
}

// Readouts in the source's units, as the sums that they were made from.
int64_t readout_sum(const RtlProject& project, double output) {
  const Run& run = project.graph.run;
  double scale = std::get<Output>(project.graph.output().op).scale;
  if (run.readout != Readout::membrane) {
    scale /= static_cast<double>(run.timesteps);
  }
  return scale == 0 ? 0 : std::llround(output / scale);
}

RtlTable output_tokens(const RtlProject& project) {
  const RtlStream& output = project.plan.output;
  TokenWriter writer(output.image, output.value);
  int64_t size = output.image.size();
  for (int64_t sample = 0; sample < project.golden.samples; ++sample) {
    write_frame(writer, output.image, true, [&](int64_t i) {
      return readout_sum(
          project,
          project.golden.outputs[static_cast<size_t>(sample * size + i)]);
    });
  }
  return writer.table;
}

// What a classifier answers: the first of the largest readouts.
RtlTable best_classes(const RtlProject& project) {
  const RtlImage& image = project.plan.output.image;
  RtlTable table;
  auto first = project.golden.outputs.begin();
  for (int64_t sample = 0; sample < project.golden.samples; ++sample) {
    auto last = first + static_cast<std::ptrdiff_t>(image.size());
    auto best = std::max_element(first, last, [&](double a, double b) {
      return readout_sum(project, a) < readout_sum(project, b);
    });
    table.add(RtlWord().add(best - first, image.class_bits()).add(0, 1));
    first = last;
  }
  return table;
}

}  // namespace

RtlGolden golden_tokens(const RtlProject& project) {
  RtlGolden golden{
      input_tokens(project), output_tokens(project), best_classes(project), {}};
  golden.input.file = "tb_data/input.hex";
  golden.output.file = "tb_data/output.hex";
  golden.best_class.file = "tb_data/best_class.hex";
  for (const RtlMonitor& each : project.plan.monitors) {
    golden.spikes.push_back(train_tokens(project, each));
    golden.spikes.back().file = "tb_data/spikes_" + each.name + ".hex";
  }
  return golden;
}

std::vector<ProjectFile> rtl_golden(const RtlProject& project) {
  RtlGolden golden = golden_tokens(project);
  std::vector<ProjectFile> files;
  for (const RtlTable* each :
       {&golden.input, &golden.output, &golden.best_class}) {
    files.push_back({each->file, each->text()});
  }
  for (const RtlTable& each : golden.spikes) {
    files.push_back({each.file, each.text()});
  }
  return files;
}

}  // namespace nc
