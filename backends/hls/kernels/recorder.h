// In simulation: keeps the spikes of every layer, so that a test bench can
// compare them. Nothing of it is left in hardware.
#ifndef SNN_KERNELS_RECORDER_H
#define SNN_KERNELS_RECORDER_H

#ifdef __SYNTHESIS__
#define SNN_RECORD(layer, spike)
#else
#include <vector>

namespace snn {

class Recorder {
 public:
  explicit Recorder(int layers) : spikes_(static_cast<std::size_t>(layers)) {}

  // Where kernels write; null when nobody listens.
  static Recorder*& active() {
    static Recorder* recorder = nullptr;
    return recorder;
  }

  void add(int layer, int spike) {
    spikes_[static_cast<std::size_t>(layer)].push_back(spike);
  }
  void clear() {
    for (std::vector<int>& each : spikes_) each.clear();
  }
  const std::vector<int>& of(int layer) const {
    return spikes_[static_cast<std::size_t>(layer)];
  }

 private:
  std::vector<std::vector<int> > spikes_;
};

inline void record(int layer, long long spike) {
  Recorder* recorder = Recorder::active();
  if (recorder) recorder->add(layer, static_cast<int>(spike));
}

}  // namespace snn

#define SNN_RECORD(layer, spike) snn::record(layer, spike)
#endif

#endif
