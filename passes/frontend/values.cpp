#include "passes/frontend/values.h"

namespace nc::frontend {
namespace {

constexpr int kDeepestNesting = 64;

void collect(const Item& item, int depth, Leaves& leaves) {
  if (depth > kDeepestNesting) return;
  if (const auto* symbol = std::get_if<Symbol>(&item)) {
    leaves.symbols.push_back(*symbol);
  } else if (const auto* unknown = std::get_if<Unknown>(&item)) {
    leaves.unknowns.push_back(*unknown);
  } else if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    for (const Item& each : (*list)->items) collect(each, depth + 1, leaves);
  } else if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&item)) {
    for (const Item& each : (*tuple)->items) collect(each, depth + 1, leaves);
  } else if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&item)) {
    for (const auto& each : (*dict)->items) {
      collect(each.second, depth + 1, leaves);
    }
  }
}

}  // namespace

Item make_list(std::vector<Item> items) {
  return std::make_shared<List>(List{std::move(items)});
}

Item make_tuple(std::vector<Item> items) {
  return std::make_shared<Tuple>(Tuple{std::move(items)});
}

Leaves leaves_of(const std::vector<Item>& items) {
  Leaves leaves;
  for (const Item& each : items) collect(each, 0, leaves);
  return leaves;
}

}  // namespace nc::frontend
