#pragma once
// The version of this build, which the programs, the library and the planner have in common.

namespace ropewalk {

/// Returns MAJOR.MINOR.PATCH, as static text. Any thread, also in a signal handler.
const char* program_version();

}  // namespace ropewalk
