#include "passes/frontend/builder.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "ir/shapes.h"

namespace nc::frontend {
namespace {

// More inputs than this are added up by a node of their own.
constexpr size_t kLongestSum = 8;

bool is_identity(const Shape& order) {
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<int64_t>(i)) return false;
  }
  return true;
}

bool is_reshape(const Op& op) {
  return std::holds_alternative<Reshape>(op) ||
         std::holds_alternative<Flatten>(op);
}

bool is_whole(const Slice& slice, const Shape& shape) {
  return slice.start == 0 && slice.step == 1 &&
         slice.stop == shape[static_cast<size_t>(slice.axis)];
}

// The permutation `second` after `first`, as one.
Permute composed(const Permute& first, const Permute& second) {
  Permute both;
  for (int64_t axis : second.order) {
    both.order.push_back(first.order[static_cast<size_t>(axis)]);
  }
  return both;
}

std::string sanitized(std::string name) {
  for (char& each : name) {
    bool is_plain = std::isalnum(static_cast<unsigned char>(each)) ||
                    each == '_' || each == '.' || each == '-';
    if (!is_plain) each = '_';
  }
  return name;
}

bool starts_like_a_name(const std::string& name) {
  return !name.empty() &&
         (std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_');
}

}  // namespace

GraphBuilder::GraphBuilder(const std::string& input_name,
                           const Shape& input_shape) {
  std::string name = sanitized(input_name);
  insert(starts_like_a_name(name) ? name : "in", Input{input_shape}, {});
}

void GraphBuilder::begin(const Source& source) {
  source_ = source;
  Row row;
  row.conversion.op = source.op;
  row.conversion.origin =
      source.parameter.empty() ? source.path : source.parameter;
  rows_.push_back(row);
}

void GraphBuilder::approximate(const std::string& reason) {
  Conversion& row = rows_.back().conversion;
  row.verdict = Conversion::Verdict::approximate;
  row.reason = reason;
}

void GraphBuilder::ann_only(const std::string& reason) {
  Conversion& row = rows_.back().conversion;
  row.verdict = Conversion::Verdict::ann_only;
  row.reason = reason;
}

void GraphBuilder::omit_row() { rows_.back().is_omitted = true; }

std::string GraphBuilder::refuse(const std::string& reason,
                                 const Content& inputs, const Shape& shape) {
  Row& row = rows_.back();
  row.conversion.verdict = Conversion::Verdict::refused;
  row.conversion.reason = reason;
  row.is_omitted = false;
  row.stand_in = insert_stand_in(inputs, shape);
  return row.stand_in;
}

void GraphBuilder::refuse_always(const std::string& reason) {
  Row& row = rows_.back();
  row.conversion.verdict = Conversion::Verdict::refused;
  row.conversion.reason = reason;
  row.is_omitted = false;
  row.is_always = true;
}

std::string GraphBuilder::add_unknown(const Content& inputs,
                                      const Shape& shape) {
  return insert_stand_in(inputs, shape);
}

std::string GraphBuilder::add_softmax(const Content& inputs) {
  std::string name = refuse(
      "softmax inside a network has no spiking form; only a softmax at "
      "the end can be dropped",
      inputs, shape_of(inputs));
  softmaxes_[name] = rows_.size() - 1;
  return name;
}

std::string GraphBuilder::add(const Op& op, const Content& inputs) {
  return insert(main_name(kind_of(op)), op, inputs);
}

std::string GraphBuilder::add_helper(const Op& op, const Content& inputs) {
  return insert(helper_name(kind_of(op)), op, inputs);
}

Content GraphBuilder::rearranged(const Op& op, const Content& inputs) {
  const Node* before = inputs.size() == 1 ? &node(inputs[0]) : nullptr;
  if (const auto* permute = std::get_if<Permute>(&op)) {
    if (is_identity(permute->order)) return inputs;
    if (before != nullptr && std::holds_alternative<Permute>(before->op)) {
      Permute both = composed(std::get<Permute>(before->op), *permute);
      return rearranged(both, Content(before->inputs));
    }
  }
  if (is_reshape(op)) {
    if (output_shape(op, {shape_of(inputs)}) == shape_of(inputs)) return inputs;
    if (before != nullptr && is_reshape(before->op)) {
      return rearranged(op, Content(before->inputs));
    }
  }
  const auto* slice = std::get_if<Slice>(&op);
  if (slice != nullptr && is_whole(*slice, shape_of(inputs))) return inputs;
  return {add_helper(op, inputs)};
}

std::string GraphBuilder::single(const Content& content) {
  if (content.size() == 1) return content[0];
  return add_helper(Scale{float_tensor({1}, {1}), {}}, content);
}

Content GraphBuilder::sum(Content a, const Content& b) {
  a.insert(a.end(), b.begin(), b.end());
  if (a.size() > kLongestSum) return {single(a)};
  return a;
}

const Node& GraphBuilder::node(const std::string& name) const {
  return nodes_[index_.at(name)];
}

const Shape& GraphBuilder::shape_of(const std::string& node) const {
  return shapes_.at(node);
}

