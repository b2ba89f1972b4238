// AEDAT 4.0, as DV writes it. Behind the line "#!AER-DAT4.0" stands a
// FlatBuffer "IOHE" with its size before it: how packets are compressed, where
// the table at the end of the file begins (-1: there is none), and in XML
// which streams there are. Then come packets: the number of a stream, a size,
// and so many bytes, compressed each as one frame. Decompressed, a packet of
// events is a FlatBuffer "EVTS", again with its size before it: a list of 16
// bytes an event. Packets of other streams (frames, inertial samples) are
// passed over. Row 0 is the top of the picture.
//
//   IOHeader     0 compression:int  1 dataTablePosition:long  2 infoNode:string
//   EventPacket  0 elements:[Event]
//   Event        timestamp:long  x:short  y:short  on:bool  and 3 unused bytes
//
// (https://docs.inivation.com, "AEDAT 4.0")
#include <array>

#include "ir/error.h"
#include "runtime/events/decompress.h"
#include "runtime/events/flatbuffer.h"
#include "runtime/events/formats.h"
#include "runtime/events/info_node.h"
#include "runtime/events/numbers.h"

namespace nc {
namespace {

constexpr size_t kMaxHeader = size_t{1} << 24;
constexpr size_t kMaxPacket = size_t{1} << 26;  // 4 million events
constexpr size_t kEventSize = 16;

struct Header {
  int64_t compression = 0;  // 0 none, 1 and 2 LZ4, 3 and 4 ZSTD
  int64_t table = -1;       // the byte where packets end
  EventStream stream;
};

Header parse_header(const std::vector<uint8_t>& bytes) {
  FlatTable table(bytes, "IOHE");
  Header header;
  header.compression = table.integer(0, 4, 0);
  header.table = table.integer(1, 8, -1);
  if (header.compression < 0 || header.compression > 4) {
    throw Error("expected a compression from 0 to 4, found " +
                std::to_string(header.compression));
  }
  auto streams = event_streams(parse_info_node(table.text(2)));
  if (streams.size() != 1) {
    throw Error("expected one stream of events, found " +
                std::to_string(streams.size()));
  }
  header.stream = streams.front();
  return header;
}

Header read_aedat4_header(ByteSource& source) {
  source.line(64);
  std::array<uint8_t, 4> prefix;
  if (!source.read(prefix.data(), prefix.size())) {
    source.fail("expected a header, found the end");
  }
  uint64_t size = little_endian(prefix, 0, 4);
  if (size > kMaxHeader) {
    source.fail("expected a header of at most 2^24 bytes, found " +
                std::to_string(size));
  }
  std::vector<uint8_t> bytes = source.require(size);
  try {
    return parse_header(bytes);
  } catch (const Error& error) {
    source.fail(error.what());
  }
}

class Aedat4 {
 public:
  Aedat4(ByteSource& source, const Header& header)
      : source_(&source), header_(header) {}

  bool operator()(Event& event) {
    while (at_ == end_) {
      if (!next_packet()) return false;
    }
    event.microseconds = static_cast<int64_t>(little_endian(packet_, at_, 8));
    event.x = static_cast<int16_t>(little_endian(packet_, at_ + 8, 2));
    event.y = static_cast<int16_t>(little_endian(packet_, at_ + 10, 2));
    event.polarity = packet_[at_ + 12] != 0;
    at_ += kEventSize;
    return true;
  }

 private:
  bool next_packet() {
    if (at_table()) return false;
    std::array<uint8_t, 8> head;
    if (!source_->read(head.data(), head.size())) return at_end();
    auto id = static_cast<int32_t>(little_endian(head, 0, 4));
    uint64_t size = little_endian(head, 4, 4);
    if (size > kMaxPacket) {
      source_->fail("expected a packet of at most 2^26 bytes, found " +
                    std::to_string(size));
    }
    if (id != header_.stream.id) {
      source_->skip(size);
      return true;
    }
    std::vector<uint8_t> stored = source_->require(size);
    try {
      open(decompressed(std::move(stored)));
    } catch (const Error& error) {
      source_->fail(error.what());
    }
    return true;
  }

  bool at_table() const {
    if (header_.table < 0) return false;
    auto table = static_cast<uint64_t>(header_.table);
    if (source_->offset() > table) {
      source_->fail("the packet reaches into the table at byte " +
                    std::to_string(table));
    }
    return source_->offset() == table;
  }

  bool at_end() const {
    if (header_.table < 0) return false;
    source_->fail("expected packets up to byte " +
                  std::to_string(header_.table) + ", found the end");
  }

  std::vector<uint8_t> decompressed(std::vector<uint8_t> stored) const {
    switch (header_.compression) {
      case 0:
        return stored;
      case 1:
      case 2:
        return decompress_lz4(stored, kMaxPacket);
      default:
        return decompress_zstd(stored, kMaxPacket);
    }
  }

  // Leaves at_ and end_ around the list of events.
  void open(std::vector<uint8_t> bytes) {
    packet_ = std::move(bytes);
    if (packet_.size() < 4 ||
        little_endian(packet_, 0, 4) != packet_.size() - 4) {
      throw Error("expected a packet of the size that it states");
    }
    FlatTable table(FlatTable::Bytes(packet_).subspan(4), "EVTS");
    auto events = table.vector(0, kEventSize);
    at_ = static_cast<size_t>(events.data() - packet_.data());
    if (events.empty()) at_ = 0;
    end_ = at_ + events.size();
  }

  ByteSource* source_;
  Header header_;
  std::vector<uint8_t> packet_;
  size_t at_ = 0;
  size_t end_ = 0;
};

}  // namespace

Decoder decode_aedat4(ByteSource& source) {
  Header header = read_aedat4_header(source);
  SensorSize size = header.stream.sensor;
  bool known = size.width > 0 && size.height > 0;
  return {known ? std::optional(size) : std::nullopt, Aedat4(source, header)};
}

}  // namespace nc
