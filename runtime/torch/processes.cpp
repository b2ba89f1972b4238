#include "runtime/torch/processes.h"

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>

#include "ir/error.h"

namespace nc {
namespace {

using Milliseconds = std::chrono::milliseconds;

std::string first_line(const std::string& text) {
  return text.substr(0, std::min(text.find('\n'), size_t{200}));
}

c10::intrusive_ptr<c10d::Store> make_store(const Meeting& meeting) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(meeting.port);
  options.isServer = meeting.rank == 0;
  options.waitWorkers = false;  // the group below waits for all
  options.timeout = Milliseconds(meeting.patience);
  auto store = c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
  return c10::make_intrusive<c10d::PrefixStore>(meeting.name, store);
}

class GlooProcesses : public Processes {
 public:
  explicit GlooProcesses(const Meeting& meeting) : meeting_(meeting) {
    guarded("meet the others at " + meeting.host + ":" +
                std::to_string(meeting.port),
            [&] {
              auto options = c10d::ProcessGroupGloo::Options::create();
              options->timeout = Milliseconds(meeting.patience);
              options->devices.push_back(
                  c10d::ProcessGroupGloo::createDefaultDevice());
              group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(
                  make_store(meeting), meeting.rank, meeting.size, options);
            });
    int64_t all = 1;
    add_up(&all, 1);
  }

  int rank() const override { return meeting_.rank; }
  int size() const override { return meeting_.size; }
  int here() const override { return meeting_.here; }

  void name_sums(const std::string& what) override { what_ = what; }

  void add_up(double* values, int64_t count) override {
    reduce(values, count, at::kDouble);
  }
  void add_up(float* values, int64_t count) override {
    reduce(values, count, at::kFloat);
  }
  void add_up(int64_t* values, int64_t count) override {
    reduce(values, count, at::kLong);
  }

 private:
  void reduce(void* values, int64_t count, at::ScalarType type) {
    if (count == 0) return;
    guarded("add up " + what_, [&] {
      std::vector<at::Tensor> tensors = {at::from_blob(values, {count}, type)};
      group_->allreduce(tensors)->wait();
    });
  }

  // LibTorch says which connection broke, or that time is over.
  template <class Work>
  void guarded(const std::string& what, Work work) {
    try {
      work();
    } catch (const std::exception& error) {
      throw Error("process " + std::to_string(meeting_.rank) + " of " +
                  std::to_string(meeting_.size) + " could not " + what +
                  "; has another one died? (" + first_line(error.what()) + ")");
    }
  }

  Meeting meeting_;
  std::string what_ = "what all have found";
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

}  // namespace

std::unique_ptr<Processes> meet(const Meeting& meeting) {
  return std::make_unique<GlooProcesses>(meeting);
}

}  // namespace nc
