# Read by csim.sh and build_lib.sh: how C++ is compiled here.
compile() {
  command -v "${CXX:-g++}" > /dev/null || {
    echo "needs ${CXX:-g++} (Debian: apt-get install g++ make)" >&2
    exit 1
  }
  # The vendor's integers read themselves before they are set, many times over.
  "${CXX:-g++}" -std=c++14 ${CXXFLAGS:--O1} -Wall -Wextra \
    -Wno-unknown-pragmas -I. ${AP_TYPES:+-isystem "$AP_TYPES" \
    -Wno-uninitialized -Wno-maybe-uninitialized} "$@"
}
