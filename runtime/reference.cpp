#include "runtime/reference.h"

#include <bit>
#include <span>

#include "ir/verify.h"
#include "runtime/sample_engine.h"

namespace nc {

std::unique_ptr<Engine> make_reference_engine(const Graph& graph, int threads) {
  require_valid(graph);
  if (is_quantized(graph)) {
    return std::make_unique<SampleEngine<Evaluator<int64_t>>>("reference",
                                                              graph, threads);
  }
  return std::make_unique<SampleEngine<Evaluator<double>>>("reference", graph,
                                                           threads);
}

std::vector<std::pair<std::string, std::string>> spike_hashes(
    const Outputs& outputs) {
  static_assert(std::endian::native == std::endian::little);
  std::vector<std::pair<std::string, std::string>> hashes;
  for (const LayerCount& layer : outputs.layers) {
    const Train& train = outputs.trains.at(layer.name);
    hashes.emplace_back(layer.name,
                        sha256(std::as_bytes(std::span(train.spikes))));
  }
  return hashes;
}

}  // namespace nc
