#pragma once
// Prevents hosts and their descendants from killing, stopping or tracing the warden and the engine, if the kernel
// allows that restriction without taking other rights from them. A seccomp filter checks the pids passed to kill(2) and
// similar calls; every other call passes. The kernel requires CAP_SYS_ADMIN or no_new_privs. no_new_privs is set for
// root only, because it would break sudo and ping in the tasks of other users.

#include <linux/filter.h>
#include <sys/types.h>

#include <vector>

namespace ropewalk::warden {

class Shield {
 public:
  /// `warden` must lead its own process group.
  Shield(pid_t warden, pid_t engine);

  /// Called in a child between fork and exec, so it uses system calls only. Has no effect if the kernel refuses the
  /// filter.
  void raise() const;

 private:
  std::vector<sock_filter> code_;
};

}  // namespace ropewalk::warden
