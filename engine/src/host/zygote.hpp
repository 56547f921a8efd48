#pragma once
// Forks hosts from this process, which has loaded the plugin, runs no task and has one thread. The warden is the parent
// of both processes, and learns of the fork over a pipe. Used on that one thread.

#include "base/fd.hpp"
#include "protocol/host_mark.hpp"

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace ropewalk::host {

class Zygote {
 public:
  /// `fork_log` is the pipe to the warden; `engine` is borrowed, the socket of this host.
  Zygote(Fd fork_log, int engine);

  /// Returns true in the child, which has its own process group, dies with the warden, and has `socket` in place of the
  /// engine's socket and `output` as 1 and 2. Returns false in this process. A failure is reported to the engine.
  bool fork(std::uint64_t host, int socket, int output);

  /// The number of threads of this process.
  static std::uint64_t threads();
  /// Closes the descriptors of a request.
  static void close(std::span<const int> fds);

 private:
  void log_fork(std::uint64_t host, pid_t pid) const;
  void become_host(std::uint64_t host, int socket, int output);
  bool refuse(std::uint64_t host, std::string_view why) const;

  Fd fork_log_;
  const int engine_;
  const pid_t warden_;
  const HostMark mark_ = HostMark::beside();
  int* thread_id_ = nullptr;  // where the C library stores the number of this thread
};

}  // namespace ropewalk::host
