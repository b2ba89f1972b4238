#include "tools/support/open.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/file.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/nir.h"
#include "passes/onnx.h"
#include "passes/pt2.h"
#include "tools/support/main.h"
#include "tools/support/step.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

constexpr size_t kLargestModel = size_t{1} << 34;  // bytes

std::string refusals(const Imported& result) {
  std::string first;
  size_t count = 0;
  for (const Conversion& row : result.table) {
    if (row.verdict != Conversion::Verdict::refused) continue;
    if (count++ == 0) {
      first = row.op + (row.origin.empty() ? "" : " (" + row.origin + ")") +
              ": " + row.reason;
    }
  }
  if (count > 1) {
    first += " (and " + std::to_string(count - 1) +
             " more: nc-import --check lists all)";
  }
  return first;
}

// What is said of a NIR file alone.
void require_known_options(const std::string& path,
                           const ImportOptions& options) {
  if (options.nir == NirOptions{} || is_nir_file(path)) return;
  throw Error(
      "-T, --dt, --discretisation and --nir-reset are for NIR files, found "
      "another model");
}

// ONNX has no magic number; a damaged file is known by its name.
bool is_for_onnx(const std::string& path) {
  return is_onnx(path) || path.ends_with(".onnx");
}

std::pair<std::string, std::string> named_hash(const std::string& path) {
  return {base_name(path), sha256(read_whole(path, kLargestModel))};
}

Graph import_or_throw(const std::string& path, const ImportOptions& options) {
  require_known_options(path, options);
  Imported result = import_model(path, options);
  std::string refused = refusals(result);
  if (!refused.empty()) throw Error(refused);
  for (const std::string& remark : result.remarks) say(path + ": " + remark);
  Step step = import_step(path, options);
  for (const std::string& file : result.files) {
    step.inputs.push_back(named_hash(file));
  }
  result.graph.history.push_back(step);
  return std::move(result.graph);
}

void add_nir_words(const NirOptions& options, std::vector<std::string>& words) {
  if (options.timesteps) {
    words.insert(words.end(), {"-T", std::to_string(*options.timesteps)});
  }
  if (options.dt) words.insert(words.end(), {"--dt", number_text(*options.dt)});
  if (options.discretisation != Discretisation::euler) {
    words.insert(words.end(),
                 {"--discretisation", name_of(options.discretisation)});
  }
  if (options.reset != NirReset::file) {
    words.insert(words.end(), {"--nir-reset", name_of(options.reset)});
  }
}

// A graph has the shape that it has.
void require_shape(const Graph& graph, const ImportOptions& options) {
  if (!options.input_shape) return;
  const Shape& found = std::get<Input>(graph.input().op).shape;
  if (found == *options.input_shape) return;
  throw Error("expected the input shape " + to_string(*options.input_shape) +
              ", found a graph with " + to_string(found));
}

// An .snn file begins as HDF5 does; shorter ones are refused where it is read.
void require_known_form(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char head[4] = {};
  if (path == "-" || !file.read(head, 4)) return;
  if (std::string(head, 4) == "\x89HDF") return;
  throw Error(
      "expected a network: .snn, .pt, .pt2, .onnx or .nir; found a file of "
      "another form");
}

}  // namespace

bool is_foreign(const std::string& path) {
  if (path == "-") return false;
  std::ifstream file(path, std::ios::binary);
  char magic[2] = {};
  bool is_zip = file.read(magic, 2) && magic[0] == 'P' && magic[1] == 'K';
  return is_zip || is_for_onnx(path) || is_nir_file(path);
}

// Most .snn files are known by their ends; others are looked into.
bool is_nir_file(const std::string& path) {
  constexpr std::streamoff kTrailer = 40;
  if (path == "-") return false;
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  bool is_hdf5 = file.read(magic, 4) && std::string(magic, 4) == "\x89HDF";
  if (!is_hdf5) return false;
  char trailer[3] = {};
  file.seekg(-kTrailer, std::ios::end);
  if (file.read(trailer, 3) && std::string(trailer, 3) == "SNN") return false;
  return is_nir(read_whole(path, kLargestModel));
}

Imported import_model(const std::string& path, const ImportOptions& options) {
  if (is_pt2(path)) return import_pt2(path, options);
  if (is_nir_file(path)) {
    return import_nir(read_whole(path, kLargestModel),
                      std::filesystem::path(path).stem().string(), options);
  }
  if (is_for_onnx(path)) return import_onnx(path, options);
  return torch_library().import_torchscript(path, options);
}

Step import_step(const std::string& path, const ImportOptions& options) {
  Step step{"nc-import", version(), {}, {}, {}, {}};
  if (options.input_shape) {
    step.arguments = {"--input-shape", shape_text(*options.input_shape)};
  }
  if (options.output != 0) {
    step.arguments.push_back("--output-index");
    step.arguments.push_back(std::to_string(options.output));
  }
  add_nir_words(options.nir, step.arguments);
  step.inputs.push_back(named_hash(path));
  return step;
}

Graph open_graph(const std::string& path, const ImportOptions& options) {
  try {
    bool foreign = is_foreign(path);
    if (!foreign) require_known_form(path);
    if (!foreign) require_known_options(path, options);
    Graph graph = foreign ? import_or_throw(path, options) : load(path);
    require_valid(graph);
    require_shape(graph, options);
    return graph;
  } catch (const Error& error) {
    std::string place = path == "-" ? "standard input" : path;
    std::string what = error.what();
    if (what.starts_with(place)) throw;
    throw error.in(place);
  }
}

ImportOptions import_options(const std::string& path, const std::string& shape,
                             const std::string& data, Split split) {
  ImportOptions options;
  if (!shape.empty()) {
    options.input_shape = parse_shape(shape);
  } else if (!data.empty() && is_foreign(path)) {
    DataSpec spec = parse_data_spec(data);
    spec.samples.reset();
    spec.first = 1;
    Shape found = load_dataset(spec, split).shape;
    (is_nir_file(path) ? options.nir.data_shape : options.input_shape) = found;
  }
  return options;
}

Shape parse_shape(const std::string& text) {
  Shape shape;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    int64_t size = 0;
    auto [stop, code] = std::from_chars(at, end, size);
    bool more = stop < end;
    if (code != std::errc() || size < 1 || (more && *stop != ',')) break;
    shape.push_back(size);
    at = stop + (more ? 1 : 0);
    if (!more) return shape;
  }
  throw Error("expected a shape such as 3,32,32, found '" + text + "'");
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (int64_t size : shape) {
    text += (text.empty() ? "" : ",") + std::to_string(size);
  }
  return text;
}

}  // namespace nc