const Shape& GraphBuilder::shape_of(const Content& content) const {
  return shapes_.at(content.front());
}

void GraphBuilder::remark(const std::string& text) {
  if (std::count(remarks_.begin(), remarks_.end(), text) == 0) {
    remarks_.push_back(text);
  }
}

Imported GraphBuilder::finish(const std::string& name, Content output) {
  output = without_softmax(std::move(output));
  std::set<std::string> needed = needed_by(output);
  bool is_refused = settle_verdicts(needed);
  Imported result;
  for (const Row& row : rows_) {
    if (!row.is_omitted) result.table.push_back(row.conversion);
  }
  result.remarks = remarks_;
  if (is_refused) return result;
  result.graph.name = name;
  for (const Node& each : nodes_) {
    if (needed.count(each.name)) result.graph.nodes.push_back(each);
  }
  result.graph.nodes.push_back({unused("out"), Output{}, output, {}});
  return result;
}

std::string GraphBuilder::insert(const std::string& name, const Op& op,
                                 const Content& inputs) {
  std::vector<Shape> shapes;
  for (const std::string& each : inputs) shapes.push_back(shape_of(each));
  Shape shape = output_shape(op, shapes);
  Node node;
  node.name = unused(name);
  node.op = op;
  node.inputs = inputs;
  if (!rows_.empty() && !rows_.back().conversion.origin.empty()) {
    node.origin.push_back(rows_.back().conversion.origin);
  }
  index_[node.name] = nodes_.size();
  shapes_[node.name] = shape;
  nodes_.push_back(node);
  if (!rows_.empty()) rows_.back().node = node.name;
  return node.name;
}

std::string GraphBuilder::insert_stand_in(const Content& inputs,
                                          const Shape& shape) {
  Node node;
  node.name = unused("refused");
  node.inputs = inputs;
  index_[node.name] = nodes_.size();
  shapes_[node.name] = shape;
  nodes_.push_back(node);
  return node.name;
}

// "layer1.0.conv1" where a module stands for the operator, else its module
// and kind, numbered: "layer1.0.relu2", "relu2".
std::string GraphBuilder::main_name(const std::string& kind) const {
  std::string path = sanitized(source_.parameter);
  if (path.empty() && source_.is_leaf) path = sanitized(source_.path);
  if (path.empty()) return helper_name(kind);
  return starts_like_a_name(path) ? path : kind + "_" + path;
}

std::string GraphBuilder::helper_name(const std::string& kind) const {
  std::string path =
      sanitized(source_.parameter.empty() ? source_.path : source_.parameter);
  if (path.empty()) return kind + "#";
  if (!starts_like_a_name(path)) return kind + "_" + path;
  return path + "." + kind + (source_.is_leaf ? "" : "#");
}

// `wanted` if it is free; a "#" at its end asks for a number in any case.
std::string GraphBuilder::unused(const std::string& wanted) {
  if (wanted.back() == '#') {
    return numbered(wanted.substr(0, wanted.size() - 1));
  }
  if (index_.count(wanted) == 0) return wanted;
  int& counter = counters_[wanted + "_"];
  counter = std::max(counter, 1);  // `wanted` itself was the first
  return numbered(wanted + "_");
}

std::string GraphBuilder::numbered(const std::string& stem) {
  int& counter = counters_[stem];
  std::string name;
  do {
    name = stem + std::to_string(++counter);
  } while (index_.count(name));
  return name;
}

Content GraphBuilder::without_softmax(Content output) {
  while (output.size() == 1 && softmaxes_.count(output[0])) {
    Row& row = rows_[softmaxes_[output[0]]];
    row.conversion.verdict = Conversion::Verdict::approximate;
    row.conversion.reason = "dropped at the end: the output is its input";
    row.stand_in.clear();
    remark(row.conversion.op +
           " at the end is dropped: the outputs are its "
           "inputs, which have the same largest class");
    output = Content(node(output[0]).inputs);
  }
  return output;
}

std::set<std::string> GraphBuilder::needed_by(const Content& output) const {
  std::set<std::string> needed(output.begin(), output.end());
  for (size_t i = nodes_.size(); i-- > 0;) {
    if (!needed.count(nodes_[i].name)) continue;
    needed.insert(nodes_[i].inputs.begin(), nodes_[i].inputs.end());
  }
  needed.insert(nodes_.front().name);
  return needed;
}

// Forgives operators that are refused, or have no spikes, where the output does
// not need them. True when others are refused.
bool GraphBuilder::settle_verdicts(const std::set<std::string>& needed) {
  bool is_refused = false;
  for (Row& row : rows_) {
    bool refused = row.conversion.verdict == Conversion::Verdict::refused;
    if (!refused && row.conversion.verdict != Conversion::Verdict::ann_only) {
      continue;
    }
    if (row.is_always || needed.count(refused ? row.stand_in : row.node)) {
      is_refused |= refused;
    } else {
      row.conversion.verdict = Conversion::Verdict::exact;
      row.conversion.reason = "left out: the output does not need it";
    }
  }
  return is_refused;
}

}  // namespace nc::frontend
