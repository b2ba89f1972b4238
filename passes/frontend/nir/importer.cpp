#include "passes/frontend/nir/importer.h"

#include <algorithm>
#include <cmath>

#include "ir/printable.h"
#include "ir/shapes.h"
#include "ir/text.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend::nir {
namespace {

constexpr int64_t kTimesteps = 8;  // where nothing says T, as nc-spike has it

std::string place(const NirNode& node) {
  return "node '" + printable(node.name) + "' (" + printable(node.type) + ")";
}

// The source's name in letters that IR names have.
std::string valid_name(const std::string& name) {
  std::string valid;
  for (char c : name.substr(0, 200)) {
    valid += is_valid_name("_" + std::string(1, c)) ? c : '_';
  }
  return is_valid_name(valid) ? valid : "n" + valid;
}

std::string names_of(const NirGraph& graph, const std::vector<size_t>& nodes) {
  std::string text;
  for (size_t node : nodes) {
    text +=
        (text.empty() ? "'" : ", '") + printable(graph.nodes[node].name) + "'";
  }
  return text.empty() ? "none" : text;
}

// A single number of the graph's own metadata, as other writers leave it.
std::optional<double> metadata_number(const Tree& metadata, const char* name) {
  const Tree* found = metadata.find(name);
  if (!found || !found->data || found->data->numbers.size() != 1) return {};
  return found->data->numbers[0];
}

}  // namespace

Importer::Importer(NirGraph graph, const ImportOptions& options)
    : graph_(std::move(graph)),
      options_(options),
      notes_(graph_.metadata),
      is_own_(is_own(notes_)) {
  integers_ = is_own_ && notes_.whole("integers", 0) != 0;
  if (is_own_) join_loops(graph_);
  made_.resize(graph_.nodes.size());
  result_.remarks = graph_.remarks;
  choose_settings();
}

void Importer::choose_settings() {
  settings_.discretisation = options_.nir.discretisation;
  settings_.reset = options_.nir.reset;
  std::optional<double> dt = options_.nir.dt;
  if (!dt && is_own_) dt = notes_.number("dt", 1);
  if (!dt) {
    dt = metadata_number(graph_.metadata, "dt");
    if (dt) {
      result_.remarks.push_back("dt = " + number_text(*dt) +
                                ", as the file's metadata say");
    }
  }
  settings_.is_dt_known = dt.has_value();
  if (dt) settings_.dt = *dt;
  if (settings_.dt > 0 && std::isfinite(settings_.dt)) return;
  throw Error("expected a dt above 0, found " + number_text(settings_.dt));
}

Imported Importer::run() {
  size_t sink = choose_sink();
  only_source();
  std::set<std::pair<std::string, std::string>> known;
  if (is_own_) known = feedback_edges(notes_);
  order_ = order_of(graph_, sink, known);
  for (size_t node : order_.nodes) {
    reserved_.insert(Notes(graph_.nodes[node].metadata).text("name"));
  }
  for (size_t node : order_.nodes) import_node(node);
  for (size_t node : order_.nodes) {
    if (!made_[node].in) continue;
    for (size_t input : graph_.nodes[node].inputs) {
      require_edge(input, node, *made_[node].in);
    }
  }
  bool refused = std::any_of(
      result_.table.begin(), result_.table.end(), [](const Conversion& row) {
        return row.verdict == Conversion::Verdict::refused;
      });
  if (refused) {
    result_.graph = {};
    return std::move(result_);
  }
  name_feedback();
  choose_run();
  add_remarks();
  return std::move(result_);
}

size_t Importer::only_source() const {
  if (graph_.sources.size() == 1) return graph_.sources[0];
  throw Error("expected one Input, found " + names_of(graph_, graph_.sources));
}

size_t Importer::choose_sink() {
  auto count = static_cast<int64_t>(graph_.sinks.size());
  if (count == 0) throw Error("expected an Output, found none");
  if (options_.output < 0 || options_.output >= count) {
    throw Error("expected an output from 0 to " + std::to_string(count - 1) +
                ", found " + std::to_string(options_.output));
  }
  size_t sink = graph_.sinks[static_cast<size_t>(options_.output)];
  if (count > 1) {
    result_.remarks.push_back(
        "Output '" + printable(graph_.nodes[sink].name) + "' is taken of " +
        names_of(graph_, graph_.sinks) + " (--output-index)");
  }
  return sink;
}

void Importer::choose_run() {
  if (is_own_) apply_notes(notes_, result_.graph);
  bool remembers = std::any_of(
      order_.nodes.begin(), order_.nodes.end(),
      [&](size_t node) { return has_memory(graph_.nodes[node].type); });
  choose_timesteps(remembers);
}

