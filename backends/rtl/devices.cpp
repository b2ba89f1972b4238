#include "backends/rtl/devices.h"

#include <algorithm>
#include <cmath>

namespace nc {
namespace {

// Tables and memories below this become logic.
constexpr int64_t kLeastTableBits = 512;
constexpr int64_t kLeastMemoryBits = 128;
constexpr int64_t kMostLutWords = 64;  // where LUTs can be memories
// Of a block, where words of tables lie across blocks, whatever their shape.
constexpr int64_t kPackingPercent = 107;
// Measured: what is estimated instance by instance becomes more, and words that
// lie in many blocks are chosen from.
constexpr double kLutsForEach = 1.3;
constexpr int64_t kLutsOfBlock = 20;

const std::vector<RtlBlockShape> kIce40Shapes = {
    {256, 16}, {512, 8}, {1024, 4}, {2048, 2}};
const std::vector<RtlBlockShape> kEcp5Shapes = {
    {512, 36}, {1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}, {16384, 1}};

int64_t divided(int64_t all, int64_t each) { return (all + each - 1) / each; }

int64_t blocks_of(const RtlMemory& memory, const RtlDevice& device) {
  bool is_table = memory.name.starts_with("weights/");
  int64_t bits = memory.words * memory.bits;
  if (bits < (is_table ? kLeastTableBits : kLeastMemoryBits)) return 0;
  if (device.has_lut_ram && !is_table && memory.words <= kMostLutWords) {
    return 0;
  }
  int64_t fewest = 0;
  for (const RtlBlockShape& shape : device.shapes) {
    int64_t blocks =
        divided(memory.words, shape.words) * divided(memory.bits, shape.bits);
    fewest = fewest == 0 ? blocks : std::min(fewest, blocks);
  }
  if (!is_table || !device.packs_tables) return fewest;
  int64_t block = device.shapes[0].words * device.shapes[0].bits;
  return std::min(fewest, divided(bits * kPackingPercent, 100 * block));
}

int64_t weight_bits_of(const RtlInstance& instance) {
  for (const auto& [name, value] : instance.parameters) {
    if (name == "WEIGHT_BITS") return std::stoll(value);
  }
  return 0;
}

RtlMemory narrowed(const RtlInstance& instance, RtlMemory memory,
                   int64_t weight_bits) {
  int64_t bits = weight_bits_of(instance);
  bool is_weights =
      memory.name == "weights/" + instance.name + ".hex" && bits > 0;
  if (!is_weights || weight_bits == 0 || weight_bits >= bits) return memory;
  memory.bits = memory.bits / bits * weight_bits;
  return memory;
}

}  // namespace

std::span<const RtlDevice> rtl_devices() {
  static const std::vector<RtlDevice> devices = {
      {"up5k", "iCE40 UP5K", 5280, 30, "block RAMs of 4 kbit", kIce40Shapes,
       false, false},
      {"hx8k", "iCE40 HX8K", 7680, 32, "block RAMs of 4 kbit", kIce40Shapes,
       false, false},
      {"ecp5-25f", "ECP5-25F", 24288, 56, "block RAMs of 18 kbit", kEcp5Shapes,
       true, true},
      {"ecp5-85f", "ECP5-85F", 83640, 208, "block RAMs of 18 kbit", kEcp5Shapes,
       true, true}};
  return devices;
}

const RtlDevice* find_rtl_device(const std::string& name) {
  for (const RtlDevice& each : rtl_devices()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

RtlNeeds rtl_needs(const RtlPlan& plan, const RtlDevice& device,
                   int64_t weight_bits) {
  RtlNeeds needs;
  double luts = 0;
  for (const RtlInstance& instance : plan.instances) {
    luts += instance.luts;
    for (const RtlMemory& memory : instance.memories) {
      int64_t blocks =
          blocks_of(narrowed(instance, memory, weight_bits), device);
      needs.blocks += blocks;
      if (blocks <= needs.largest_blocks) continue;
      needs.largest_blocks = blocks;
      needs.largest = memory.name;
    }
  }
  needs.luts = static_cast<int64_t>(std::ceil(kLutsForEach * luts)) +
               kLutsOfBlock * needs.blocks;
  return needs;
}

namespace {

std::string amount(int64_t needs, int64_t has, const std::string& what) {
  return "needs " + std::to_string(needs) + " " + what + ", has " +
         std::to_string(has);
}

// Fewer bits on this device, and other devices.
std::string remedies(const RtlPlan& plan, const RtlDevice& device) {
  std::string text;
  for (int64_t bits : {6, 4, 3, 2}) {
    if (!rtl_needs(plan, device, bits).fit(device)) continue;
    text = "weights of " + std::to_string(bits) + " bits (nc-spike --bits " +
           std::to_string(bits) + ") would fit";
    break;
  }
  std::string others;
  for (const RtlDevice& each : rtl_devices()) {
    if (!rtl_needs(plan, each).fit(each)) continue;
    others += (others.empty() ? "" : " or ") + std::string(each.name);
  }
  if (!others.empty()) {
    text +=
        (text.empty() ? "" : "; ") + std::string("it fits --device ") + others;
  }
  return text.empty() ? "no fewer bits and no other device would do" : text;
}

}  // namespace

std::string rtl_misfit(const RtlPlan& plan, const RtlDevice& device) {
  RtlNeeds needs = rtl_needs(plan, device);
  if (needs.fit(device)) return "";
  std::string text = std::string(device.title) + ": ";
  if (needs.blocks > device.blocks) {
    text += amount(needs.blocks, device.blocks, device.block) + " (" +
            std::to_string(needs.largest_blocks) + " of them for " +
            needs.largest + ")";
  }
  if (needs.luts > device.luts) {
    bool is_more = needs.blocks > device.blocks;
    text += (is_more ? ", and " : "") +
            amount(needs.luts, device.luts, "LUTs (estimated)");
  }
  return text + "; " + remedies(plan, device);
}

}  // namespace nc
