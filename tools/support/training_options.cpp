#include "tools/support/training.h"

namespace nc {
namespace {

void add_optimizer_options(CLI::App& app, TrainingJob& job) {
  TrainOptions& options = job.options;
  app.add_option("--epochs", options.epochs, "of training")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_option("--lr", options.learning_rate, "largest learning rate")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--lr-schedule", job.curve, "cosine or constant")
      ->capture_default_str();
  app.add_option("--warmup", options.warmup_epochs,
                 "epochs in which the learning rate grows from 0")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100000.0));
  app.add_option("--optimizer", job.optimizer, "sgd or adamw")
      ->capture_default_str();
  app.add_option("--momentum", options.momentum, "of sgd")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-decay", options.weight_decay, "of all parameters")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e3));
  app.add_option("--clip", options.clip,
                 "largest norm of the gradients; 0: any")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e30));
}

void add_loss_options(CLI::App& app, TrainingJob& job) {
  TrainOptions& options = job.options;
  app.add_option("--label-smoothing", options.label_smoothing,
                 "part of each label that is spread over all classes")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--distill", options.distill,
                 "part of the loss that compares with the teacher's outputs")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--teacher", job.teacher,
                 "graph or model whose outputs --distill compares with");
  app.add_option("--temperature", options.temperature, "of --distill")
      ->capture_default_str()
      ->check(CLI::Range(1e-3, 1e3));
}

void add_data_options(CLI::App& app, TrainingJob& job) {
  app.add_option("--batch", job.batch, "samples of a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--augment", job.augment,
                 "of images: flip, crop:N and cutout:N, with commas, or none")
      ->capture_default_str();
  app.add_option("--train-samples", job.train_samples,
                 "training samples, a class-balanced draw; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--val-data", job.val_data,
                 "data to choose the best epoch on; default: a tenth that is "
                 "held out of the training data");
}

void add_running_options(CLI::App& app, TrainingJob& job) {
  TrainOptions& options = job.options;
  app.add_option("--threads", options.threads,
                 "the same number gives the same bytes")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_option("--checkpoint", options.checkpoint,
                 "folder where the training's state is kept");
  app.add_option("--checkpoint-steps", options.checkpoint_steps,
                 "a checkpoint every so many steps; 0: by time")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--checkpoint-minutes", options.checkpoint_minutes,
                 "a checkpoint every so many minutes; 0: by steps")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  app.add_flag("--resume", options.resume,
               "go on from the checkpoint; the result is that of an "
               "uninterrupted run, byte for byte");
  app.add_option("--log", job.log,
                 "file to which every step and epoch adds a line of JSON");
}

}  // namespace

void add_training_options(CLI::App& app, TrainingJob& job) {
  add_optimizer_options(app, job);
  add_loss_options(app, job);
  add_data_options(app, job);
  add_running_options(app, job);
}

void add_precision_options(CLI::App& app, TrainingJob& job) {
  app.add_option("--precision", job.precision,
                 "of convolutions, affine layers and the values between, and "
                 "of the teacher: f32, or bf16 where the CPU has it")
      ->capture_default_str();
  app.add_flag("--channels-last", job.options.channels_last,
               "images in memory with the channels last");
}

void add_bptt_options(CLI::App& app, TrainingJob& job) {
  TrainOptions& options = job.options;
  app.add_option("--surrogate", job.surrogate,
                 "derivative of a spike: atan, sigmoid, triangle, "
                 "fast-sigmoid, rectangle")
      ->capture_default_str();
  app.add_option("--width", options.width,
                 "of the surrogate, in thresholds; 0: its own")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  app.add_flag("--detach-reset", options.detach_reset,
               "no gradients through resets");
  app.add_flag("--train-thresholds", options.train_thresholds,
               "train the neurons' thresholds");
  app.add_flag("--train-leaks", options.train_leaks,
               "train the neurons' decays");
  app.add_option("--rate-target", options.rate_target,
                 "spikes per neuron and step to aim at in every layer")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--rate-weight", options.rate_weight,
                 "of the squared distance from it in the loss")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9));
  app.add_flag("--from-scratch", options.from_scratch,
               "start from fresh weights, drawn by the seed");
  app.add_option("--time-chunk", options.time_chunk,
                 "steps whose values are kept for the gradients; others are "
                 "computed again; 0: as --memory allows")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  app.add_option("--memory", options.megabytes,
                 "MB that a step's values may take, by an estimate")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 24));
}

}  // namespace nc
