// The test bench: runs the stored samples and compares every spike of every
// layer and step, and the outputs, with what the reference engine gave.
//
// usage: tb [cosim]
//
// In co-simulation the layers are hardware: only outputs can be compared.
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/recorder.h"
#include "metadata.h"
#include "sample.h"

namespace {

// A file of numbers, read one by one.
class Numbers {
 public:
  explicit Numbers(const std::string& name)
      : name_("tb_data/" + name), file_(std::fopen(name_.c_str(), "r")) {
    if (!file_) throw std::runtime_error(name_ + ": cannot be read");
  }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  ~Numbers() { std::fclose(file_); }

  int integer() {
    int value = 0;
    require(std::fscanf(file_, "%d", &value) == 1);
    return value;
  }
  double real() {
    double value = 0;
    require(std::fscanf(file_, "%lf", &value) == 1);
    return value;
  }

 private:
  void require(bool good) const {
    if (!good) throw std::runtime_error(name_ + ": too few numbers");
  }

  std::string name_;
  std::FILE* file_;
};

// What one layer must send.
struct Layer {
  explicit Layer(const LayerInfo& about)
      : info(about),
        golden("spikes_" + std::string(about.file) + ".dat"),
        different(0) {}

  const LayerInfo& info;
  Numbers golden;
  long long different;
};

bool told_first = false;

void tell(const std::string& place, int sample, const std::string& expected,
          const std::string& found) {
  if (told_first) return;
  told_first = true;
  std::printf("first difference: %s, sample %d: expected %s, found %s\n",
              place.c_str(), sample, expected.c_str(), found.c_str());
}

void compare(Layer& layer, int sample, const std::vector<int>& found) {
  const int neurons = layer.info.neurons;
  const std::size_t count = static_cast<std::size_t>(layer.info.steps) *
                            static_cast<std::size_t>(neurons);
  if (found.size() != count) {
    throw std::runtime_error(std::string("layer '") + layer.info.node +
                             "': expected " + std::to_string(count) +
                             " spikes, found " + std::to_string(found.size()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const int expected = layer.golden.integer();
    if (found[i] == expected) continue;
    ++layer.different;
    const int at = static_cast<int>(i);
    tell(std::string("layer '") + layer.info.node + "', step " +
             std::to_string(at / neurons) + ", neuron " +
             std::to_string(at % neurons),
         sample, std::to_string(expected), std::to_string(found[i]));
  }
}

long long compare_output(Numbers& golden, int sample,
                         const std::vector<output_t>& output) {
  long long different = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const double expected = golden.real();
    const double found = in_units(output[i], kOutputScale, kOutputSteps);
    if (found == expected) continue;
    ++different;
    tell("output " + std::to_string(i), sample, std::to_string(expected),
         std::to_string(found));
  }
  return different;
}

int run(bool has_layers) {
  std::vector<Layer*> layers;
  for (int i = 0; i < kLayers && has_layers; ++i) {
    layers.push_back(new Layer(kLayerInfos[i]));
  }
  snn::Recorder recorder(kLayers);
  snn::Recorder::active() = &recorder;
  Numbers input("input.dat");
  Numbers golden("output.dat");
  const int samples = Numbers("samples.dat").integer();
  long long outputs = 0;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<int> values(static_cast<std::size_t>(kFrames * kInputs));
    for (int& each : values) each = input.integer();
    recorder.clear();
    const std::vector<output_t> output = run_sample(values.data());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      compare(*layers[i], sample, recorder.of(static_cast<int>(i)));
    }
    outputs += compare_output(golden, sample, output);
  }
  long long spikes = 0;
  for (Layer* each : layers) {
    std::printf(
        "layer '%s': %d samples, %d steps, %d neurons: %lld different\n",
        each->info.node, samples, each->info.steps, each->info.neurons,
        each->different);
    spikes += each->different;
    delete each;
  }
  if (has_layers) std::printf("%lld spikes different\n", spikes);
  std::printf("%lld outputs different\n", outputs);
  return spikes == 0 && outputs == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool cosim = argc > 1 && std::strcmp(argv[1], "cosim") == 0;
  try {
    return run(!cosim);
  } catch (const std::exception& error) {
    std::printf("error: %s\n", error.what());
    return 1;
  }
}
