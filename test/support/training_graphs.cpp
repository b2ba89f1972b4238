#include "test/support/training_graphs.h"

#include "ir/listing.h"

namespace nc::test {

Graph float_net() {
  return parse_listing(R"(snn t  T=4
  in  = input(shape=[4])
  fc1 = affine(weight=f32[12, 4]{~1}, bias=f32[12]{~2}) <- in
  n   = lif(threshold=f32[1]{0.8}, decay=f32[1]{0.9}) <- fc1
  fc2 = affine(weight=f32[2, 12]{~3}) <- n
  out = output() <- fc2
)");
}

Graph integer_net() {
  return parse_listing(R"(snn t  T=4
  in  = input(shape=[4], step=1, low=0, high=255)
  fc1 = affine(weight=i8[12, 4]{~1}, bias=i16[12]{~2}) <- in
  n   = if(threshold=i16[1]{9000}, signed=true) <- fc1
  fc2 = affine(weight=i8[2, 12]{~3}, bias=i8[2]{1, 2}) <- n
  out = output(scale=0.01) <- fc2
)");
}

}  // namespace nc::test
