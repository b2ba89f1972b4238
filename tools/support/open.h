// Opens a graph in whatever form it comes: an .snn file, or a model of another
// program, which goes through the same front end as nc-import.
#pragma once

#include <optional>
#include <string>

#include "ir/graph.h"
#include "passes/frontend/imported.h"
#include "runtime/data/dataset.h"

namespace nc {

// Reads `path` ("-": standard input), verifies the graph and puts the path
// into every error. A foreign model is imported and gets nc-import's step of
// the history; remarks are said on stderr. A graph whose input has another
// shape than the options ask for is refused.
Graph open_graph(const std::string& path, const ImportOptions& options = {});

// True for what needs a front end; reads a few bytes.
bool is_foreign(const std::string& path);

// True for NIR, which is HDF5 as .snn files are.
bool is_nir_file(const std::string& path);

// The front end alone, for nc-import: every operator's fate stands in the
// table. Throws Error for a file of unknown form.
Imported import_model(const std::string& path, const ImportOptions& options);

// The step that importing leaves in the history.
Step import_step(const std::string& path, const ImportOptions& options);

// What the front end is told of a model at `path`: the shape that the user
// gives ("3,32,32"), else that of the data, if there are any. NIR files have a
// shape of their own; of what they do not say, the data tell T.
ImportOptions import_options(const std::string& path, const std::string& shape,
                             const std::string& data, Split split);

// "3,32,32" to a shape; throws Error.
Shape parse_shape(const std::string& text);
std::string shape_text(const Shape& shape);  // the reverse

}  // namespace nc
