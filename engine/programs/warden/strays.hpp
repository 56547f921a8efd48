#pragma once
// Processes that hosts left behind. The warden is a subreaper: a child of the warden that is no host was orphaned by a
// host or by a task of one, whatever sessions and groups it made. Its mark says by which. One thread.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ropewalk::warden {

/// The children of this process, including zombies.
std::vector<pid_t> children();

struct StraysEnd {
  std::uint64_t running = 0;     ///< children that were still running at the call
  std::vector<pid_t> remaining;  ///< processes that could not be killed
};

/// Kills the processes of `group` (0: none) and every child that `known` does not claim, waits for them, and repeats
/// this for the children that they leave behind, until none is left. It abandons only a process that it may not signal,
/// or one that does not die within five seconds in which no other process dies either. Such a process is reported once
/// and not waited for again. `patience_ns` limits the whole call, for a warden with waiting peers; 0: no limit.
StraysEnd end_strays(const std::function<bool(pid_t)>& known, pid_t group, std::int64_t patience_ns);

/// Retries, and reports again, the abandoned processes.
void try_again();

/// "3 processes (17 sleep, 18 sh, 19 dd)"; at most five are named.
std::string list_of(const std::vector<pid_t>& processes);

}  // namespace ropewalk::warden
