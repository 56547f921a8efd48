#pragma once
// A clock that stands still while the hosts are frozen. All deadlines of attempts and hosts are times of this clock, so
// that no pause can bring one nearer. Knows no host. Any thread.

#include "base/mutex.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace ropewalk {

/// Times are nanoseconds; those it is given are of CLOCK_MONOTONIC.
class PauseClock {
 public:
  /// False: nothing to do, it stands still or runs already.
  bool pause(std::int64_t monotonic_ns);
  bool resume(std::int64_t monotonic_ns);

  /// What it showed, or shows, at that time: never more for an earlier one.
  std::int64_t at(std::int64_t monotonic_ns) const;

  /// All pauses that are over, together.
  std::int64_t paused_ns() const { return paused_ns_.load(std::memory_order_relaxed); }

 private:
  struct Pause {
    std::int64_t from_ns, until_ns;
    std::int64_t before_ns;  // all earlier ones together
  };

  mutable Mutex mutex_;
  std::vector<Pause> pauses_ ROPEWALK_GUARDED_BY(mutex_);  // in order; the last may be going on
  std::atomic<std::int64_t> paused_ns_ = 0;
};

}  // namespace ropewalk
