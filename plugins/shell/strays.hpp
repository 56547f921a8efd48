#pragma once
// What a command left running in its process group. Reads /proc; knows nothing of how they got there. Any thread.

#include <sys/types.h>

#include <string>
#include <vector>

namespace shell {

struct Stray {
  pid_t pid = 0;
  std::string name;
};

/// The living members of the group but its leader, which has ended and is not reaped yet. `likely` is a hint: if
/// false, and the process is a subreaper, only its own children are looked at, which is where strays end up.
std::vector<Stray> find_strays(pid_t group, bool likely);

/// "2 processes: sleep, tail"
std::string names_of(const std::vector<Stray>& strays);

/// After the group was killed, and before its leader is reaped: until they have ended, at most 100 ms.
void wait_for(const std::vector<Stray>& strays);

/// After its leader was reaped: reaps what has become ours of the group, strays and those that had ended by themselves.
void reap_orphans(pid_t group);

}  // namespace shell
