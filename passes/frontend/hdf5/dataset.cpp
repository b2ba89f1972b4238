#include "passes/frontend/hdf5/dataset.h"

#include "passes/frontend/hdf5/chunks.h"

namespace nc::frontend::hdf5 {
namespace {

constexpr uint64_t kMaxRank = 8;

Shape read_shape(ByteReader reader) {
  uint64_t version = reader.number(1);
  require(version == 1 || version == 2, "unknown version of a shape");
  uint64_t rank = reader.number(1);
  require(rank <= kMaxRank, "expected a shape of at most 8 axes");
  reader.take(1);  // flags
  constexpr uint64_t kNull = 2;
  uint64_t sort = reader.number(version == 1 ? 5 : 1);
  if (version == 2 && sort == kNull) return {0};
  Shape shape;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    uint64_t size = reader.number(8);
    require(size <= static_cast<uint64_t>(kMaxElements), "too large a shape");
    shape.push_back(static_cast<int64_t>(size));
  }
  return shape;
}

bool has_texts(const Type& type) {
  return type.sort == Type::Sort::text || type.sort == Type::Sort::text_in_heap;
}

}  // namespace

bool is_dataset(const Messages& messages) {
  return find(messages, Sort::layout).has_value();
}

Dataset DatasetReader::read(const Messages& messages) {
  if (find(messages, Sort::external)) {
    throw Error("expected values in this file, found them in others");
  }
  Dataset data;
  data.type = read_type(require_message(messages, Sort::type, "a type"));
  data.shape = read_shape(require_message(messages, Sort::shape, "a shape"));
  if (data.type.sort == Type::Sort::other) return data;
  require(data.type.size > 0 && data.type.size <= kMaxText,
          "elements of an odd size");
  std::vector<std::byte> bytes =
      read_elements(file_, messages, data.shape, data.type.size);
  if (has_texts(data.type)) {
    data.texts = texts_of(data.type, bytes);
  } else {
    data.numbers = numbers_of(data.type, bytes);
  }
  return data;
}

std::vector<std::string> DatasetReader::texts_of(const Type& type,
                                                 Bytes elements) {
  std::vector<std::string> texts;
  for (size_t at = 0; at < elements.size(); at += type.size) {
    Bytes element = elements.subspan(at, type.size);
    texts.push_back(type.sort == Type::Sort::text
                        ? padded_text(element)
                        : text_in_heap(ByteReader(element)));
  }
  return texts;
}

std::string DatasetReader::text_in_heap(ByteReader element) {
  uint64_t size = element.number(4);
  uint64_t address = element.number(8);
  uint64_t index = element.number(4);
  if (size == 0) return "";
  require(size <= kMaxText, "a text of more than 64 KB");
  require(size <= texts_left_, "texts that overlap");
  texts_left_ -= size;
  const Collection& collection = collection_at(address);
  auto found = collection.find(index);
  require(found != collection.end(), "a text that is not in its heap");
  require(size <= found->second.size(), "a text that is cut off");
  return padded_text(found->second.first(size));
}

const DatasetReader::Collection& DatasetReader::collection_at(
    uint64_t address) {
  auto [found, is_new] = collections_.try_emplace(address);
  if (!is_new) return found->second;
  constexpr uint64_t kHead = 16;
  ByteReader head = file_.reader(address, kHead);
  require(head.text(4) == "GCOL", "expected a heap of texts");
  head.take(4);
  uint64_t size = head.number(8);
  require(size >= kHead, "a heap of texts is too short");
  ByteReader objects = file_.reader(address + kHead, size - kHead);
  while (objects.size() >= kHead) {
    uint64_t index = objects.number(2);
    objects.take(6);
    uint64_t length = objects.number(8);
    if (index == 0) break;  // what is free, up to the end
    found->second[index] = objects.take(length);
    objects.take(std::min<uint64_t>((8 - length % 8) % 8, objects.size()));
  }
  return found->second;
}

}  // namespace nc::frontend::hdf5
