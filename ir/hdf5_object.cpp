#include "ir/hdf5_object.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "ir/hdf5_bytes.h"

namespace nc::hdf5 {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are read as they stand in the file");

constexpr size_t kMaxRank = 8;

struct KnownType {
  Type type;
  size_t size;
  std::string_view encoding;  // after the version, as the file has it
};

// Class, flags, size, bit offset, precision, and for fractions the places of
// exponent and mantissa.
constexpr std::array<KnownType, 7> kTypes = {{
    {Type::f32,
     4,
     {"\x01\x20\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0", 20}},
    {Type::f64,
     8,
     {"\x01\x20\x3f\0\x08\0\0\0\0\0\x40\0\x34\x0b\0\x34\xff\x03\0\0", 20}},
    {Type::i8, 1, {"\0\x08\0\0\x01\0\0\0\0\0\x08\0", 12}},
    {Type::i16, 2, {"\0\x08\0\0\x02\0\0\0\0\0\x10\0", 12}},
    {Type::i32, 4, {"\0\x08\0\0\x04\0\0\0\0\0\x20\0", 12}},
    {Type::i64, 8, {"\0\x08\0\0\x08\0\0\0\0\0\x40\0", 12}},
    {Type::u8, 1, {"\0\0\0\0\x01\0\0\0\0\0\x08\0", 12}},
}};

constexpr uint64_t kTextClass = 3;
constexpr uint64_t kNullPaddedUtf8 = 0x11;

// Sets the type of `value` and returns the size of one element.
size_t decode_type(Bytes message, Value& value) {
  ByteReader reader(message);
  std::string encoding = reader.text(message.size());
  require(encoding.size() >= 8, "a type is too short");
  auto version = static_cast<unsigned char>(encoding[0]) >> 4;
  require(version >= 1 && version <= 3, "unknown version of a type");
  encoding[0] &= 15;
  for (const KnownType& known : kTypes) {
    if (!encoding.starts_with(known.encoding)) continue;
    value.type = known.type;
    return known.size;
  }
  ByteReader text(message);
  text.take(1);
  require(encoding[0] == kTextClass && text.number(3) == kNullPaddedUtf8,
          "a type that this program does not write");
  value.type = Type::text;
  value.text_size = text.number(4);
  require(value.text_size >= 1 && value.text_size <= kMaxText,
          "a text of more than 64 KB");
  return value.text_size;
}

Shape decode_space(Bytes message) {
  constexpr uint64_t kScalar = 0;
  constexpr uint64_t kSimple = 1;
  ByteReader reader(message);
  reader.expect(2, 1, "unknown version of a shape");
  uint64_t rank = reader.number(1);
  reader.take(1);
  uint64_t sort = reader.number(1);
  bool fits = sort == kScalar ? rank == 0 : sort == kSimple && rank >= 1;
  require(fits && rank <= kMaxRank, "expected a shape of at most 8 axes");
  Shape shape;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    uint64_t size = reader.number(8);
    require(size <= static_cast<uint64_t>(kMaxElements), "too large a shape");
    shape.push_back(static_cast<int64_t>(size));
  }
  return shape;
}

// Bytes of all elements together.
uint64_t stored_size(const Shape& shape, size_t element) {
  return static_cast<uint64_t>(element_count(shape)) * element;
}

std::pair<std::string, Value> decode_attribute(Bytes message) {
  ByteReader reader(message);
  reader.expect(3, 1, "unknown version of an attribute");
  reader.expect(0, 1, "an attribute of a shared type");
  uint64_t name_size = reader.number(2);
  uint64_t type_size = reader.number(2);
  uint64_t space_size = reader.number(2);
  reader.take(1);
  std::string name = reader.text(name_size);
  require(!name.empty() && name.back() == '\0', "an attribute without a name");
  name.pop_back();
  Value value;
  size_t element = decode_type(reader.take(type_size), value);
  value.shape = decode_space(reader.take(space_size));
  value.bytes = reader.take(stored_size(value.shape, element));
  return {name, value};
}

Link decode_link(Bytes message) {
  constexpr uint64_t kHasOrder = 4;
  constexpr uint64_t kHasSort = 8;
  constexpr uint64_t kHasCharacterSet = 16;
  ByteReader reader(message);
  reader.expect(1, 1, "unknown version of a link");
  uint64_t flags = reader.number(1);
  if (flags & kHasSort) reader.expect(0, 1, "a link that is not a hard one");
  require(flags & kHasOrder, "a link without an order");
  Link link;
  link.order = reader.number(8);
  if (flags & kHasCharacterSet) reader.take(1);
  link.name = reader.text(reader.number(size_t{1} << (flags & 3)));
  link.address = reader.number(8);
  return link;
}

// Links or attributes that are in a heap instead of in the header.
void require_compact(Bytes message, size_t order_width) {
  constexpr uint64_t kHasOrder = 1;
  ByteReader reader(message);
  reader.expect(0, 1, "unknown version of a storage message");
  if (reader.number(1) & kHasOrder) reader.take(order_width);
  reader.expect(kNowhere, 8, "links or attributes outside their header");
}

struct Chunk {
  uint64_t address = 0;
  uint64_t size = 0;
};

