#pragma once
// Options of xargs and GNU parallel that `ropewalk map` does not have, and what it has for them. Pure; any thread.

#include <string_view>

namespace ropewalk::cli {

/// How `map` does what the option asks for; empty: the option is not known. `option`: "-P", "-P4", "--max-procs".
std::string_view twin_of(std::string_view option);

}  // namespace ropewalk::cli
