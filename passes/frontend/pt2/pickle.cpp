#include "passes/frontend/pt2/pickle.h"

#include "ir/error.h"
#include "passes/frontend/pt2/archive.h"
#include "passes/frontend/pt2/pickle_reader.h"

namespace nc::frontend::pt2 {
namespace {

SavedTensors read_archive(Bytes bytes) {
  Archive archive(bytes);
  if (archive.has("byteorder") &&
      !archive.read_text("byteorder").starts_with("little")) {
    throw Error("its numbers are in big-endian order");
  }
  Value whole = read_pickle(archive.read_text("data.pkl"));
  const auto* dict = std::get_if<Mapping>(&whole->content);
  if (dict == nullptr) throw Error("expected a dict of tensors");
  Storages storages;
  SavedTensors tensors;
  for (const auto& [key, value] : dict->items) {
    const auto* name = std::get_if<std::string>(&key->content);
    const auto* tensor = std::get_if<SavedTensor>(&value->content);
    if (name == nullptr || tensor == nullptr) {
      throw Error("expected a dict of tensors");
    }
    std::string entry = "data/" + tensor->key;
    tensors.emplace_back(*name,
                         storages.tensor(*name, entry, tensor->layout,
                                         [&] { return archive.read(entry); }));
  }
  return tensors;
}

}  // namespace

SavedTensors read_saved_tensors(Bytes bytes, const std::string& entry) {
  try {
    return read_archive(bytes);
  } catch (const Error& error) {
    throw error.in(entry);
  }
}

}  // namespace nc::frontend::pt2
