#pragma once
// What a message about a missing file must add so that a reader can find the cause. Reads the working directory only.

#include <string>
#include <string_view>

namespace ropewalk {

/// " (relative to '/home/user')" for a name that starts from the working directory, else "".
std::string relative_to(std::string_view name);

}  // namespace ropewalk
