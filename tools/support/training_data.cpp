#include "tools/support/training_data.h"

#include <algorithm>
#include <numeric>

#include "ir/error.h"
#include "runtime/data/random.h"
#include "runtime/encoding.h"
#include "tools/support/data.h"
#include "tools/support/step.h"
#include "tools/support/torch.h"

namespace nc {

TrainingData::TrainingData(const Graph& graph, const Dataset& data,
                           int64_t batch, const Augmentation& augmentation,
                           int64_t seed)
    : graph_(graph),
      data_(data),
      batch_(std::min(batch, data.size)),
      augmentation_(augmentation),
      seed_(static_cast<uint64_t>(seed)) {
  if (data.size == 0) throw Error(data.name + ": no samples");
  if (data.labels.empty()) throw Error(data.name + ": training needs labels");
  if (augmentation.any() && data.is_events()) {
    throw Error(data.name + ": event recordings are not augmented");
  }
}

void TrainingData::set_teacher(Graph teacher) {
  teacher_ = std::move(teacher);
  adopt_data(teacher_, data_);
  teaches_ = torch_library().make_engine(teacher_, {});
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

TrainBatch TrainingData::batch(int64_t epoch, int64_t step) {
  shuffle_for(epoch);
  auto first = order_.begin() + step % steps_per_epoch() * batch_;
  std::vector<int64_t> positions(first, first + batch_);
  Dataset chosen = subset(data_, positions);
  size_t elements = static_cast<size_t>(element_count(chosen.shape));
  for (size_t i = 0; augmentation_.any() && i < positions.size(); ++i) {
    augment(std::span(chosen.values).subspan(i * elements, elements),
            chosen.shape, augmentation_, seed_, static_cast<uint64_t>(epoch),
            static_cast<uint64_t>(positions[i]));
  }
  uint64_t spikes = mix64(seed_ + mix64(static_cast<uint64_t>(step)));
  TrainBatch batch;
  batch.input = make_batch(graph_, chosen, 0, chosen.size, spikes);
  batch.labels = std::move(chosen.labels);
  if (!teaches_) return batch;
  Batch shown = make_batch(teacher_, chosen, 0, chosen.size, spikes);
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
