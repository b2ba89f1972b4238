// The streams that an AEDAT 4 file holds. Its header describes them in XML:
// a tree of <node name="..."> with <attr key="...">value</attr>.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/events/event.h"

namespace nc {

// Every attribute's value by its path, as in "outInfo/0/info/sizeX". What is
// not a node or an attribute is passed over. Throws Error for XML that does
// not close what it opens.
std::map<std::string, std::string> parse_info_node(const std::string& xml);

struct EventStream {
  int64_t id = 0;
  SensorSize sensor;  // 0 x 0 when the file does not tell
};

// The streams of polarity events ("EVTS") in the attributes.
std::vector<EventStream> event_streams(
    const std::map<std::string, std::string>& attributes);

}  // namespace nc
