#pragma once
// Starts a program from a process with many threads. The child shares the parent's memory until it calls exec, so no
// page is copied. Knows neither pipes nor results.

#include "process/descriptor.hpp"

#include <ropewalk/sdk/task.hpp>

#include <sys/types.h>

#include <cstdint>
#include <string>
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

/// Constant after construction; any thread. The tokens of a GNU jobserver that the host is given (the variable
/// ROPEWALK_JOB_TOKENS) are descriptors 3 and 4 of each program: make before 4.4 takes them in no other form.
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
  /// The program leads a process group, has no blocked or ignored signals, and has only the descriptors 0, 1 and 2, and
  /// those of the tokens.
  Started start(const Program& program) const;

  /// The value of MAKEFLAGS for programs. Empty: there are no tokens.
  const std::string& make_flags() const { return make_flags_; }

 private:
  Descriptor take_tokens_, return_tokens_;
  std::string make_flags_;
  std::vector<int> signals_;  // that are handled or ignored
  const int most_descriptors_;
  const std::uint64_t soft_descriptors_;  ///< 0: unchanged
};

}  // namespace process
