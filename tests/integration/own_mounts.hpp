#pragma once
// A mount namespace for a test that needs a small, full or read-only file system.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace ropewalk::test {

/// Runs `body` in a separate mount namespace, in a child; returns its exit code. -1: not permitted, or `body` returned
/// kNotPermitted.
inline constexpr int kNotPermitted = 201;
template <class Body>
int with_own_mounts(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      ::_exit(kNotPermitted);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status) == kNotPermitted ? -1 : WEXITSTATUS(status);
}

/// Writes until nothing more fits.
inline void fill(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::close(fd);
}

}  // namespace ropewalk::test
