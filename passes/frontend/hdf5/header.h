// An HDF5 object's header, of version 1 or 2: the messages that say what the
// object is.
#pragma once

#include <optional>
#include <vector>

#include "passes/frontend/hdf5/file.h"

namespace nc::frontend::hdf5 {

enum class Sort : uint16_t {
  shape = 0x01,
  link_info = 0x02,
  type = 0x03,
  link = 0x06,
  external = 0x07,
  layout = 0x08,
  filters = 0x0b,
  continuation = 0x10,
  symbol_table = 0x11,
};

struct Message {
  Sort sort{};
  bool is_shared = false;  // its content stands elsewhere
  Bytes body;
};

using Messages = std::vector<Message>;

Messages read_header(File& file, uint64_t address);

// The first message of a sort, if there is one. Throws Error when it is shared.
std::optional<ByteReader> find(const Messages& messages, Sort sort);
ByteReader require_message(const Messages& messages, Sort sort,
                           const char* what);

}  // namespace nc::frontend::hdf5
