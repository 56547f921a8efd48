#pragma once
// Starts a program from a process with many threads. The child shares the parent's memory until it calls exec, so no
// page is copied. Knows neither pipes nor results.

#include "process/descriptor.hpp"

#include <ropewalk/sdk/task.hpp>

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace process {

/// Borrowed completely and prepared in advance, because the child may call only the kernel.
struct Program {
  const char* path;
  char* const* argv;
  char* const* env;
  int folder;  ///< its working directory; AT_FDCWD: this process's own
  int in;      ///< -1: /dev/null. These are 3 or above
  int out, err;
};

/// Constant after construction; any thread.
class Launcher {
 public:
  /// Records which signals are not at their default; nothing in this process changes them later. Programs get the
  /// user's soft limit of descriptors, which the host has raised for itself.
  explicit Launcher(const ropewalk::Call& call);

  struct Started {
    pid_t pid = -1;
    Descriptor pidfd;
    int error = 0;  ///< errno of the first failed step, including those in the child; then there is no child
  };
  /// The program leads a process group, has no blocked or ignored signals, and has only the descriptors 0, 1 and 2.
  Started start(const Program& program) const;

 private:
  std::vector<int> signals_;  // that are handled or ignored
  const int most_descriptors_;
  const std::uint64_t soft_descriptors_;  ///< 0: unchanged
};

}  // namespace process
