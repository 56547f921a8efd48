#pragma once
// How a program is started from a process with many threads: a child that shares its memory until it calls exec, which
// costs no copy of any page. Knows neither pipes nor results.

#include "descriptor.hpp"

#include <ropewalk/sdk/task.hpp>

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace shell {

/// Borrowed, all of it, and made ready before: the child may call nothing but the kernel.
struct Program {
  const char* path;
  char* const* argv;
  char* const* env;
  int folder;  ///< to start in; AT_FDCWD: this process's own
  int in;      ///< -1: /dev/null. These are 3 or above
  int out, err;
};

/// Constant once it is made; any thread.
class Launcher {
 public:
  /// Looks which signals are not at their default now; nothing in this process changes them later. Programs get the soft
  /// limit of descriptors that the user had, which the host has raised for itself.
  explicit Launcher(const ropewalk::Call& call);

  struct Started {
    pid_t pid = -1;
    Descriptor pidfd;
    int error = 0;  ///< errno of the first step that failed, in the child also; then there is no child
  };
  /// The program leads a process group, has no signal blocked or ignored, and descriptors 0, 1, 2 and no other.
  Started start(const Program& program) const;

 private:
  std::vector<int> signals_;  // that are handled or ignored
  const int most_descriptors_;
  const std::uint64_t soft_descriptors_;  ///< 0: as they are
};

}  // namespace shell
