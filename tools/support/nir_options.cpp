#include "tools/support/nir_options.h"

#include "ir/error.h"
#include "ir/text.h"
#include "tools/support/choice.h"

namespace nc {

void add_nir_options(CLI::App& app, NirWords& words) {
  app.add_option("-T,--timesteps", words.timesteps,
                 "of a NIR file: timesteps (default: as it says, as many as "
                 "the data have frames, or 8)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--dt", words.dt,
                 "of a NIR file: the time step, in its unit of time (default: "
                 "as it says, or 1e-4)");
  app.add_option("--discretisation", words.discretisation,
                 "of a NIR file's equations: euler (decay 1 - dt/tau) or "
                 "exponential (decay exp(-dt/tau))")
      ->capture_default_str();
  app.add_option("--nir-reset", words.reset,
                 "of a NIR file's neurons: file (v_reset, or by subtraction "
                 "where it is missing), subtract or zero")
      ->capture_default_str();
}

void set_nir_options(const NirWords& words, NirOptions& options) {
  options.dt = words.dt;
  options.timesteps = words.timesteps;
  options.discretisation =
      choice<Discretisation>("--discretisation", words.discretisation);
  options.reset = choice<NirReset>("--nir-reset", words.reset);
  if (words.dt && !(*words.dt > 0)) {
    throw Error("--dt: expected a number above 0, found " +
                number_text(*words.dt));
  }
}

}  // namespace nc
