// The operators that fold_constants computes, by name, in groups. Private to
// the files fold_*.cpp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "passes/frontend/call.h"

namespace nc::frontend {

// Results, given the arguments and the module that owns them.
using Fold =
    std::function<std::vector<Item>(const Arguments&, const std::string&)>;
using Folds = std::map<std::string, Fold>;

void add_elementwise_folds(Folds& folds);
void add_shape_folds(Folds& folds);
void add_reduction_folds(Folds& folds);
void add_making_folds(Folds& folds);

// An operator with one array as its result.
using FoldArray = Array (*)(const Arguments&);
Fold single(FoldArray fold);

// A list of arrays as its result.
using FoldArrays = std::vector<Array> (*)(const Arguments&);
Fold listed(FoldArrays fold);

Array array_of(const Arguments& arguments, const char* name);
inline Array self(const Arguments& arguments) {
  return array_of(arguments, "self");
}

// The axis that an argument names, counted from the front.
int64_t axis_of(const Arguments& arguments, const char* name,
                const Array& array);
// All that it names; none when it is missing.
Shape axes_of(const Arguments& arguments, const char* name, const Array& array);

// By PyTorch's number of the type. Throws Refusal for complex ones and codes.
Array::Kind kind_of_dtype(int64_t dtype);

}  // namespace nc::frontend
