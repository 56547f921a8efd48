#pragma once
// Processes that hosts left behind. The warden is a subreaper, and so is every host: a child of the warden that it did
// not start itself was orphaned by a dead host, whatever sessions and groups it made.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace ropewalk::warden {

/// The children of this process, zombies too.
std::vector<pid_t> children();

/// Kills the processes of `group` (0: of none) and every child that `known` does not claim, and reaps what these leave
/// behind in turn, until none is left; at most two seconds. Returns how many children still ran when it was called.
std::uint64_t end_strays(const std::function<bool(pid_t)>& known, pid_t group = 0);

}  // namespace ropewalk::warden
