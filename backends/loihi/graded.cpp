#include "backends/loihi/graded.h"

#include "backends/loihi/fixed_point.h"

namespace nc::loihi {
namespace {

template <class Number>
Number cut(Number wanted, Overflow& overflow) {
  Number kept = saturated(wanted, static_cast<Number>(kMostPayload));
  overflow.saturated += kept != wanted;
  return kept;
}

}  // namespace

template <class Number>
Overflow Relay<Number>::step(std::vector<Number>& v,
                             std::vector<Number>& current) const {
  Overflow overflow;
  for (size_t i = 0; i < current.size(); ++i) {
    Number kept = dv.empty() ? 0 : static_cast<Number>(decayed(v[i], dv[i]));
    v[i] = cut(static_cast<Number>(kept + current[i]), overflow);
    current[i] = v[i];
  }
  return overflow;
}

template <class Number>
Overflow Window<Number>::step(std::vector<Number>& v,
                              std::vector<Number>& current) const {
  Overflow overflow;
  for (size_t i = 0; i < current.size(); ++i) {
    Number sum = cut(static_cast<Number>(current[i] + initial[i]), overflow);
    bool fires = sum >= threshold[i];
    Number count = fires ? std::min(sum / threshold[i], most) : 0;
    v[i] = sum - threshold[i] * count;
    current[i] = count;
  }
  return overflow;
}

template struct Relay<int32_t>;
template struct Relay<int64_t>;
template struct Window<int32_t>;
template struct Window<int64_t>;

}  // namespace nc::loihi
