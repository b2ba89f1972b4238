#include "backends/nir/tree.h"

#include <algorithm>
#include <cassert>

namespace nc::nir {

const Entry* Group::find(const std::string& name) const {
  auto found =
      std::find_if(entries_.begin(), entries_.end(),
                   [&](const Entry& entry) { return entry.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

Array& Group::array(const std::string& name) {
  const Entry* entry = find(name);
  assert(entry && std::holds_alternative<Array>(entry->value));
  return std::get<Array>(const_cast<Entry*>(entry)->value);
}

}  // namespace nc::nir
