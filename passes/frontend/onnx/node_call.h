// One node of an ONNX graph, as its translation sees it: inputs by position,
// attributes by name, and the operators of the front ends to express it in.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "passes/frontend/converter.h"
#include "passes/frontend/onnx/data_folder.h"
#include "passes/frontend/onnx/model.h"

namespace nc::onnx {

using frontend::Item;
using frontend::Refusal;

// Names of PyTorch's schemas, and values.
using ArgumentList = std::vector<std::pair<const char*, Item>>;

class NodeCall {
 public:
  // What a walk lends to all calls.
  struct Place {
    frontend::GraphBuilder& graph;
    frontend::Converter& converter;
    DataFolder& folder;
    int64_t opset;
    int64_t batch;
    bool& reads_batch;  // becomes true when the batch's size was asked for
    std::set<std::string>& unreadable;  // stand-ins that nobody may read
    int64_t most_elements;              // of a constant that is computed
  };

  NodeCall(const proto::NodeProto& node, const std::vector<Item>& inputs,
           const Place& place);

  size_t inputs() const { return inputs_.size(); }
  size_t outputs() const { return static_cast<size_t>(node_.output_size()); }
  bool has(size_t index) const;  // given, and not left out
  bool is_symbolic(size_t index) const;
  const Item& input(size_t index) const;    // throws Refusal when missing
  Item optional_input(size_t index) const;  // None when missing
  Shape shape(size_t index) const;          // with the batch
  Shape integers_in(size_t index) const;    // of a constant input
  int64_t integer_in(size_t index) const;

  // Attributes; throw Refusal for one of another type.
  bool has(const char* attribute) const;
  int64_t integer(const char* attribute, int64_t fallback) const;
  double number(const char* attribute, double fallback) const;
  std::string text(const char* attribute, const std::string& fallback) const;
  Shape integers(const char* attribute, const Shape& fallback) const;
  std::vector<double> numbers(const char* attribute) const;
  std::optional<frontend::Array> tensor(const char* attribute) const;
  // One that does not change what the node computes.
  void ignore(const char* attribute) const { asked_.insert(attribute); }
  // Throws Refusal for attributes that nobody has asked for.
  void require_all_asked() const;

  // What was an attribute before the operator set `since`, and is the input
  // `index` from then on. Nothing when it is left out.
  std::optional<Shape> integers_since(int64_t since, const char* attribute,
                                      size_t index) const;
  // The attribute "axis", counted from the front.
  int64_t axis(int64_t fallback, size_t rank) const;

  // An operator by PyTorch's name: computed when all arguments are constants,
  // else converted. Throws Refusal, or Error when shapes do not fit.
  Item apply(const std::string& op, const ArgumentList& arguments);

  // Throws Refusal for a computed constant of so many elements when the file is
  // too small to justify it: sizes times each other, at the most.
  void require_small(const Shape& sizes) const;

  // A stand-in for a result that no conversion gives. Who reads it is refused.
  Item unreadable(const Item& values);

  frontend::GraphBuilder& graph() const { return place_.graph; }
  int64_t opset() const { return place_.opset; }
  int64_t batch() const { return place_.batch; }
  void note_batch() const { place_.reads_batch = true; }

 private:
  const proto::AttributeProto* find(
      const char* attribute, proto::AttributeProto::AttributeType type) const;

  const proto::NodeProto& node_;
  const std::vector<Item>& inputs_;
  Place place_;
  mutable std::set<std::string> asked_;
};

// An array with one axis.
Item make_line(const Shape& values);

// How one operator is translated: its result, or a tuple of several.
using Translate = Item (*)(NodeCall& node);
using Translations = std::map<std::string, Translate>;  // by ONNX's name

void add_layers(Translations& translations);
void add_pools(Translations& translations);
void add_elementwise(Translations& translations);
void add_comparisons(Translations& translations);
void add_shape_changes(Translations& translations);
void add_slices(Translations& translations);
void add_constants(Translations& translations);

// PyTorch's names of operators that the front ends know not to convert.
const std::map<std::string, std::string>& known_by_other_names();

// Why an operator of ONNX is refused that PyTorch has no name for; nothing
// when it is not known.
std::optional<std::string> own_refusal(const std::string& name);

}  // namespace nc::onnx
