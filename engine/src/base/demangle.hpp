#pragma once
// Demangles C++ names in backtrace lines. The lines come from a dying host, which cannot demangle because it must not
// allocate.

#include <string>
#include <string_view>

namespace ropewalk {

/// Returns the line with its mangled name replaced: "#1 a.so  _ZN3fooEi+0x4" becomes "#1 a.so  foo(int)+0x4". A line
/// without a mangled name, or with an invalid one, is returned unchanged. A very long name is cut.
std::string demangled(std::string_view line);

}  // namespace ropewalk
