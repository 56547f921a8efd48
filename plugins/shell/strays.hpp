#pragma once
// Finds processes that a command left running in its process group. Reads /proc; knows nothing of their origin. Any
// thread.

#include <sys/types.h>

#include <string>
#include <vector>

namespace shell {

struct Stray {
  pid_t pid = 0;
  std::string name;
};

/// The living members of the group except its leader, which has ended and is not reaped yet. `likely` is a hint: if it
/// is false and the process is a subreaper, only its own children are examined, because strays become its children.
std::vector<Stray> find_strays(pid_t group, bool likely);

/// "2 processes: sleep, tail"
std::string names_of(const std::vector<Stray>& strays);

/// Waits until they have ended, at most 100 ms. Call after the group was killed and before its leader is reaped.
void wait_for(const std::vector<Stray>& strays);

/// Reaps the group's processes that have become children of this process: strays, and those that ended by themselves.
/// Call after its leader was reaped.
void reap_orphans(pid_t group);

}  // namespace shell
