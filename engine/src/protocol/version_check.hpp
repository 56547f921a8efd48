#pragma once
// Engine, warden and hosts exchange messages only if their versions are equal. The engine passes its version as the
// last argument of the other two programs.

namespace ropewalk {

/// The exit code of a warden or host that was started by an engine of another version, after it wrote both versions to
/// stderr.
inline constexpr int kExitOtherVersion = 77;

/// For the main() of `name`: compares the versions. Writes to stderr and returns false if they differ.
bool is_of_engines_version(const char* name, const char* engines);

}  // namespace ropewalk