// As the user says, as the file says, as many as the data have, or a usual
// number.
void Importer::choose_timesteps(bool has_memory) {
  Run& run = result_.graph.run;
  const NirOptions& options = options_.nir;
  if (options.timesteps) {
    if (run.timesteps != *options.timesteps) run.probe = {};
    run.timesteps = *options.timesteps;
  }
  if (run.timesteps > 0 && is_own_) return;
  const Shape& shape = std::get<Input>(result_.graph.input().op).shape;
  const std::optional<Shape>& data = options.data_shape;
  bool framed = data && data->size() == shape.size() + 1 &&
                std::equal(shape.begin(), shape.end(), data->begin() + 1);
  if (framed) run.encoding = Encoding::events;
  if (run.timesteps > 0) return;
  if (framed) {
    run.timesteps = data->front();
  } else if (has_memory) {
    run.timesteps = kTimesteps;
    result_.remarks.push_back("the file does not say for how many steps: " +
                              std::to_string(kTimesteps) + " (-T)");
  }
}

void Importer::add_remarks() {
  std::vector<std::string>& remarks = result_.remarks;
  if (order_.nodes.size() < graph_.nodes.size()) {
    remarks.push_back(
        std::to_string(graph_.nodes.size() - order_.nodes.size()) +
        " nodes that do not lead to the output are left out");
  }
  if (depends_on_dt_ && !settings_.is_dt_known) {
    remarks.push_back("the file does not say the time step: dt = " +
                      number_text(settings_.dt) + " (--dt)");
  }
  if (lacks_reset_ && settings_.reset == NirReset::file) {
    remarks.push_back(
        "neurons without v_reset are reset by subtraction, as in NIR up to "
        "1.0.5 (the file is of " +
        (graph_.version.empty() ? "an unknown version"
                                : printable(graph_.version)) +
        "; --nir-reset zero)");
  }
}

// ---- Nodes

void Importer::import_node(size_t node) {
  NirNode& source = graph_.nodes[node];
  Made& made = made_[node];
  Fields fields(source);
  auto note = [&](Conversion::Verdict verdict, const std::string& reason) {
    result_.table.push_back({verdict, source.type, source.name, reason});
  };
  try {
    made.in = arriving(node, fields);
    bool is_end = source.type == "Input" || source.type == "Output";
    bool known = is_end || is_weighted(source.type) ||
                 is_shaping(source.type) || is_neuron(source.type);
    if (!known) throw Refusal{"this program knows no such node"};
    if (!made.in) return;  // it stands behind what is refused
    if (is_end) {
      import_end(source, made, *made.in, inputs_of(node));
      return fields.require_all_read();
    }
    if (is_feedback_node(node)) {
      made.out = made.in;
      made.name = "@" + made_[source.inputs[0]].name;
      return note(Conversion::Verdict::exact, "");
    }
    Chain chain = convert(source, fields, *made.in);
    add(source, chain, made, inputs_of(node));
    if (!is_own_) fields.require_all_read();
    note(chain.approximation.empty() ? Conversion::Verdict::exact
                                     : Conversion::Verdict::approximate,
         chain.approximation);
  } catch (const Refusal& refusal) {
    made = {};
    note(Conversion::Verdict::refused, refusal.reason);
  } catch (const Error& error) {
    std::string what = error.what();
    if (what.starts_with("node '") || what.starts_with("edge '")) throw;
    throw error.in(place(source));
  }
}

void Importer::import_end(const NirNode& node, Made& made, const Shape& shape,
                          const std::vector<std::string>& inputs) {
  made.name = name_for(node);
  made.out = shape;
  Op op = node.type == "Input" ? Op(Input{shape}) : Op(Output{});
  result_.graph.nodes.push_back({made.name, op, inputs, {node.name}});
}

Chain Importer::convert(NirNode& node, Fields& fields, const Shape& in) {
  if (is_own_) {
    if (std::optional<Op> op = neuron_of(Notes(node.metadata))) {
      return {{{"", *op}}, ""};
    }
    restore_numbers(node, integers_);
  }
  if (is_shaping(node.type)) return convert_shaping(fields, in);
  if (is_neuron(node.type)) {
    depends_on_dt_ |=
        fields.has("tau") || fields.has("tau_mem") || fields.has("delay");
    lacks_reset_ |= fields.has("v_threshold") && !fields.has("v_reset");
    return convert_neuron(fields, in, settings_);
  }
  if (!is_own_) return convert_weighted(fields, in, Numbers::real);
  Chain chain = convert_weighted(
      fields, in, integers_ ? Numbers::own_integer : Numbers::own_real);
  restore_scales(chain);
  return chain;
}

