#pragma once
// Forbids hosts, and all that they start, to end, stop or trace the warden and the engine, where the kernel lets that be
// forbidden without taking anything else away from them. A seccomp filter looks at the numbers of processes that are given
// to kill(2) and its like; every other call passes. The kernel asks for CAP_SYS_ADMIN or no_new_privs. The latter is set for
// root only: to other users it would take sudo and ping in tasks.

#include <linux/filter.h>
#include <sys/types.h>

#include <vector>

namespace ropewalk::warden {

class Shield {
 public:
  /// `warden` leads a group of its own.
  Shield(pid_t warden, pid_t engine);

  /// In a child between fork and exec: system calls only. Where the kernel refuses, nothing changes.
  void raise() const;

 private:
  std::vector<sock_filter> code_;
};

}  // namespace ropewalk::warden
