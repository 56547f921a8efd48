#pragma once
// Makes hosts by copying this process, which has loaded the plugin, runs nothing of it and has one thread. The copy
// is a sibling: the warden is its parent too, and is told of it over a pipe. Used on that one thread.

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

  /// True in the child: a process in a group of its own, that dies with the warden, has `socket` in the place of
  /// the engine's socket and `output` as 1 and 2. False in this process, also where it failed: the engine is told.
  bool fork(std::uint64_t host, int socket, int output);

  /// How many this process has.
  static std::uint64_t threads();
  /// Closes what a request brought.
  static void close(std::span<const int> fds);

 private:
  void log_fork(std::uint64_t host, pid_t pid) const;
  void become_host(std::uint64_t host, int socket, int output);
  bool refuse(std::uint64_t host, std::string_view why) const;

  Fd fork_log_;
  const int engine_;
  const pid_t warden_;
  const HostMark mark_ = HostMark::beside();
  int* thread_id_ = nullptr;  // where the C library keeps the number of this thread
};

}  // namespace ropewalk::host
