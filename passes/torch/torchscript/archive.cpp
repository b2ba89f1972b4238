#include "passes/torch/torchscript/archive.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>
#include <string_view>

#include "ir/error.h"
#include "passes/frontend/zip.h"
#include "passes/torch/torchscript/nesting.h"
#include "passes/torch/torchscript/pickle_nesting.h"

namespace nc::torchscript {
namespace {

// What is compressed may not swell beyond this, all entries together.
constexpr uint64_t kMostInflated = uint64_t{1} << 30;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Entry {
  std::string name;
  std::string content;  // empty for the numbers of a tensor
};

// data/0, constants/12: the bytes of a tensor, which are not looked at.
bool is_tensor(const std::string& name) {
  size_t slash = name.rfind('/');
  return slash != std::string::npos && slash + 1 < name.size() &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(slash) + 1,
                     name.end(),
                     [](unsigned char c) { return std::isdigit(c); });
}

// Reads the whole entry, so that its check sum is checked.
std::string read_entry(zip_t* archive, uint64_t index, const std::string& name,
                       bool is_kept) {
  frontend::ZipEntry entry = frontend::open_entry(archive, index, name);
  std::string content;
  std::vector<char> part(size_t{1} << 20);
  for (;;) {
    zip_int64_t count = zip_fread(entry.get(), part.data(), part.size());
    if (count < 0) {
      throw Error("its entry '" + name + "' is damaged (" +
                  zip_file_strerror(entry.get()) + ")");
    }
    if (count == 0) return content;
    if (is_kept) content.append(part.data(), static_cast<size_t>(count));
  }
}

std::vector<Entry> read_entries(Bytes bytes) {
  frontend::Zip archive = frontend::open_zip(bytes);
  std::vector<Entry> entries;
  uint64_t inflated = 0;
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    uint64_t index = static_cast<uint64_t>(i);
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), index, 0, &stat) != 0 ||
        stat.name == nullptr) {
      throw Error("the zip archive is damaged");
    }
    bool is_stored = stat.comp_method == ZIP_CM_STORE;
    if (!is_stored) inflated += stat.size;
    if (inflated > kMostInflated || (is_stored && stat.size > bytes.size())) {
      throw Error("its entry '" + std::string(stat.name) +
                  "' claims to be too large");
    }
    Entry entry{stat.name, {}};
    entry.content =
        read_entry(archive.get(), index, entry.name, !is_tensor(entry.name));
    entries.push_back(std::move(entry));
  }
  return entries;
}

// LibTorch looks names up without regard to case, so two that differ only
// there would be one entry to it and another to us.
void require_distinct(const std::vector<Entry>& entries) {
  std::set<std::string> seen;
  for (const Entry& each : entries) {
    std::string name = each.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (!seen.insert(name).second) {
      throw Error("the zip archive holds '" + each.name + "' twice");
    }
  }
}

bool has_entry(const std::vector<Entry>& entries, std::string_view part) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& each) {
    return contains(each.name, part);
  });
}

bool any_holds(const std::vector<Entry>& entries, std::string_view part) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& each) {
    return contains(each.content, part);
  });
}

const char* const kExportModule =
    "export it in Python: import torch; model = torch.load(FILE, "
    "weights_only=False).eval(); torch.jit.trace(model, torch.zeros(1, "
    "*INPUT_SHAPE)).save('model.pt')";

[[noreturn]] void refuse_pickle(bool is_module) {
  if (is_module) {
    throw Error(std::string("this is a pickled module (torch.save(model)), "
                            "which cannot be read without running its code; ") +
                kExportModule);
  }
  throw Error(
      "this is a state_dict (torch.save(model.state_dict())): weights without "
      "a network; export it in Python: import torch; model = "
      "YourModel().eval(); model.load_state_dict(torch.load(FILE)); "
      "torch.jit.trace(model, torch.zeros(1, *INPUT_SHAPE)).save('model.pt')");
}

// A pickle that names classes other than those of tensors holds objects.
bool names_module(std::string_view pickle) {
  return contains(pickle, "torch.nn.modules") || contains(pickle, "_modules");
}

void require_kind(const std::vector<Entry>& entries) {
  if (has_entry(entries, "archive_format") ||
      has_entry(entries, "serialized_exported_program.json")) {
    throw Error("this is a torch.export file (.pt2), no TorchScript");
  }
  if (has_entry(entries, "model.json")) {
    throw Error(
        "this is TorchScript of PyTorch 1.2 or older; load and save it "
        "with torch.jit of a newer PyTorch");
  }
  bool is_torchscript =
      has_entry(entries, "constants.pkl") && has_entry(entries, "code/");
  if (is_torchscript) return;
  for (const Entry& each : entries) {
    if (each.name == "data.pkl" || each.name.ends_with("/data.pkl")) {
      refuse_pickle(names_module(each.content));
    }
  }
  throw Error(
      "this is a zip archive, but no TorchScript: it holds no "
      "constants.pkl and no code/; save the network with torch.jit");
}

// "quantized::linear_dynamic" from "ops.quantized.linear_dynamic(", or what
// the class is called.
std::string packed_operator(const std::vector<Entry>& entries) {
  constexpr std::string_view kPrefix = "ops.quantized.";
  for (const Entry& each : entries) {
    size_t at = each.content.find(kPrefix);
    if (at == std::string::npos) continue;
    at += kPrefix.size();
    size_t end = at;
    while (end < each.content.size() &&
           (std::isalnum(static_cast<unsigned char>(each.content[end])) ||
            each.content[end] == '_')) {
      ++end;
    }
    return "quantized::" + each.content.substr(at, end - at);
  }
  return "torch.classes";
}

void require_no_code_on_loading(const std::vector<Entry>& entries) {
  if (any_holds(entries, "torch.classes")) {
    throw Error("holds packed weights (" + packed_operator(entries) +
                "), which are not supported; export the network before it is "
                "quantised");
  }
  for (const Entry& each : entries) {
    if (contains(each.content, "__setstate__")) {
      throw Error("its code defines __setstate__ (" + each.name +
                  "), which loading would run; take it out and export again");
    }
  }
}

void require_shallow(const Entry& entry) {
  bool is_code = entry.name.ends_with(".py");
  bool is_pickle = !is_code && entry.content.size() > 1;
  if (is_code ? is_shallow(entry.content)
              : !is_pickle || is_shallow_pickle(entry.content)) {
    return;
  }
  throw Error("its entry '" + entry.name + "' is nested too deeply");
}

bool starts_with(Bytes bytes, std::string_view magic) {
  return text_of(bytes).substr(0, magic.size()) == magic;
}

}  // namespace

void require_torchscript(Bytes bytes) {
  constexpr std::string_view kZip("PK\x03\x04", 4);
  constexpr std::string_view kPickle("\x80\x02", 2);
  if (bytes.empty()) throw Error("the file is empty");
  if (starts_with(bytes, kPickle)) refuse_pickle(names_module(text_of(bytes)));
  if (!starts_with(bytes, kZip)) {
    throw Error(
        "this is no TorchScript file: it does not start as a zip "
        "archive does");
  }
  std::vector<Entry> entries = read_entries(bytes);
  require_distinct(entries);
  require_kind(entries);
  require_no_code_on_loading(entries);
  for (const Entry& each : entries) require_shallow(each);
}

}  // namespace nc::torchscript
