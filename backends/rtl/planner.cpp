#include "backends/rtl/planner.h"

#include <algorithm>

#include "backends/hls/names.h"
#include "backends/hls/types.h"
#include "ir/shapes.h"

namespace nc {

std::optional<RtlImage> image_of_shape(const Shape& shape) {
  if (shape.size() == 1) return RtlImage{shape[0], 1, 1};
  if (shape.size() == 2) return RtlImage{shape[0], 1, shape[1]};
  if (shape.size() == 3) return RtlImage{shape[0], shape[1], shape[2]};
  return std::nullopt;
}

std::vector<int64_t> spread(const Tensor& tensor, const Shape& shape) {
  auto count = static_cast<size_t>(element_count(shape));
  auto group = static_cast<size_t>(group_size(tensor, shape));
  std::vector<int64_t> values = tensor.to_integers();
  std::vector<int64_t> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = values[i / group];
  return all;
}

void add_to(std::vector<int64_t>& sum, const std::vector<int64_t>& more) {
  if (more.empty()) return;
  if (sum.empty()) sum.resize(more.size());
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

RtlPlanner::RtlPlanner(const Graph& graph, const RtlOptions& options,
                       const HlsGolden& golden)
    : graph_(graph),
      options_(options),
      golden_(golden),
      shapes_(infer_shapes(graph)),
      widths_(widths(graph)),
      readers_(readers(graph)),
      ids_(hls_names(graph)),
      names_({"in", "out", "clk", "rst", "argmax"}) {
  plan_.frames = golden.frames;
  values_.resize(graph.nodes.size());
}

RtlPlan RtlPlanner::run() {
  for (at_ = 0; at_ < graph_.nodes.size(); ++at_) {
    std::visit([&](const auto& op) { place(op); }, node().op);
  }
  return std::move(plan_);
}

RtlImage RtlPlanner::image_of(size_t node) const {
  std::optional<RtlImage> image = image_of_shape(shape_of(node));
  if (!image) refuse("values of more than 3 axes have no RTL form");
  int64_t longest = std::max(image->h, image->w);
  if (longest > kRtlLongestAxis) {
    refuse("expected an axis of at most " + std::to_string(kRtlLongestAxis) +
           " positions, found " + std::to_string(longest));
  }
  return *image;
}

size_t RtlPlanner::source(const std::string& input) const {
  if (is_feedback(input)) refuse("feedback has no RTL form");
  return index_of(graph_, input);
}

void RtlPlanner::refuse(const std::string& why) const {
  throw Error("node '" + node().name + "': " + why);
}

// Of a table or of the neurons of a layer.
void RtlPlanner::require_words(int64_t words) const {
  if (words <= kRtlMostWords) return;
  refuse("expected at most " + std::to_string(kRtlMostWords) +
         " words in a memory, found " + std::to_string(words) +
         " (a layer of fewer inputs or outputs fits; without --rtl, HLS C++ "
         "takes it as it is)");
}

// ---- Streams ---------------------------------------------------------------

std::string RtlPlanner::fresh(const std::string& name) {
  std::string unused = name;
  for (int i = 2; !names_.insert(unused).second; ++i) {
    unused = name + "_" + std::to_string(i);
  }
  return unused;
}

size_t RtlPlanner::add_stream(const RtlStream& stream) {
  plan_.streams.push_back(stream);
  RtlStream& added = plan_.streams.back();
  added.name = fresh(stream.name);
  if (added.bits == 0) added.bits = token_bits(added.image, added.value);
  return plan_.streams.size() - 1;
}

void RtlPlanner::reads(RtlInstance& instance, const std::string& port,
                       size_t from) {
  RtlStream& s = stream(from);
  std::string reader = fresh(s.name + "_to_" + instance.name);
  s.readers.push_back(reader);
  instance.ports.emplace_back(port + "_valid", reader + "_valid");
  instance.ports.emplace_back(port + "_ready", reader + "_ready");
  instance.ports.emplace_back(port + "_data", s.name + "_data");
}

void RtlPlanner::writes(RtlInstance& instance, const std::string& port,
                        size_t to) {
  const std::string& name = stream(to).name;
  for (const char* part : {"_valid", "_ready", "_data"}) {
    instance.ports.emplace_back(port + part, name + part);
  }
}

RtlInstance RtlPlanner::instance_of(const std::string& module,
                                    const std::string& name) {
  RtlInstance instance;
  instance.module = module;
  instance.name = fresh(name);
  instance.node = node().name;
  return instance;
}

// Takes the table into the plan; returns its file as a Verilog string.
std::string RtlPlanner::table(RtlInstance& instance, RtlTable table) {
  table.fill();
  instance.memories.push_back({table.file, table.size(), table.bits});
  std::string file = "\"" + table.file + "\"";
  plan_.tables.push_back(std::move(table));
  return file;
}

// The token of a stream with its value written another way.
std::string RtlPlanner::token_as(size_t from, const RtlValue& value) {
  const RtlStream& s = stream(from);
  std::string data = s.name + "_data";
  if (s.value == value) return data;
  int64_t place = s.bits - 1 - s.value.bits;  // bits below the value
  auto bits = [&](int64_t high, int64_t low) {
    return data + "[" + std::to_string(high) + ":" + std::to_string(low) + "]";
  };
  bool has_sign =
      s.value.kind == RtlValue::sign || s.value.kind == RtlValue::number;
  std::string top = data + "[" + std::to_string(s.bits - 2) + "]";
  std::string more = std::to_string(value.bits - s.value.bits);
  std::string extended = "{" + more + "{" + (has_sign ? top : "1'b0") + "}}, ";
  return "{" + data + "[" + std::to_string(s.bits - 1) + "], " + extended +
         bits(s.bits - 2, place) + ", " + bits(place - 1, 0) + "}";
}

namespace {

// A form in which both can be written.
RtlValue common(const RtlValue& a, const RtlValue& b) {
  if (a == b) return a;
  auto signed_bits = [](const RtlValue& v) {
    bool has_sign = v.kind == RtlValue::sign || v.kind == RtlValue::number;
    return has_sign ? v.bits : v.bits + 1;
  };
  return {RtlValue::number, std::max(signed_bits(a), signed_bits(b))};
}

}  // namespace

size_t RtlPlanner::merged(std::vector<size_t> streams,
                          const std::string& name) {
  if (streams.size() == 1) return streams[0];
  RtlStream result = stream(streams[0]);
  result.name = name;
  result.bits = 0;
  result.readers.clear();
  result.events = 0;
  for (size_t each : streams) {
    result.value = common(result.value, stream(each).value);
    result.events += stream(each).events;
  }
  bool are_updates = stream(streams[0]).image.size() == 0;
  if (are_updates) result.bits = stream(streams[0]).bits;
  size_t to = add_stream(result);
  RtlInstance merge = instance_of("snn_merge", stream(to).name + "_merge");
  merge.parameters = {{"STREAMS", std::to_string(streams.size())},
                      {"WIDTH", std::to_string(stream(to).bits)}};
  std::string valid, ready, data;
  for (size_t each : streams) {  // the first one lowest
    std::string reader = fresh(stream(each).name + "_to_" + merge.name);
    stream(each).readers.push_back(reader);
    std::string token = are_updates ? stream(each).name + "_data"
                                    : token_as(each, stream(to).value);
    std::string comma = valid.empty() ? "" : ", ";
    valid = reader + "_valid" + comma + valid;
    ready = reader + "_ready" + comma + ready;
    data = token + comma + data;
  }
  merge.ports = {{"in_valid", "{" + valid + "}"},
                 {"in_ready", "{" + ready + "}"},
                 {"in_data", "{" + data + "}"}};
  merge.luts = static_cast<double>(stream(to).bits * 2);
  writes(merge, "out", to);
  plan_.instances.push_back(merge);
  return to;
}

// Tokens that the next layer has no time for wait here, so that this one can
// go on: a step of them, if that is not too much.
size_t RtlPlanner::buffered(size_t from) {
  RtlStream result = stream(from);
  result.name += "_queue";
  result.readers.clear();
  size_t to = add_stream(result);
  int64_t depth_bits =
      std::clamp<int64_t>(unsigned_bits(result.image.size()), 2, 8);
  RtlInstance fifo = instance_of("snn_fifo", stream(to).name + "_fifo");
  fifo.parameters = {{"WIDTH", std::to_string(result.bits)},
                     {"DEPTH_BITS", std::to_string(depth_bits)}};
  fifo.memories.push_back({fifo.name, int64_t{1} << depth_bits, result.bits});
  fifo.luts = static_cast<double>(4 * depth_bits + 8);
  reads(fifo, "in", from);
  writes(fifo, "out", to);
  plan_.instances.push_back(fifo);
  return to;
}

size_t RtlPlanner::flattened(size_t from) {
  RtlStream before = stream(from);
  RtlStream result = before;
  result.name += "_flat";
  result.readers.clear();
  result.bits = 0;
  result.image = {before.image.size(), 1, 1};
  size_t to = add_stream(result);
  RtlInstance flat = instance_of("snn_flatten", stream(to).name + "_map");
  flat.parameters = {
      {"VALUE_BITS", std::to_string(result.value.bits)},
      {"C_BITS", std::to_string(before.image.c_bits())},
      {"Y_BITS", std::to_string(before.image.y_bits())},
      {"X_BITS", std::to_string(before.image.x_bits())},
      {"OUT_C_BITS", std::to_string(result.image.c_bits())},
      {"C_INDEX", std::to_string(before.image.h * before.image.w)},
      {"Y_INDEX", std::to_string(before.image.w)}};
  flat.luts = static_cast<double>(3 * result.image.c_bits());
  reads(flat, "in", from);
  writes(flat, "out", to);
  plan_.instances.push_back(flat);
  return to;
}

size_t RtlPlanner::as_image(size_t from, const RtlImage& wanted) {
  return stream(from).image == wanted ? from : flattened(from);
}

// ---- What a node reads -----------------------------------------------------

RtlPlanner::Value RtlPlanner::sum_of_inputs(const Node& reader,
                                            const std::string& name) {
  std::vector<size_t> fixed;
  std::vector<size_t> changing;
  Value sum;
  for (const std::string& input : reader.inputs) {
    const Value& each = values_[source(input)];
    if (each.fixed) fixed.push_back(*each.fixed);
    if (each.changing) changing.push_back(*each.changing);
    add_to(sum.constants, each.constants);
    sum.image = each.image;
  }
  auto join = [&](std::vector<size_t>& streams, const char* word) -> Index {
    if (streams.empty()) return std::nullopt;
    bool differ = std::any_of(streams.begin(), streams.end(), [&](size_t each) {
      return !(stream(each).image == stream(streams[0]).image);
    });
    for (size_t& each : streams) {
      if (differ) each = as_image(each, sum.image);
    }
    return merged(streams, name + word);
  };
  sum.fixed = join(fixed, "_fixed_sum");
  sum.changing = join(changing, "_sum");
  return sum;
}

RtlPlanner::Value RtlPlanner::arriving() {
  return sum_of_inputs(node(), ids_[at_]);
}

// ---- Input -----------------------------------------------------------------

void RtlPlanner::place(const Input& op) {
  RtlStream input;
  input.name = ids_[at_] + "_frame";
  input.image = image();
  bool is_binary = op.low >= 0 && op.high <= 1;
  int64_t most = std::max(std::abs(op.low), std::abs(op.high));
  if (is_binary) {
    input.value = {RtlValue::one, 1};
  } else if (op.low >= 0) {
    input.value = {RtlValue::natural, unsigned_bits(most)};
  } else {
    int64_t bits = bits_for({op.low, op.high});
    input.value = {RtlValue::number, std::max<int64_t>(bits, 2)};
  }
  input.is_fixed = plan_.frames == 1;
  int64_t frames = golden_.samples * plan_.frames;
  auto silent = std::count(golden_.input.begin(), golden_.input.end(), 0);
  input.events = static_cast<double>(input.image.size());
  if (frames > 0) {
    input.events = static_cast<double>(
                       static_cast<int64_t>(golden_.input.size()) - silent) /
                   static_cast<double>(frames);
  }
  size_t index = add_stream(input);
  plan_.input = stream(index);
  value().image = input.image;
  (input.is_fixed ? value().fixed : value().changing) = index;
}

RtlPlan plan_rtl(const Graph& graph, const RtlOptions& options,
                 const HlsGolden& golden) {
  return RtlPlanner(graph, options, golden).run();
}

}  // namespace nc