void Importer::add(const NirNode& node, const Chain& chain, Made& made,
                   std::vector<std::string> inputs) {
  std::string own = name_for(node);
  Shape shape = *made.in;
  for (const Piece& piece : chain.pieces) {
    made.name = piece.suffix.empty() ? own : unused(own + "." + piece.suffix);
    shape = output_shape(piece.op, {shape});
    std::vector<std::string> origin = {node.name};
    std::vector<std::string> noted = Notes(node.metadata).texts("origin");
    if (is_own_ && !noted.empty()) origin = noted;
    result_.graph.nodes.push_back({made.name, piece.op, inputs, origin});
    inputs = {made.name};
  }
  made.out = shape;
}

// A feedback edge, which is exported as a Delay where it would lead back in the
// order of the nodes.
bool Importer::is_feedback_node(size_t node) const {
  const NirNode& source = graph_.nodes[node];
  bool is_delay = is_own_ && source.type == "Delay" &&
                  Notes(source.metadata).text("role") == "delay";
  return is_delay && source.inputs.size() == 1 && !order_.feedback[node][0] &&
         !made_[source.inputs[0]].name.starts_with('@');
}

// The name that it had before export, or that it has in the file.
std::string Importer::name_for(const NirNode& node) {
  Notes notes(node.metadata);
  std::string role = is_own_ ? notes.text("role") : "";
  std::string name = is_own_ ? notes.text("name") : "";
  bool has_own = (role.empty() || role == "membrane") && is_valid_name(name);
  if (has_own && taken_.insert(name).second) return name;
  return unused(valid_name(node.name));
}

std::string Importer::unused(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; reserved_.contains(name) || !taken_.insert(name).second;
       ++i) {
    name = wanted + "_" + std::to_string(i);
  }
  return name;
}

// ---- Edges

// What is fed back may not have been imported yet: it gets its name later.
std::vector<std::string> Importer::inputs_of(size_t node) const {
  std::vector<std::string> names;
  const NirNode& reader = graph_.nodes[node];
  for (size_t i = 0; i < reader.inputs.size(); ++i) {
    size_t source = reader.inputs[i];
    names.push_back(order_.feedback[node][i] ? "@#" + std::to_string(source)
                                             : made_[source].name);
  }
  return names;
}

void Importer::name_feedback() {
  for (Node& node : result_.graph.nodes) {
    for (std::string& input : node.inputs) {
      if (!input.starts_with("@#")) continue;
      const std::string& source = made_[std::stoul(input.substr(2))].name;
      if (is_feedback(source)) {
        throw Error("node '" + node.name + "': expected feedback of one step");
      }
      input = "@" + source;
    }
  }
}

std::optional<Shape> Importer::arriving(size_t node, Fields& fields) {
  std::optional<Declared> declared = declared_shape(fields);
  const NirNode& reader = graph_.nodes[node];
  for (size_t i = 0; i < reader.inputs.size(); ++i) {
    const std::optional<Shape>& found = made_[reader.inputs[i]].out;
    if (order_.feedback[node][i] || !found) continue;
    if (declared && declared->is_exact) {
      require_edge(reader.inputs[i], node, declared->shape);
    }
    return found;
  }
  if (declared) return declared->shape;
  if (reader.type == "Input") return read_from(node);
  bool is_fed_back =
      std::find(order_.feedback[node].begin(), order_.feedback[node].end(),
                true) != order_.feedback[node].end();
  if (is_fed_back) fields.fail("its shape does not follow from what it reads");
  return std::nullopt;
}

// What the nodes behind an Input that the file lacks say that they read.
std::optional<Shape> Importer::read_from(size_t source) const {
  for (const NirNode& node : graph_.nodes) {
    if (std::find(node.inputs.begin(), node.inputs.end(), source) ==
        node.inputs.end()) {
      continue;
    }
    Fields fields(node);
    if (auto declared = declared_shape(fields)) return declared->shape;
  }
  throw Error("node '" + printable(graph_.nodes[source].name) +
              "': the shape of the input is not known");
}

void Importer::require_edge(size_t from, size_t to,
                            const Shape& expected) const {
  const std::optional<Shape>& found = made_[from].out;
  if (!found || *found == expected) return;
  throw Error("edge '" + printable(graph_.nodes[from].name) + "' -> '" +
              printable(graph_.nodes[to].name) + "': expected shape " +
              to_string(expected) + ", found " + to_string(*found));
}

}  // namespace nc::frontend::nir
