#include "backends/nir/builder.h"

#include <algorithm>

#include "ir/error.h"

namespace nc::nir {
namespace {

// Each takes 8 bytes until it is written.
constexpr int64_t kMaxNumbers = int64_t{1} << 28;

int64_t numbers_in(const Group& fields) {
  int64_t count = 0;
  for (const Entry& entry : fields.entries()) {
    const auto* array = std::get_if<Array>(&entry.value);
    if (array) count += static_cast<int64_t>(array->values.size());
  }
  return count;
}

std::string sanitized(std::string text) {
  for (char& c : text) {
    if (c == '.' || c == '-') c = '_';
  }
  return text;
}

Group complete_metadata(Draft& draft) {
  Group all;
  all.set("name", draft.made_of->name);
  all.set("origin", draft.made_of->origin);
  if (!draft.role.empty()) all.set("role", draft.role);
  for (const Entry& entry : draft.metadata.entries()) {
    std::visit([&](const auto& value) { all.set(entry.name, value); },
               entry.value);
  }
  return all;
}

}  // namespace

size_t Builder::times(size_t source, size_t count, const Node* made_of) {
  std::vector<double> factor(static_cast<size_t>(shape(source).at(0)),
                             static_cast<double>(count));
  return add({made_of->name + "_copy",
              "copy",
              diagonal(shape(source), factor),
              {},
              made_of},
             {source});
}

void Builder::require_room(int64_t numbers) const {
  if (numbers_ + numbers <= kMaxNumbers) return;
  throw Error("with it the file holds more than 2^28 numbers");
}

size_t Builder::add(Draft draft, const Sources& sources) {
  int64_t numbers = numbers_in(draft.primitive.fields);
  require_room(numbers);
  numbers_ += numbers;
  std::vector<Edge> edges;
  for (size_t i = 0; i < sources.size(); ++i) {
    auto first = sources.begin();
    auto here = first + static_cast<std::ptrdiff_t>(i);
    if (std::find(first, here, *here) != here) continue;
    auto count = static_cast<size_t>(std::count(here, sources.end(), *here));
    size_t from = count == 1 ? *here : times(*here, count, draft.made_of);
    edges.push_back({from, false});
  }
  order_.push_back(drafts_.size());
  drafts_.push_back(std::move(draft));
  edges_.push_back(std::move(edges));
  return drafts_.size() - 1;
}

bool Builder::reads(size_t to, size_t from) const {
  return std::any_of(edges_[to].begin(), edges_[to].end(),
                     [&](const Edge& edge) { return edge.from == from; });
}

size_t Builder::add_before(size_t to, Draft draft, const Sources& sources) {
  size_t added = add(std::move(draft), sources);
  order_.pop_back();
  order_.insert(std::find(order_.begin(), order_.end(), to), added);
  return added;
}

void Builder::feed_back(size_t from, size_t to) {
  const Node* made_of = drafts_[from].made_of;
  if (from < to) {
    Primitive delay{"Delay", {}, shape(from)};
    delay.fields.set("delay", filled(shape(from), 1));
    size_t late = add_before(
        to, {made_of->name + "_delay", "delay", std::move(delay), {}, made_of},
        {from});
    edges_[to].push_back({late, false});
    return;
  }
  // Beside an edge of the same two nodes, it goes through a node of its own.
  if (reads(to, from)) from = times(from, 1, made_of);
  edges_[to].push_back({from, true});
}

size_t Builder::insert(size_t from, size_t to, Draft draft) {
  size_t added = add_before(to, std::move(draft), {from});
  for (Edge& edge : edges_[to]) {
    if (edge.from == from) edge.from = added;
  }
  return added;
}

std::vector<size_t> Builder::inputs(size_t node) const {
  std::vector<size_t> found;
  for (const Edge& edge : edges_[node]) {
    if (!edge.feedback) found.push_back(edge.from);
  }
  return found;
}

std::vector<size_t> Builder::readers(size_t node) const {
  std::vector<size_t> found;
  for (size_t reader = 0; reader < edges_.size(); ++reader) {
    if (reads(reader, node)) found.push_back(reader);
  }
  return found;
}

std::vector<std::string> Builder::names() const {
  size_t digits = std::to_string(drafts_.size()).size();
  std::vector<std::string> names(drafts_.size());
  for (size_t place = 0; place < order_.size(); ++place) {
    const Draft& draft = drafts_[order_[place]];
    std::string number = std::to_string(place);
    number.insert(0, digits - number.size(), '0');
    std::string& name = names[order_[place]];
    name = "n" + number + "_" + sanitized(draft.label);
    if (draft.primitive.type == "Input") name = "input";
    if (draft.primitive.type == "Output") name = "output";
  }
  return names;
}

NirGraph Builder::finish(Group metadata) {
  NirGraph graph;
  std::vector<std::string> name = names();
  std::vector<std::pair<std::string, std::string>> feedback;
  for (size_t node : order_) {
    Draft& draft = drafts_[node];
    graph.nodes.push_back({name[node], draft.primitive.type,
                           std::move(draft.primitive.fields),
                           complete_metadata(draft)});
    for (const Edge& edge : edges_[node]) {
      graph.edges.emplace_back(name[edge.from], name[node]);
      if (edge.feedback) feedback.push_back(graph.edges.back());
    }
  }
  metadata.set("feedback", feedback);
  graph.metadata = std::move(metadata);
  return graph;
}

}  // namespace nc::nir
