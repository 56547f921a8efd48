#pragma once
// Which host a process descends from. The mark is the value of RLIMIT_LOCKS, a limit that Linux has ignored since 2.4
// but that processes still inherit: across fork(), exec(), setsid() and an empty environment. Only root can raise it
// again. The warden marks the hosts that it starts, a forked host marks itself, and the warden reads the marks of its
// orphans. Every function is a few system calls and allocates nothing.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ropewalk {

class HostMark {
 public:
  /// For hosts that the calling process starts. It may descend from a host itself: the marks of its hosts lie below its
  /// own.
  static HostMark below();
  /// For hosts that are copies of the calling process, which is a host with a mark.
  static HostMark beside();

  /// Marks the calling process. False: its limit is too low for marks. Such a host has to adopt its orphans, so that
  /// they come to the warden after its death and not before.
  bool put(std::uint64_t host) const;
  /// The host that the process descends from, also if the process has ended and is not reaped yet. Nothing: it has no
  /// mark.
  std::optional<std::uint64_t> of(pid_t pid) const;

 private:
  HostMark(std::uint64_t above, int shift) : above_(above), shift_(shift) {}

  std::uint64_t above_;  // the part of a mark that belongs to an engine further up
  int shift_;            // of the host's number; -1: there is no room for marks
};

}  // namespace ropewalk
