#include <map>

#include "backends/hls/plan.h"

namespace nc {
namespace {

HlsLayer wire(const std::string& node, const std::string& kernel,
              const std::string& id, const HlsBuffer& buffer) {
  HlsLayer layer;
  layer.node = node;
  layer.id = id;
  layer.kernel = kernel;
  layer.reads = {buffer.name};
  layer.types = {{"in_t", buffer.type}, {"out_t", buffer.type}};
  layer.numbers = {{"kInputs", buffer.size}, {"kOutputs", buffer.size}};
  layer.cycles = buffer.size;
  return layer;
}

class Splitter {
 public:
  explicit Splitter(HlsPlan& plan) : plan_(plan) {
    for (HlsLayer& layer : plan_.layers) {
      for (std::string& name : layer.reads) reads_[name].push_back(&name);
    }
  }

  void run() {
    std::vector<HlsBuffer> whole = plan_.buffers;
    std::map<std::string, std::vector<HlsLayer>> wires;  // by what they read
    for (const HlsBuffer& buffer : whole) wires[buffer.name] = split(buffer);
    std::vector<HlsLayer> layers;
    for (HlsLayer& layer : plan_.layers) {
      std::vector<std::string> written = layer.writes;
      layers.push_back(std::move(layer));
      for (const std::string& name : written) {
        for (HlsLayer& each : wires[name]) layers.push_back(std::move(each));
      }
    }
    plan_.layers = std::move(layers);
    deepen();
  }

 private:
  std::vector<HlsLayer> split(const HlsBuffer& buffer) {
    const std::vector<std::string*> readers = reads_[buffer.name];
    if (readers.empty()) {
      return {wire(buffer.name, "drain", buffer.name + "_drain", buffer)};
    }
    std::vector<HlsLayer> forks;
    HlsBuffer rest = buffer;
    for (size_t i = 0; i + 1 < readers.size(); ++i) {
      std::string number = std::to_string(i + 1);
      HlsLayer fork =
          wire(buffer.name, "fork", buffer.name + "_fork" + number, rest);
      fork.writes = {buffer.name + "_to" + number,
                     buffer.name + "_rest" + number};
      for (size_t end = 0; end < 2; ++end) {
        rest.name = fork.writes[end];
        plan_.buffers.push_back(rest);
        *readers[i + end] = rest.name;
      }
      forks.push_back(fork);
    }
    return forks;
  }

  // Where branches meet, the faster one waits for the slower with all of a
  // frame.
  void deepen() {
    for (const HlsLayer& layer : plan_.layers) {
      if (layer.reads.size() < 2) continue;
      for (HlsBuffer& buffer : plan_.buffers) {
        bool meets =
            buffer.name == layer.reads[0] || buffer.name == layer.reads[1];
        if (meets) buffer.depth = std::max<int64_t>(buffer.size, 2);
      }
    }
  }

  HlsPlan& plan_;
  std::map<std::string, std::vector<std::string*>> reads_;  // by buffer
};

}  // namespace

void split_streams(HlsPlan& plan) { Splitter(plan).run(); }

}  // namespace nc
