// The stable text form of a graph, for people and for tests:
//
//   snn tiny  T=4 encoding=direct schedule=causal readout=sum
//     in  = input(shape=[2])
//     fc  = affine(weight=i8[2, 2]{1, 2, 3, 4}) <- in    # origin net.fc
//     if1 = if(threshold=i8[1]{*5}) <- fc
//     out = output() <- if1
//   ; nc-fold ; nc-spike --timesteps 4
//
// Fields that have the op's default are left out, unless required. A tensor
// is dtype[shape] and then one of: #fingerprint (print only), {values},
// {*value} (all the same) or {~seed} (pseudo-random: whole numbers from -8 to
// 7, u8 from 0 to 15, f32 from -1 to 1; input only).
#pragma once

#include <string>

#include "ir/graph.h"

namespace nc {

struct ListingOptions {
  bool values = false;  // print the numbers of tensors, not fingerprints
};

std::string listing(const Graph& graph, const ListingOptions& options = {});

// Reads a listing with values. Of the history it holds tools and arguments
// only. Throws Error that names the line, what was expected and what was found.
Graph parse_listing(const std::string& text);

}  // namespace nc
