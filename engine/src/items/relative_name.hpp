#pragma once
// The note of a message about a missing file that has a relative name. Reads only the working directory.

#include <string>
#include <string_view>

namespace ropewalk {

/// " (relative to '/home/user')" for a relative name, else "".
std::string relative_to(std::string_view name);

}  // namespace ropewalk
