#!/bin/sh
# libsnn.so: the bit-exact simulation behind the functions of predict.h.
# AP_TYPES, CXX and CXXFLAGS as in csim.sh.
set -eu
cd "$(dirname "$0")"
. ./compile.sh
compile -fPIC -shared -fvisibility=default -o libsnn.so snn.cpp predict.cpp
