#pragma once
// Processes that hosts left behind. The warden is a subreaper, and so is every host: a child of the warden that it did
// not start itself was orphaned by a dead host, whatever sessions and groups it made. One thread.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ropewalk::warden {

/// The children of this process, zombies too.
std::vector<pid_t> children();

struct StraysEnd {
  std::uint64_t running = 0;   ///< how many children still ran when it was called
  std::vector<pid_t> remaining;  ///< those that could not be ended
};

/// Kills the processes of `group` (0: of none) and every child that `known` does not claim, then waits for them, and
/// begins again with the children that these leave behind, until none is left. It gives up only a process that it may not
/// signal, or that does not die while nothing else dies either for five seconds; such a process is reported once and not
/// waited for again. `patience_ns` bounds the whole, for a warden that others wait for; 0: no bound.
StraysEnd end_strays(const std::function<bool(pid_t)>& known, pid_t group, std::int64_t patience_ns);

/// Those that were given up are tried, and reported, once more.
void try_again();

/// "3 processes (17 sleep, 18 sh, 19 dd)"; at most five are named.
std::string list_of(const std::vector<pid_t>& processes);

}  // namespace ropewalk::warden
