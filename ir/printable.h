// Text that came from outside (file names, node names, file contents), made
// harmless to print: a terminal is not told to do anything, and one line stays
// one line.
#pragma once

#include <string>
#include <string_view>

namespace nc {

// UTF-8 stays as it is, except for control characters (C0, DEL, C1) and the
// line separators U+2028 and U+2029: \n and \t by name, everything else byte by
// byte as \xHH; bytes that are not UTF-8 likewise. The ASCII characters of
// `marked` get a backslash.
std::string printable(std::string_view text, std::string_view marked = {});

}  // namespace nc
