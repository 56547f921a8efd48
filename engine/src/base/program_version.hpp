#pragma once
// The version of this build, which the programs, the library and the planner have in common. Any thread, and in signal
// handlers.

namespace ropewalk {

/// MAJOR.MINOR.PATCH, static.
const char* program_version();

}  // namespace ropewalk
