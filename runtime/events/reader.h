// Reads event recordings one event at a time, from files as from pipes: an
// event is there as soon as its bytes are, and memory does not grow with the
// recording. The format is told by the first bytes:
//
//   aedat2   "#!AER-DAT2.0"  jAER: DVS128 and DAVIS sensors
//   aedat3   "#!AER-DAT3.1"  cAER, libcaer; format RAW
//   aedat4   "#!AER-DAT4.0"  DV; packets plain, in LZ4 or in ZSTD
//   dat      "% "            Prophesee, version 2, change-detection events
//   text     all else        lines of `t x y p`: microseconds, column, row,
//                            0 or 1; from # to the end of a line is a comment
//   nmnist   the name ends in .bin, or it is asked for: N-MNIST,
//            N-Caltech101; five bytes an event, no first bytes of its own
//
// What is promised of every event, whatever the format: times never go back
// (counters of 32 bits that start again are continued), and pixels lie in the
// sensor where its size is known. A recording that breaks this, that is
// damaged or ends within an event is an Error: `NAME: byte N: ...`.
#pragma once

#include <array>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/fields.h"
#include "runtime/events/event.h"

namespace nc {

enum class EventFormat { aedat2, aedat3, aedat4, dat, nmnist, text };
template <>
struct Names<EventFormat> {
  static constexpr std::array<const char*, 6> names = {
      "aedat2", "aedat3", "aedat4", "dat", "nmnist", "text"};
};

class EventReader;
EventReader open_events(const std::string& path,
                        std::optional<EventFormat> format = {});
EventReader open_events(std::istream& stream, const std::string& name,
                        std::optional<EventFormat> format = {});

class EventReader {
 public:
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  ~EventReader();

  // Waits for the next event; false at the end of the recording. After an
  // Error the reader is of no more use.
  bool next(Event& event);

  // Appends up to `max` events; fewer only at the end. Returns how many.
  size_t read(std::vector<Event>& events, size_t max);

  EventFormat format() const;
  std::optional<SensorSize> sensor() const;  // where the header tells it
  const std::string& name() const;

 private:
  friend EventReader open_events(const std::string&,
                                 std::optional<EventFormat>);
  friend EventReader open_events(std::istream&, const std::string&,
                                 std::optional<EventFormat>);
  EventReader(std::istream& stream, std::string name,
              std::optional<EventFormat> format);

  struct Recording;
  std::unique_ptr<Recording> recording_;
};

// Opens a file or a named pipe and reads its header. Throws Error.
EventReader open_events(const std::string& path,
                        std::optional<EventFormat> format);

// Reads from a binary stream that outlives the reader, as std::cin (slow
// unless sync_with_stdio is off); `name` stands in messages.
EventReader open_events(std::istream& stream, const std::string& name,
                        std::optional<EventFormat> format);

// All events of a file, which is taken to be short: an Error beyond `max`.
std::vector<Event> read_events(const std::string& path, size_t max,
                               std::optional<EventFormat> format = {});

}  // namespace nc
