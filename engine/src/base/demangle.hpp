#pragma once
// C++ names as people write them, in a line of a backtrace that came from a dying host, where nothing may allocate.

#include <string>
#include <string_view>

namespace ropewalk {

/// The line with its mangled name replaced: "#1 a.so  _ZN3fooEi+0x4" becomes "#1 a.so  foo(int)+0x4". A line without
/// one, or with one that cannot be read, stays as it is; a very long name is cut.
std::string demangled(std::string_view line);

}  // namespace ropewalk
