// out[i] += factor * in[i], the inner loop of all synapses: in the widest
// vectors that the machine at hand has.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nc::loihi {

void add_scaled(int32_t* out, const int32_t* in, size_t count, int32_t factor);
void add_scaled(int64_t* out, const int64_t* in, size_t count, int64_t factor);

}  // namespace nc::loihi
