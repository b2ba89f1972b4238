#!/bin/sh
# C simulation: compiles the network with the test bench and runs it.
# AP_TYPES=FOLDER takes ap_int.h and hls_stream.h from there; CXX and CXXFLAGS
# are the compiler's.
set -eu
cd "$(dirname "$0")"
. ./compile.sh
mkdir -p build
compile -o build/tb snn.cpp tb.cpp
build/tb
