#pragma once
// The state of a process that a task could change for later tasks: working directory, umask, locale, environment,
// signal mask and dispositions, limits, priority, floating-point mode, descriptors, threads. The only worker of a
// process takes a fingerprint and compares it with later states. Nothing is changed back: a process that has drifted is
// replaced, which also covers changes that a fingerprint does not see.
//
// On the worker's thread (mask, priority and floating-point mode are a thread's own). About 10 us to take and compare.

#include "protocol/board_layout.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ropewalk::host {

/// Growth that is no drift: a library opens a file or starts a thread when it is first needed.
inline constexpr std::size_t kMoreDescriptors = 32, kMoreThreads = 8;

class Fingerprint {
 public:
  /// `own`: descriptors of the host itself, which must not change. `first`: later fingerprints are compared with this.
  static Fingerprint take(std::span<const int> own, bool first = false);

  struct Drift {
    std::uint32_t kinds = 0;  ///< bits of board::DriftKind; 0: nothing that matters
    std::string text;         ///< for a person: "its working directory is /tmp"
  };
  /// The differences of `now`, without the kinds in `known`.
  Drift drift(const Fingerprint& now, std::uint32_t known = 0) const;
  /// Accepts the current numbers of descriptors and threads, which the first task of its type needs permanently.
  void allow_growth(const Fingerprint& now);
  /// Does not count descriptors that the host itself holds temporarily.
  void leave_out(std::size_t descriptors);

 private:
  std::string changed_variable() const;

  static constexpr std::size_t kSignals = 16, kLimits = 8;
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const File&) const = default;
  };

  std::string folder_, locale_;
  std::uintptr_t thread_locale_ = 0;
  mode_t umask_ = 0;
  std::uint64_t environment_ = 0;       // a hash
  std::vector<std::string> variables_;  // sorted; only of the first
  sigset_t mask_{};
  std::array<std::uintptr_t, kSignals> handlers_{};
  std::array<rlimit, kLimits> limits_{};
  int priority_ = 0, rounding_ = 0, traps_ = 0;
  std::vector<File> own_;
  std::size_t lowest_free_ = 0;  // descriptor: what leaks fills the numbers from below
  std::size_t threads_ = 0;
};

}  // namespace ropewalk::host
