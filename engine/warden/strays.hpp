#pragma once
// Processes that hosts left behind. The warden is a subreaper, and so is every host: a child of the warden that it did
// not start itself was orphaned by a dead host, whatever sessions and groups it made.

#include <sys/types.h>

#include <functional>
#include <vector>

namespace ropewalk::warden {

/// The children of this process, zombies too.
std::vector<pid_t> children();

/// Kills and reaps every child that `known` does not claim, and what these leave behind in turn, until none is left.
/// At most two seconds; false if one could not be killed by then.
bool end_strays(const std::function<bool(pid_t)>& known);

}  // namespace ropewalk::warden