Chunk decode_continuation(Bytes message) {
  ByteReader reader(message);
  uint64_t address = reader.number(8);
  return {address, reader.number(8)};
}

Chunk decode_layout(Bytes message) {
  constexpr uint64_t kContiguous = 1;
  ByteReader reader(message);
  reader.expect(3, 1, "unknown version of a layout");
  reader.expect(kContiguous, 1, "data that are not contiguous");
  return decode_continuation(reader.take(16));
}

}  // namespace

// Goes through the messages of one object header.
class File::Decoder {
 public:
  explicit Decoder(File& file) : file_(file) {}
  Object object(uint64_t address);

 private:
  void decode_messages(Bytes messages);
  void decode_message(uint64_t sort, Bytes message);
  void decode_data();

  File& file_;
  Object object_;
  bool tracks_attributes_ = false;
  std::vector<Chunk> continued_;
  std::optional<Bytes> type_;
  std::optional<Bytes> space_;
  std::optional<Chunk> layout_;
};

Object File::Decoder::object(uint64_t address) {
  constexpr size_t kChecksum = 4;
  constexpr uint64_t kTracksAttributes = 4;
  constexpr uint64_t kHasPhaseChange = 16;
  constexpr uint64_t kHasTimes = 32;
  ByteReader head(file_.region(address, 6));
  require(head.text(4) == "OHDR", "expected an object");
  head.expect(2, 1, "unknown version of an object");
  uint64_t flags = head.number(1);
  require(!(flags & kHasTimes), "an object with times");
  tracks_attributes_ = flags & kTracksAttributes;
  uint64_t at = address + 6 + (flags & kHasPhaseChange ? 4 : 0);
  size_t width = size_t{1} << (flags & 3);
  uint64_t size = ByteReader(file_.region(at, width)).number(width);
  decode_messages(file_.region(at + width, size));
  for (size_t i = 0; i < continued_.size(); ++i) {
    Chunk chunk = continued_[i];
    ByteReader block(file_.region(chunk.address, chunk.size));
    require(block.text(4) == "OCHK", "expected the rest of an object");
    require(block.size() >= kChecksum, "a block is too short");
    decode_messages(block.take(block.size() - kChecksum));
  }
  decode_data();
  std::stable_sort(
      object_.links.begin(), object_.links.end(),
      [](const Link& a, const Link& b) { return a.order < b.order; });
  return std::move(object_);
}

void File::Decoder::decode_messages(Bytes messages) {
  constexpr uint64_t kShared = 2;
  const size_t head = tracks_attributes_ ? 6 : 4;
  ByteReader reader(messages);
  while (reader.size() >= head) {  // less than that is a gap
    uint64_t sort = reader.number(1);
    uint64_t size = reader.number(2);
    require(!(reader.number(1) & kShared), "a shared message");
    if (tracks_attributes_) reader.take(2);
    decode_message(sort, reader.take(size));
  }
}

void File::Decoder::decode_message(uint64_t sort, Bytes message) {
  switch (sort) {
    case 0x00:  // nothing
    case 0x05:  // fill value
    case 0x0a:  // group info
      return;
    case 0x01:
      space_ = message;
      return;
    case 0x02:
      return require_compact(message, 8);
    case 0x03:
      type_ = message;
      return;
    case 0x06:
      object_.links.push_back(decode_link(message));
      return;
    case 0x08:
      layout_ = decode_layout(message);
      return;
    case 0x0c:
      require(object_.attributes.insert(decode_attribute(message)).second,
              "two attributes of one name");
      return;
    case 0x10:
      continued_.push_back(decode_continuation(message));
      return;
    case 0x15:
      return require_compact(message, 2);
    default:
      fail("a message that this program does not write");
  }
}

void File::Decoder::decode_data() {
  if (!type_ && !space_ && !layout_) return;
  require(type_ && space_ && layout_, "a dataset without type, shape or data");
  Value value;
  size_t element = decode_type(*type_, value);
  value.shape = decode_space(*space_);
  uint64_t size = stored_size(value.shape, element);
  if (size > 0) {
    require(layout_->size == size, "data that do not fit their shape");
    value.bytes = file_.region(layout_->address, size);
  }
  object_.data = std::move(value);
}

File::File(Bytes bytes) : bytes_(bytes), budget_(bytes.size()) {
  ByteReader reader(bytes);
  reader.take(8);
  reader.expect(2, 1, "unknown version of the superblock");
  reader.expect(8, 1, "addresses that are not of 8 bytes");
  reader.expect(8, 1, "lengths that are not of 8 bytes");
  reader.expect(0, 1, "a file that is being written");
  reader.expect(0, 8, "a file with something before it");
  reader.expect(kNowhere, 8, "a superblock with an extension");
  reader.expect(bytes.size(), 8, "the file has another length than it says");
  root_ = reader.number(8);
}

Object File::object(uint64_t address) { return Decoder(*this).object(address); }

// Every byte belongs to one object, so that all regions together cannot be
// larger than the file.
Bytes File::region(uint64_t address, uint64_t size) {
  require(address <= bytes_.size() && size <= bytes_.size() - address,
          "an address outside the file");
  require(size <= budget_, "objects that overlap");
  budget_ -= size;
  return bytes_.subspan(address, size);
}

}  // namespace nc::hdf5
