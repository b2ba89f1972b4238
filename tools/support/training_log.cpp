#include "tools/support/training_log.h"

#include <nlohmann/json.hpp>

#include "ir/error.h"
#include "tools/support/main.h"
#include "tools/support/tables.h"

namespace nc {

TrainingLog::TrainingLog(const std::string& tool, const TrainingJob& job,
                         const TrainOptions& options)
    : path_(job.log),
      progress_(tool + ": step"),
      quiet_(job.quiet),
      batch_(job.batch),
      steps_(options.epochs * options.steps_per_epoch),
      epochs_(options.epochs),
      start_(Clock::now()) {
  if (path_.empty()) return;
  file_.open(path_, std::ios::app);
  if (!file_) throw Error(path_ + ": cannot write");
}

void TrainingLog::write(const std::string& line) {
  if (path_.empty()) return;
  file_ << line << '\n' << std::flush;
  if (!file_) throw Error(path_ + ": cannot write");
}

void TrainingLog::add(const StepReport& report) {
  nlohmann::ordered_json line;
  line["epoch"] = report.epoch + 1;
  line["step"] = report.step + 1;
  line["loss"] = report.loss;
  line["accuracy"] = report.accuracy;
  line["learning_rate"] = report.learning_rate;
  line["gradient_norm"] = report.gradient_norm;
  write(line.dump());
  if (first_ < 0) {
    first_ = report.step;
    start_ = Clock::now();
  }
  if (quiet_) return;
  std::chrono::duration<double> passed = Clock::now() - start_;
  double images = static_cast<double>((report.step - first_) * batch_);
  double speed = passed.count() > 0 ? images / passed.count() : 0;
  progress_.update(report.step + 1 - first_, steps_ - first_,
                   "loss " + fixed(report.loss, 4) + "  accuracy " +
                       percent(report.accuracy) + "  " + fixed(speed, 0) +
                       " images/s");
}

void TrainingLog::add(const EpochReport& report, bool validated) {
  nlohmann::ordered_json line;
  line["epoch"] = report.epoch;
  if (report.epoch > 0) {
    line["train_loss"] = report.loss;
    line["train_accuracy"] = report.accuracy;
  }
  if (validated) line["val_accuracy"] = report.validation;
  write(line.dump());
  if (quiet_) return;
  std::string text = "epoch " + std::to_string(report.epoch) + " of " +
                     std::to_string(epochs_) + ":";
  if (report.epoch > 0) {
    text += " loss " + fixed(report.loss, 4) + ", accuracy " +
            percent(report.accuracy) + ",";
  }
  if (validated) text += " held out " + percent(report.validation);
  say(text);
}

}  // namespace nc
