// Tells an ONNX file from others by the fields of its outermost message.
#include <fstream>
#include <optional>

#include "passes/onnx.h"

namespace nc {
namespace {

// The fields of a ModelProto, by their numbers in onnx.proto.
constexpr uint64_t kIrVersion = 1;
constexpr uint64_t kModelVersion = 5;
constexpr uint64_t kGraph = 7;
constexpr uint64_t kHighestField = 64;

// How protobuf writes a field: a number, or a length and as many bytes.
enum Wire : uint64_t { kNumber = 0, kBytes = 2 };

// A number of up to 64 bits, seven per byte, the lowest first.
std::optional<uint64_t> read_number(std::istream& file) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    int byte = file.get();
    if (byte < 0) return {};
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return {};
}

bool is_number(uint64_t field) {
  return field == kIrVersion || field == kModelVersion;
}

// What has been seen of a file.
struct Seen {
  bool version = false;
  bool graph = false;
};

// One field; false when it is none of a model.
bool read_field(std::istream& file, uint64_t size, Seen& seen) {
  auto tag = read_number(file);
  if (!tag) return false;
  uint64_t field = *tag >> 3;
  uint64_t wire = *tag & 7;
  bool fits = field >= 1 && field <= kHighestField &&
              wire == (is_number(field) ? kNumber : kBytes);
  auto value = read_number(file);
  if (!fits || !value) return false;
  seen.version = seen.version || field == kIrVersion;
  seen.graph = seen.graph || field == kGraph;
  if (wire == kNumber) return true;
  uint64_t at = static_cast<uint64_t>(file.tellg());
  if (*value > size - at) return false;
  file.seekg(static_cast<std::streamoff>(at + *value));
  return true;
}

}  // namespace

bool is_onnx(const std::string& path) {
  constexpr int kMostFields = 4096;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return false;
  std::streamoff end = file.tellg();
  file.seekg(0);
  Seen seen;
  for (int i = 0; i < kMostFields && file && file.tellg() < end; ++i) {
    if (!read_field(file, static_cast<uint64_t>(end), seen)) return false;
  }
  return seen.version && seen.graph;
}

}  // namespace nc
