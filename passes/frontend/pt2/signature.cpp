#include "passes/frontend/pt2/signature.h"

#include "ir/error.h"

namespace nc::frontend::pt2 {
namespace {

std::string argument_name(const json& spec) {
  return text_field(field(spec, "arg"), "name");
}

void take_user_input(const json& spec, Signature& signature) {
  Choice choice = choice_of(field(spec, "arg"));
  if (choice.key == "as_none") return;
  if (choice.key != "as_tensor") {
    throw Error("forward() wants an argument of the kind '" + choice.key +
                "'; only networks with one tensor as input are supported");
  }
  std::string name = text_field(choice.value, "name");
  if (!signature.input.empty()) {
    throw Error("forward() wants the arguments '" + signature.input +
                "' and '" + name +
                "'; only networks with one tensor as input are supported");
  }
  signature.input = name;
}

void take_input(const json& spec, Signature& signature) {
  Choice choice = choice_of(spec);
  const json& fields = choice.value;
  if (choice.key == "user_input") return take_user_input(fields, signature);
  if (choice.key == "parameter") {
    signature.tensors[argument_name(fields)] =
        text_field(fields, "parameter_name");
  } else if (choice.key == "buffer") {
    signature.tensors[argument_name(fields)] =
        text_field(fields, "buffer_name");
  } else if (choice.key == "tensor_constant") {
    signature.tensors[argument_name(fields)] =
        text_field(fields, "tensor_constant_name");
  } else if (choice.key == "constant_input") {
    signature.constants[text_field(fields, "name")] = field(fields, "value");
  }
  // Tokens and custom objects: whoever takes them as arguments is refused.
}

void take_output(const json& spec, Signature& signature) {
  Choice choice = choice_of(spec);
  if (choice.key == "user_output" || choice.key == "loss_output") {
    signature.outputs.push_back(field(choice.value, "arg"));
  } else if (choice.key == "buffer_mutation") {
    signature.mutations.push_back(text_field(choice.value, "buffer_name"));
  } else if (choice.key == "parameter_mutation") {
    signature.mutations.push_back(text_field(choice.value, "parameter_name"));
  }
}

// "a.b.c" has the parents "", "a" and "a.b".
void add_parents(const std::string& path, std::set<std::string>& parents) {
  if (path.empty()) return;
  parents.insert("");
  for (size_t dot = path.find('.'); dot != std::string::npos;
       dot = path.find('.', dot + 1)) {
    parents.insert(path.substr(0, dot));
  }
}

}  // namespace

Signature signature_of(const json& module) {
  Signature signature;
  const json& specs = field(module, "signature");
  for (const json& each : array_field(specs, "input_specs")) {
    take_input(each, signature);
  }
  for (const json& each : array_field(specs, "output_specs")) {
    take_output(each, signature);
  }
  if (signature.input.empty()) {
    throw Error("forward() takes no tensor as its input");
  }
  return signature;
}

InputSizes input_sizes(const json& module, const std::string& input) {
  const json& graph = field(module, "graph");
  const json& meta = field(field(graph, "tensor_values"), input.c_str());
  std::vector<Size> sizes;
  for (const json& each : array_field(meta, "sizes")) {
    sizes.push_back(size_of(each));
  }
  if (sizes.empty()) throw Error("its input '" + input + "' has no batch axis");
  InputSizes result;
  result.batch = sizes[0].value;
  result.sample.assign(sizes.begin() + 1, sizes.end());
  return result;
}

ModulePaths::ModulePaths(const json& module) {
  for (const json& each : array_field(module, "module_call_graph")) {
    add_parents(text_field(each, "fqn"), parents_);
  }
  for (const json& each : array_field(field(module, "graph"), "nodes")) {
    add_parents(module_path(each), parents_);
  }
}

bool ModulePaths::is_leaf(const std::string& path) const {
  return parents_.count(path) == 0;
}

// "L__self__,,Net;L__self___conv,conv,torch.nn.modules.conv.Conv2d"
std::string module_path(const json& node) {
  auto metadata = node.find("metadata");
  bool has_stack = metadata != node.end() && metadata->is_object() &&
                   metadata->contains("nn_module_stack") &&
                   (*metadata)["nn_module_stack"].is_string();
  if (!has_stack) return "";
  auto stack = (*metadata)["nn_module_stack"].get<std::string>();
  std::string last = stack.substr(stack.rfind(';') + 1);
  size_t start = last.find(',');
  size_t end = start == std::string::npos ? start : last.find(',', start + 1);
  if (end == std::string::npos) return "";
  return last.substr(start + 1, end - start - 1);
}

}  // namespace nc::frontend::pt2
