#include "ir/hdf5_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "ir/error.h"

namespace nc::hdf5 {
namespace {

std::string name_of(Type type) {
  constexpr std::array<const char*, 8> kNames = {
      "f32", "i8", "i16", "i32", "u8", "a whole number", "a fraction", "text"};
  return kNames.at(static_cast<size_t>(type));
}

std::optional<DType> dtype_of(Type type) {
  switch (type) {
    case Type::f32:
      return DType::f32;
    case Type::i8:
      return DType::i8;
    case Type::i16:
      return DType::i16;
    case Type::i32:
      return DType::i32;
    case Type::u8:
      return DType::u8;
    default:
      return std::nullopt;
  }
}

template <class T>
T number_of(const Value& value) {
  T number{};
  std::memcpy(&number, value.bytes.data(), sizeof(T));
  return number;
}

template <class T>
std::vector<T> numbers_of(const Value& value) {
  std::vector<T> numbers(value.bytes.size() / sizeof(T));
  if (!numbers.empty()) {
    std::memcpy(numbers.data(), value.bytes.data(), value.bytes.size());
  }
  return numbers;
}

// A text ends with its cell, or with the first of the zeros that fill it up.
std::string text_of(Bytes cell) {
  auto end = std::find(cell.begin(), cell.end(), std::byte{0});
  return std::string(reinterpret_cast<const char*>(cell.data()),
                     static_cast<size_t>(end - cell.begin()));
}

std::vector<std::string> texts_of(const Value& value) {
  std::vector<std::string> texts;
  for (size_t at = 0; at < value.bytes.size(); at += value.text_size) {
    texts.push_back(text_of(value.bytes.subspan(at, value.text_size)));
  }
  return texts;
}

}  // namespace

GroupReader::GroupReader(Bytes file) : place_("file") {
  file_ = std::make_shared<File>(file);
  *this = GroupReader(file_, file_->root(), place_);
}

GroupReader::GroupReader(std::shared_ptr<File> file, uint64_t address,
                         std::string place)
    : file_(std::move(file)), place_(std::move(place)) {
  object_ = object_at(address);
  if (object_.data) fail("expected a group, found a dataset");
  for (const auto& [name, value] : object_.attributes) unread_.insert(name);
  for (const Link& link : object_.links) {
    links_.push_back(link.name);
    addresses_.emplace(link.name, link.address);
    if (!unread_.insert(link.name).second) {
      fail("'" + link.name + "' stands there twice");
    }
  }
}

GroupReader GroupReader::open_group(const std::string& name,
                                    const std::string& place) {
  return GroupReader(file_, take_link(name, "a group"), place);
}

bool GroupReader::has(const std::string& name) const {
  return object_.attributes.count(name) > 0 || addresses_.count(name) > 0;
}

void GroupReader::finish() const {
  if (!unread_.empty()) fail("unknown field '" + *unread_.begin() + "'");
}

void GroupReader::fail(const std::string& message) const {
  throw Error(place_ + ": " + message);
}

void GroupReader::read(const std::string& name, std::string& text) {
  text = text_of(one(name, Type::text, "text").bytes);
}

void GroupReader::read(const std::string& name, int64_t& number) {
  number = number_of<int64_t>(one(name, Type::i64, "a whole number"));
}

void GroupReader::read(const std::string& name, double& number) {
  number = number_of<double>(one(name, Type::f64, "a fraction"));
}

void GroupReader::read(const std::string& name, bool& truth) {
  auto number = number_of<uint8_t>(one(name, Type::u8, "true or false"));
  if (number > 1) fail("'" + name + "': expected 0 or 1");
  truth = number == 1;
}

void GroupReader::read(const std::string& name,
                       std::vector<std::string>& texts) {
  texts = texts_of(list(name, Type::text, "a list of texts"));
}

void GroupReader::read(const std::string& name, std::vector<int64_t>& numbers) {
  numbers =
      numbers_of<int64_t>(list(name, Type::i64, "a list of whole numbers"));
}

void GroupReader::read(const std::string& name, std::vector<double>& numbers) {
  numbers = numbers_of<double>(list(name, Type::f64, "a list of fractions"));
}

void GroupReader::read(const std::string& name, Tensor& tensor) {
  Value found = stored(name, "a tensor");
  std::optional<DType> dtype = dtype_of(found.type);
  if (!dtype) {
    fail("'" + name + "': expected f32, i8, i16, i32 or u8, found " +
         name_of(found.type));
  }
  tensor = Tensor::from_bytes(*dtype, found.shape, found.bytes);
}

// Errors about the structure, told as being about this place.
Object GroupReader::object_at(uint64_t address) const {
  try {
    return file_->object(address);
  } catch (const Error& error) {
    throw error.in(place_);
  }
}

uint64_t GroupReader::take_link(const std::string& name,
                                const std::string& expected) {
  unread_.erase(name);
  auto found = addresses_.find(name);
  if (found != addresses_.end()) return found->second;
  fail("'" + name + "': expected " + expected + ", found " +
       (object_.attributes.count(name) ? "an attribute" : "none"));
}

Value GroupReader::value(const std::string& name, const std::string& expected) {
  auto attribute = object_.attributes.find(name);
  if (attribute == object_.attributes.end()) return stored(name, expected);
  unread_.erase(name);
  return attribute->second;
}

Value GroupReader::stored(const std::string& name,
                          const std::string& expected) {
  Object object = object_at(take_link(name, expected));
  if (!object.data) {
    fail("'" + name + "': expected " + expected + ", found a group");
  }
  return *object.data;
}

Value GroupReader::one(const std::string& name, Type type,
                       const std::string& expected) {
  Value found = value(name, expected);
  require_type(name, found, type, expected);
  if (!found.shape.empty()) {
    fail("'" + name + "': expected " + expected + ", found a list");
  }
  return found;
}

Value GroupReader::list(const std::string& name, Type type,
                        const std::string& expected) {
  Value found = value(name, expected);
  require_type(name, found, type, expected);
  if (found.shape.size() != 1) {
    fail("'" + name + "': expected " + expected + ", found " +
         std::to_string(found.shape.size()) + " axes");
  }
  return found;
}

void GroupReader::require_type(const std::string& name, const Value& value,
                               Type type, const std::string& expected) const {
  if (value.type == type) return;
  fail("'" + name + "': expected " + expected + ", found " +
       name_of(value.type));
}

}  // namespace nc::hdf5
