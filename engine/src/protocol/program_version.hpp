#pragma once
// The version of this build. Engine, warden and hosts speak with each other only if theirs are equal: the engine's is
// the last word on the command line of the other two.

namespace ropewalk {

/// MAJOR.MINOR.PATCH, static.
const char* program_version();

/// The exit code of a warden or a host that an engine of another version has started. It has named both on stderr.
inline constexpr int kExitOtherVersion = 77;

/// For the main() of `name`: compares the versions. False: they differ, which is written to stderr.
bool is_of_engines_version(const char* name, const char* engines);

}  // namespace ropewalk
