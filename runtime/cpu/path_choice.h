// Which way a stage's convolutions are computed: dense or event by event.
//
// Both give the same sums, so that the choice is one of time alone. It is
// calibrated on the machine, with the network's own layers and spikes, as it
// runs: by the time per step and sample of either way. The first runs try both
// (the very first one also sets oneDNN up and does not count), later ones take
// the faster of the two, and try the other again ever more rarely. What counts
// is the shortest time of late, since other work on the machine only ever adds
// to it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ir/fields.h"

namespace nc {

enum class Path { dense, events };
enum class PathPolicy { measured, dense, events };  // the last two to compare
template <>
struct Names<PathPolicy> {
  static constexpr std::array<const char*, 3> names = {"measured", "dense",
                                                       "events"};
};

class PathChoice {
 public:
  explicit PathChoice(PathPolicy policy = PathPolicy::measured)
      : policy_(policy) {}

  Path choose() const {
    if (policy_ == PathPolicy::dense) return Path::dense;
    if (policy_ == PathPolicy::events) return Path::events;
    if (dense_.runs < 3) return Path::dense;
    if (events_.runs < 2) return Path::events;
    bool by_events = events_.seconds_per_image < dense_.seconds_per_image;
    if (dense_.runs + events_.runs == next_try_) by_events = !by_events;
    return by_events ? Path::events : Path::dense;
  }

  // images: steps * samples.
  void took(Path path, int64_t images, int64_t events, double seconds) {
    (path == Path::dense ? dense_ : events_)
        .add(seconds, static_cast<double>(images));
    if (dense_.runs + events_.runs > next_try_) next_try_ *= 2;
    images_ += images;
    if (path == Path::events) {
      counted_events_ += events;
      counted_images_ += images;
    }
  }

  // For reports.
  double seconds() const { return dense_.seconds + events_.seconds; }
  int64_t images() const { return images_; }
  double events_per_image() const {
    return counted_images_ == 0 ? 0
                                : static_cast<double>(counted_events_) /
                                      static_cast<double>(counted_images_);
  }
  double share_by_events() const {
    int64_t runs = dense_.runs + events_.runs;
    return runs == 0
               ? 0
               : static_cast<double>(events_.runs) / static_cast<double>(runs);
  }

 private:
  struct Cost {
    int64_t runs = 0;
    double seconds = 0;
    double seconds_per_image = 0;

    void add(double took, double images) {
      constexpr double kForget = 1.01;  // a run
      double now = took / images;
      bool is_new = runs < 2;
      seconds_per_image =
          is_new ? now : std::min(now, kForget * seconds_per_image);
      seconds += took;
      ++runs;
    }
  };

  PathPolicy policy_;
  Cost dense_, events_;
  int64_t next_try_ = 8;  // runs after which the slower way is tried again
  int64_t images_ = 0;
  int64_t counted_images_ = 0, counted_events_ = 0;
};

}  // namespace nc
