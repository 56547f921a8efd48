#pragma once
// Finds processes that a command left running in its process group. Reads /proc; knows nothing of their origin. Any
// thread.

#include <sys/types.h>

#include <string>
#include <vector>

namespace process {

struct Stray {
  pid_t pid = 0;
  std::string name;
};

/// The living members of a group whose leader was reaped a moment ago. While one of them is there, ended or not, the
/// number of the group is not given to another. If there is none, the kernel gives it again only after all other
/// numbers.
std::vector<Stray> find_strays(pid_t group);

/// "2 processes: sleep, tail"
std::string names_of(const std::vector<Stray>& strays);

/// Kills the group and waits until they have ended, at most 100 ms.
void end(pid_t group, const std::vector<Stray>& strays);

/// Where this process is a subreaper: reaps what has become its own of the group, strays and those that had ended by
/// themselves.
void reap_orphans(pid_t group);

}  // namespace process
