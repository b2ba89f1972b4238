#include "passes/frontend/pt2/program.h"

#include "ir/error.h"
#include "passes/frontend/pt2/archive.h"
#include "passes/frontend/pt2/layout.h"
#include "passes/frontend/pt2/pickle.h"

namespace nc::frontend::pt2 {
namespace {

constexpr int64_t kSchema = 8;

bool is_between(const std::string& text, const std::string& start,
                const std::string& end) {
  return text.size() > start.size() + end.size() && text.starts_with(start) &&
         text.ends_with(end);
}

// The entry that holds the graph, and the name that its weights go by.
struct Model {
  std::string entry;
  std::string name;
};

Model find_model(const Archive& archive) {
  const std::string oldest = "serialized_exported_program.json";
  if (archive.has(oldest)) return {oldest, ""};
  Model found;
  const std::string folder = "models/";
  const std::string ending = ".json";
  for (const std::string& each : archive.names()) {
    if (!is_between(each, folder, ending)) continue;
    if (!found.entry.empty()) {
      throw Error("holds several models ('" + found.entry + "' and '" + each +
                  "'); save the one that is meant with torch.export.save");
    }
    found.entry = each;
    found.name =
        each.substr(folder.size(), each.size() - folder.size() - ending.size());
  }
  if (!found.entry.empty()) return found;
  throw Error(
      "holds no graph (models/NAME.json): it has compiled code only; save the "
      "network with torch.export.save");
}

void require_version(const json& program) {
  const json& version = field(program, "schema_version");
  int64_t major = whole_number(field(version, "major"));
  if (major == kSchema) return;
  throw Error("expected a torch.export schema of version " +
              std::to_string(kSchema) + ", found " + std::to_string(major) +
              "; export it with another version of PyTorch");
}

void require_little_endian(const Archive& archive) {
  if (!archive.has("byteorder")) return;
  if (archive.read_text("byteorder").starts_with("little")) return;
  throw Error("its weights are in big-endian order, which is not supported");
}

Layout layout_of(const json& meta) {
  constexpr int64_t kStrided = 7;
  Layout layout;
  layout.type = whole_number(field(meta, "dtype"));
  layout.sizes = numbers_of(array_field(meta, "sizes"));
  layout.strides = numbers_of(array_field(meta, "strides"));
  layout.offset = size_of(field(meta, "storage_offset")).value.value_or(-1);
  // No type of numbers: refused when somebody reads it.
  if (whole_number(field(meta, "layout")) != kStrided) layout.type = 0;
  return layout;
}

// {"config": {"conv.weight": {"path_name": "weight_0", ...}}}
void read_config(const Archive& archive, const std::string& folder,
                 const std::string& entry, Storages& storages,
                 Program& program) {
  json config = parse_json(archive.read_text(entry), entry);
  for (const auto& [name, payload] : field(config, "config").items()) {
    std::string path = folder + text_field(payload, "path_name");
    auto pickled = payload.find("use_pickle");
    bool is_pickled = pickled != payload.end() && *pickled == true;
    bool is_tensor =
        payload.contains("tensor_meta") && payload["tensor_meta"].is_object();
    if (is_pickled && is_tensor) {
      throw Error("the weight '" + name +
                  "' is a tensor of a class of its own (use_pickle), which "
                  "cannot be read without running its code");
    }
    if (!is_tensor) continue;  // an object of a custom class
    program.tensors[name] =
        storages.tensor(name, path, layout_of(payload["tensor_meta"]),
                        [&] { return archive.read(path); });
  }
}

// torch.save({"conv.weight": tensor, ...})
void read_saved(const Archive& archive, const std::string& entry,
                Program& program) {
  std::vector<std::byte> bytes = archive.read(entry);
  for (auto& [name, tensor] : read_saved_tensors(bytes, entry)) {
    program.tensors[name] = tensor;
  }
}

void read_tensors(const Archive& archive, const std::string& model,
                  Program& program) {
  Storages storages;
  for (const char* kind : {"weights", "constants"}) {
    std::string folder = std::string("data/") + kind + "/";
    std::string config = folder + model + "_" + kind + "_config.json";
    std::string saved = folder + model + ".pt";
    if (archive.has(config)) {
      read_config(archive, folder, config, storages, program);
    } else if (archive.has(saved)) {
      read_saved(archive, saved, program);
    }
  }
  for (const char* entry :
       {"serialized_state_dict.pt", "serialized_constants.pt"}) {
    bool has_content =
        model.empty() && archive.has(entry) && !archive.read(entry).empty();
    if (has_content) read_saved(archive, entry, program);
  }
}

}  // namespace

Program read_program(Bytes bytes) {
  Archive archive(bytes);
  require_little_endian(archive);
  Model model = find_model(archive);
  json whole = parse_json(archive.read_text(model.entry), model.entry);
  require_version(whole);
  Program program;
  field(whole, "graph_module");  // is there
  program.module = std::move(whole["graph_module"]);
  read_tensors(archive, model.name, program);
  return program;
}

}  // namespace nc::frontend::pt2
