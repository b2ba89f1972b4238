#include "backends/rtl/parameters.h"

namespace nc {

// One to one: what arrives goes on to its own neuron, scaled or not.
size_t RtlPlanner::relayed(const std::string& name, size_t from,
                           const RtlLayout& layout, const Scale* scale,
                           const RtlImage& scaled) {
  const RtlImage before = stream(from).image;
  RtlInstance relay = instance_of("snn_relay", name + "_relay");
  add_source(relay, stream(from));
  add_layout(relay, layout);
  number(relay, "LANE_BITS", layout.lane_bits());
  int64_t channels = layout.blocks() * layout.lanes;
  bool is_flat = !(before == layout.image);
  number(relay, "C_INDEX", is_flat ? before.h * before.w : 1);
  number(relay, "Y_INDEX", is_flat ? before.w : layout.image.w * channels);
  number(relay, "X_INDEX", is_flat ? 1 : channels);
  int64_t bits = 2;
  if (scale) {
    Shape shape = {scaled.c, scaled.h, scaled.w};
    std::vector<int64_t> weights = scale->weight.to_integers();
    bits = signed_bits(weights);
    bool by_channel =
        !is_flat && static_cast<int64_t>(weights.size()) <= scaled.c;
    RtlTable table_of;
    table_of.file = "weights/" + relay.name + ".hex";
    auto count = static_cast<int64_t>(weights.size());
    if (by_channel) {
      for (int64_t c = 0; c < scaled.c; ++c) {
        table_of.add(RtlWord().add(
            weights[static_cast<size_t>(c * count / scaled.c)], bits));
      }
    } else {
      int64_t group = scaled.size() / count;
      for (int64_t y = 0; y < layout.image.h; ++y) {
        for (int64_t x = 0; x < layout.image.w; ++x) {
          for (int64_t c = 0; c < channels; ++c) {
            int64_t at = (c * layout.image.h + y) * layout.image.w + x;
            bool has = c < layout.image.c;
            table_of.add(RtlWord().add(
                has ? weights[static_cast<size_t>(at / group)] : 0, bits));
          }
        }
      }
    }
    number(relay, "WEIGHTED", by_channel ? 1 : 2);
    number(relay, "WORDS", std::max<int64_t>(2, table_of.size()));
    number(relay, "WORD_BITS", unsigned_bits(table_of.size() - 1));
    relay.parameters.emplace_back("WEIGHTS", table(relay, table_of));
  }
  number(relay, "WEIGHT_BITS", bits);
  relay.cycles = stream(from).events;
  relay.luts = 60 + multiplier_luts(stream(from).value, bits) +
               static_cast<double>(layout.lanes * layout.bits / 2);
  return place_updates(relay, name, from, layout);
}

}  // namespace nc
