// The files of loader/, made into strings when this is built.
#pragma once

namespace nc::nir {

extern const char k_common[];
extern const char k_plain[];
extern const char k_snntorch[];
extern const char k_norse[];
extern const char k_spikingjelly[];
extern const char k_sinabs[];

}  // namespace nc::nir
