#include "passes/frontend/pt2/target.h"

#include <map>

namespace nc::frontend::pt2 {
namespace {

// Arithmetic on sizes, by PyTorch's names. Others keep their own.
std::string name_of_python(const std::string& name) {
  static const std::map<std::string, std::string> names = {
      {"truediv", "div"},         {"floordiv", "floor_divide"},
      {"mod", "remainder"},       {"and_", "logical_and"},
      {"or_", "logical_or"},      {"not_", "logical_not"},
      {"sym_not", "logical_not"}, {"sym_max", "maximum"},
      {"sym_min", "minimum"},     {"sym_float", "double"},
      {"sym_int", "trunc"},       {"_sym_sqrt", "sqrt"}};
  auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

}  // namespace

std::string Target::full_name() const { return library + "::" + name; }

bool Target::is_foreign() const { return library != "aten" && !is_python; }

std::string Target::argument(const std::string& given, size_t position) const {
  if (!is_python) return given;
  if (position == 0) return "self";
  return name == "pow" ? "exponent" : "other";
}

Target target_of(const std::string& text) {
  const std::string prefix = "torch.ops.";
  Target target;
  if (!text.starts_with(prefix)) {
    size_t dot = text.rfind('.');
    target.library = text.substr(0, dot == std::string::npos ? 0 : dot);
    target.name =
        name_of_python(dot == std::string::npos ? text : text.substr(dot + 1));
    target.is_python = target.library == "_operator" ||
                       target.library == "math" || target.library == "torch";
    return target;
  }
  size_t dot = text.find('.', prefix.size());
  if (dot == std::string::npos) dot = text.size();
  target.library = text.substr(prefix.size(), dot - prefix.size());
  size_t start = std::min(dot + 1, text.size());
  size_t end = text.find('.', start);
  target.name =
      text.substr(start, end == std::string::npos ? end : end - start);
  return target;
}

}  // namespace nc::frontend::pt2
