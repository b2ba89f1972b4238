#include "runtime/events/chips.h"

#include <array>
#include <cctype>

namespace nc {
namespace {

struct NamedChip {
  const char* name;
  Chip chip;
};

constexpr std::array<NamedChip, 7> kChips = {{
    {"dvs128", {false, {128, 128}}},
    {"davis128", {true, {128, 128}}},
    {"davis208", {true, {208, 192}}},
    {"davis240", {true, {240, 180}}},
    {"davis346", {true, {346, 260}}},
    {"davis640", {true, {640, 480}}},
    {"davishet640", {true, {640, 480}}},
}};

std::string lower(std::string text) {
  for (char& each : text) {
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  }
  return text;
}

}  // namespace

std::optional<Chip> chip_named(const std::string& text) {
  std::string name = lower(text);
  for (const NamedChip& each : kChips) {
    if (name.find(each.name) != std::string::npos) return each.chip;
  }
  return std::nullopt;
}

}  // namespace nc
