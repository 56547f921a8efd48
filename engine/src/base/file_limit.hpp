#pragma once
// The limit on the size of files written by this process (RLIMIT_FSIZE, `ulimit -f`). The user sets it for the files of
// tasks, but it would also limit the engine's shared memory and results. The engine therefore lifts it for itself and
// its hosts, and hosts restore it for their tasks.

#include <cstdint>
#include <optional>

namespace ropewalk {

/// Raises the limit as far as permitted. Call before other threads start.
void lift_file_limit();

/// The user's own soft limit; empty if there is none.
std::optional<std::uint64_t> users_file_limit();

}  // namespace ropewalk
