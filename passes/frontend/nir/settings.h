// What the meaning of a NIR graph depends on and its nodes do not say.
#pragma once

#include "passes/frontend/imported.h"

namespace nc::frontend::nir {

struct Settings {
  double dt = 1e-4;          // seconds, or whatever unit the file has
  bool is_dt_known = false;  // by the file or the user
  Discretisation discretisation = Discretisation::euler;
  NirReset reset = NirReset::file;
};

}  // namespace nc::frontend::nir
