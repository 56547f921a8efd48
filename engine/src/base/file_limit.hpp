#pragma once
// How large a file of this process may grow (RLIMIT_FSIZE, `ulimit -f`). The user sets it for what tasks write. It would also
// limit the shared memory of the engine and its results, so the engine lifts it for itself and its hosts, and hosts set it
// again for their tasks.

#include <cstdint>
#include <optional>

namespace ropewalk {

/// As far as this process may. Before other threads start.
void lift_file_limit();

/// The soft limit as the user set it; nothing: there is none.
std::optional<std::uint64_t> users_file_limit();

}  // namespace ropewalk
