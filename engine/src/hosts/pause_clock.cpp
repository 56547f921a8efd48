#include "hosts/pause_clock.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kGoingOn = std::numeric_limits<std::int64_t>::max();

}  // namespace

bool PauseClock::pause(std::int64_t monotonic_ns) {
  const MutexLock lock(mutex_);
  if (!pauses_.empty() && pauses_.back().until_ns == kGoingOn) return false;
  pauses_.push_back({monotonic_ns, kGoingOn, paused_ns()});
  return true;
}

bool PauseClock::resume(std::int64_t monotonic_ns) {
  const MutexLock lock(mutex_);
  if (pauses_.empty() || pauses_.back().until_ns != kGoingOn) return false;
  pauses_.back().until_ns = monotonic_ns;
  paused_ns_ = pauses_.back().before_ns + monotonic_ns - pauses_.back().from_ns;
  return true;
}

std::int64_t PauseClock::at(std::int64_t monotonic_ns) const {
  const MutexLock lock(mutex_);
  const auto after = std::upper_bound(pauses_.begin(), pauses_.end(), monotonic_ns,
                                      [](std::int64_t time, const Pause& pause) { return time < pause.from_ns; });
  if (after == pauses_.begin()) return monotonic_ns;
  const Pause& last = *std::prev(after);
  return monotonic_ns - last.before_ns - (std::min(monotonic_ns, last.until_ns) - last.from_ns);
}

}  // namespace ropewalk
