// The integers of the hardware: ap_int<W> and ap_uint<W> of the vendor, where
// its headers are found, else our own of the same names for simulation, which
// refuse a value beyond W bits instead of wrapping. All widths are derived from
// bounds (report.json), so that both compute the same.
//
// SNN_SHIM asks for our own although the vendor's are there.
//
// rom_int<W> and rom_uint<W> are what tables of constants are made of: W bits
// in hardware, ordinary integers in simulation, which compile fast.
#ifndef SNN_KERNELS_INTEGERS_H
#define SNN_KERNELS_INTEGERS_H

#if !defined(SNN_SHIM) && defined(__has_include)
#if __has_include(<ap_int.h>)
#define SNN_VENDOR 1
#endif
#endif

#ifdef SNN_VENDOR
#include <ap_int.h>
#else
#include "checked.h"
#endif

// Arrays between the kernels: large ones do not fit the stack of a program,
// and in hardware there is no stack.
#ifdef __SYNTHESIS__
#define SNN_BUFFER
#else
#define SNN_BUFFER static
#endif

namespace snn {

#ifdef SNN_VENDOR
template <int W>
using rom_int = ap_int<W>;
template <int W>
using rom_uint = ap_uint<W>;
#else
template <int W>
using rom_int = typename Storage<W, true>::type;
template <int W>
using rom_uint = typename Storage<W, false>::type;
#endif

}  // namespace snn

#endif
