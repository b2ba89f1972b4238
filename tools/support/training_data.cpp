#include "tools/support/training_data.h"

#include <algorithm>
#include <numeric>

#include "ir/error.h"
#include "passes/fold_batchnorm.h"
#include "passes/fold_scales.h"
#include "runtime/data/random.h"
#include "runtime/encoding.h"
#include "tools/support/data.h"
#include "tools/support/step.h"
#include "tools/support/torch.h"

namespace nc {

TrainingData::TrainingData(const Graph& graph, const Dataset& data,
                           int64_t batch, const Augmentation& augmentation,
                           int64_t seed, const Processes* others)
    : graph_(graph),
      data_(data),
      batch_(std::min(batch, data.size)),
      part_{0, batch_},
      augmentation_(augmentation),
      seed_(static_cast<uint64_t>(seed)) {
  if (data.size == 0) throw Error(data.name + ": no samples");
  if (data.labels.empty()) throw Error(data.name + ": training needs labels");
  if (augmentation.any() && data.is_events()) {
    throw Error(data.name + ": event recordings are not augmented");
  }
  if (!others) return;
  if (batch_ < others->size()) {
    throw Error("--batch: " + std::to_string(batch_) +
                " samples are fewer than the " +
                std::to_string(others->size()) + " processes");
  }
  part_ = part_of(batch_, others->rank(), others->size());
}

void TrainingData::set_teacher(Graph teacher, TorchEngineOptions options) {
  adopt_data(teacher, data_);
  bool spikes = is_spiking(teacher);
  if (!spikes) teacher = fold_scales(fold_batchnorm(std::move(teacher)));
  options.bf16 &= !spikes;
  teacher_ = std::move(teacher);
  teaches_ = torch_library().make_engine(teacher_, options);
}

int64_t TrainingData::steps_per_epoch() const { return data_.size / batch_; }

void TrainingData::shuffle_for(int64_t epoch) {
  if (epoch == epoch_) return;
  epoch_ = epoch;
  order_.resize(static_cast<size_t>(data_.size));
  std::iota(order_.begin(), order_.end(), 0);
  Random random(mix64(seed_ + mix64(static_cast<uint64_t>(epoch) + 1)));
  shuffle(order_, random);
}

// All samples of the step are looked up, since what is drawn for a sample
// depends on its place among them; only the part is augmented and encoded.
TrainBatch TrainingData::batch(int64_t epoch, int64_t step) {
  shuffle_for(epoch);
  auto first = order_.begin() + step % steps_per_epoch() * batch_;
  std::vector<int64_t> positions(first, first + batch_);
  Dataset chosen = subset(data_, positions);
  size_t elements = static_cast<size_t>(element_count(chosen.shape));
  auto from = static_cast<size_t>(part_.first);
  auto to = static_cast<size_t>(part_.first + part_.count);
  for (size_t i = from; augmentation_.any() && i < to; ++i) {
    augment(std::span(chosen.values).subspan(i * elements, elements),
            chosen.shape, augmentation_, seed_, static_cast<uint64_t>(epoch),
            static_cast<uint64_t>(positions[i]));
  }
  uint64_t spikes = mix64(seed_ + mix64(static_cast<uint64_t>(step)));
  TrainBatch batch;
  batch.input = make_batch(graph_, chosen, part_.first, part_.count, spikes);
  auto label = chosen.labels.begin() + part_.first;
  batch.labels.assign(label, label + part_.count);
  batch.of = batch_;
  if (!teaches_) return batch;
  Batch shown = make_batch(teacher_, chosen, part_.first, part_.count, spikes);
  batch.teacher = teaches_->run(shown).values;
  return batch;
}

std::string fingerprint(const Dataset& data) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(data.values)));
  hash.update(std::as_bytes(std::span(data.labels)));
  for (const std::string& file : data.events.files) {
    hash.update(base_name(file) + "\n");
  }
  return hash.hex();
}

}  // namespace nc
