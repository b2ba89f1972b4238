#include "runtime/events/reader.h"

#include <cassert>
#include <filesystem>
#include <fstream>
#include <utility>

#include "ir/error.h"
#include "runtime/events/formats.h"

namespace nc {
namespace {

constexpr std::string_view kAedat = "#!AER-DAT";

// Looks at no more bytes than are needed to tell.
bool starts_with(ByteSource& source, std::string_view text) {
  for (size_t size = 1; size <= text.size(); ++size) {
    if (source.peek(size) != text.substr(0, size)) return false;
  }
  return true;
}

EventFormat aedat_version(ByteSource& source) {
  std::string_view version = source.peek(kAedat.size() + 3);
  version.remove_prefix(kAedat.size());
  if (version.starts_with("2.0")) return EventFormat::aedat2;
  if (version.starts_with("3.1")) return EventFormat::aedat3;
  if (version.starts_with("4.0")) return EventFormat::aedat4;
  source.fail("expected AEDAT version 2.0, 3.1 or 4.0, found '" +
              std::string(version.substr(0, 3)) + "'");
}

EventFormat recognise(ByteSource& source, const std::string& name) {
  if (name.ends_with(".bin")) return EventFormat::nmnist;
  if (starts_with(source, kAedat)) return aedat_version(source);
  if (starts_with(source, "%")) return EventFormat::dat;
  return EventFormat::text;
}

Decoder decode(ByteSource& source, EventFormat format) {
  switch (format) {
    case EventFormat::aedat2:
      return decode_aedat2(source);
    case EventFormat::aedat3:
      return decode_aedat3(source);
    case EventFormat::aedat4:
      return decode_aedat4(source);
    case EventFormat::dat:
      return decode_dat(source);
    case EventFormat::nmnist:
      return decode_nmnist(source);
    case EventFormat::text:
      break;
  }
  return decode_text(source);
}

std::string pixel(const Event& event) {
  return "(" + std::to_string(event.x) + ", " + std::to_string(event.y) + ")";
}

}  // namespace

struct EventReader::Recording {
  Recording(std::istream& stream, std::string its_name,
            std::optional<EventFormat> wanted)
      : name(std::move(its_name)), source(stream) {
    try {
      format = wanted ? *wanted : recognise(source, name);
      decoder = decode(source, format);
    } catch (const Error& error) {
      throw error.in(name);
    }
  }

  bool next(Event& event) {
    if (!decoder.next(event)) return false;
    check_pixel(event);
    check_time(event.microseconds);
    time = event.microseconds;
    return true;
  }

  void check_time(int64_t found) const {
    if (found < -kMaxTime || found > kMaxTime) {
      source.fail("expected a time of less than 2^61 microseconds, found " +
                  std::to_string(found));
    }
    if (found < time) {
      source.fail("expected times that do not go back, found " +
                  std::to_string(found) + " behind " + std::to_string(time));
    }
  }

  void check_pixel(const Event& event) const {
    bool inside = event.x >= 0 && event.y >= 0;
    if (decoder.sensor) {
      inside &=
          event.x < decoder.sensor->width && event.y < decoder.sensor->height;
    }
    if (inside) return;
    source.fail("expected a pixel of the sensor" +
                (decoder.sensor
                     ? " of " + std::to_string(decoder.sensor->width) + " x " +
                           std::to_string(decoder.sensor->height)
                     : std::string()) +
                ", found " + pixel(event));
  }

  std::string name;
  std::unique_ptr<std::istream> file;  // where the reader opened it itself
  ByteSource source;
  EventFormat format = EventFormat::text;
  Decoder decoder;
  int64_t time = -kMaxTime;
};

EventReader::EventReader(std::istream& stream, std::string name,
                         std::optional<EventFormat> format)
    : recording_(std::make_unique<Recording>(stream, std::move(name), format)) {
}

EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

bool EventReader::next(Event& event) {
  try {
    return recording_->next(event);
  } catch (const Error& error) {
    throw error.in(recording_->name);
  }
}

size_t EventReader::read(std::vector<Event>& events, size_t max) {
  size_t count = 0;
  Event event;
  while (count < max && next(event)) {
    events.push_back(event);
    ++count;
  }
  return count;
}

EventFormat EventReader::format() const { return recording_->format; }

std::optional<SensorSize> EventReader::sensor() const {
  return recording_->decoder.sensor;
}

const std::string& EventReader::name() const { return recording_->name; }

EventReader open_events(const std::string& path,
                        std::optional<EventFormat> format) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(path + ": no such file");
  }
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file || std::filesystem::is_directory(path, ignored)) {
    throw Error(path + ": cannot be opened for reading");
  }
  EventReader reader(*file, path, format);
  reader.recording_->file = std::move(file);
  return reader;
}

EventReader open_events(std::istream& stream, const std::string& name,
                        std::optional<EventFormat> format) {
  return {stream, name, format};
}

std::vector<Event> read_events(const std::string& path, size_t max,
                               std::optional<EventFormat> format) {
  EventReader reader = open_events(path, format);
  std::vector<Event> events;
  Event beyond;
  if (reader.read(events, max) == max && reader.next(beyond)) {
    throw Error(path + ": expected at most " + std::to_string(max) +
                " events, found more");
  }
  return events;
}

}  // namespace nc
