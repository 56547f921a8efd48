#include "base/cycles.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace ropewalk {
namespace {

constexpr std::int64_t kMinIntervalNs = 50'000;  // shortest interval for measuring the rate
constexpr std::int64_t kLeapNs = 50'000'000;     // clock and counter never drift apart this much alone

}  // namespace

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool tsc_is_trusted() {
#if defined(__x86_64__)
  const int fd = ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char name[16] = {};
  const ssize_t size = ::read(fd, name, sizeof name - 1);
  ::close(fd);
  return size > 0 && std::string_view(name, static_cast<std::size_t>(size)) == "tsc\n";
#else
  return false;
#endif
}

std::int64_t machine_suspended_ns() {
  // Read the other clock twice in quick succession, so that a pause of this thread does not look like a machine
  // suspend.
  std::int64_t suspended = 0, closest = std::numeric_limits<std::int64_t>::max();
  for (int tries = 0; tries < 10 && closest > 1'000'000; ++tries) {
    const std::int64_t before = monotonic_ns(), since_boot = clock_ns(CLOCK_BOOTTIME), after = monotonic_ns();
    if (after - before < closest) closest = after - before, suspended = since_boot - after;
  }
  return suspended;
}

CycleClock::CycleClock() : tsc_(tsc_is_trusted()), now_{.cycles = read_cycles(tsc_), .ns = monotonic_ns()} {
  if (!tsc_) return;
  // Accurate to about 0.1 % here; calibrate() improves the rate over time.
  while (monotonic_ns() - now_.ns < kMinIntervalNs) {
  }
  const std::uint64_t cycles = read_cycles(true);
  now_.ns_per_cycle = static_cast<double>(monotonic_ns() - now_.ns) /
                      static_cast<double>(std::max<std::uint64_t>(cycles - now_.cycles, 1));
}

CycleClock::CycleClock(std::uint64_t cycles, std::int64_t ns) : tsc_(true), now_{.cycles = cycles, .ns = ns} {}

void CycleClock::calibrate() {
  if (tsc_) calibrate(read_cycles(true), monotonic_ns());
}

void CycleClock::calibrate(std::uint64_t cycles, std::int64_t ns) {
  const std::int64_t since = ns - now_.ns;
  if (std::abs(now_.at(cycles) - ns) > kLeapNs + since / 100) {
    before_ = now_;
    now_.cycles = cycles, now_.ns = ns;
  } else if (since >= kMinIntervalNs && cycles > now_.cycles) {
    now_.ns_per_cycle = static_cast<double>(since) / static_cast<double>(cycles - now_.cycles);
  }
}

std::int64_t CycleClock::to_ns_before(std::uint64_t cycles) const { return std::min(before_->at(cycles), now_.ns); }

std::int64_t CycleClock::span_ns_across(std::uint64_t start, std::uint64_t end) const {
  return std::clamp<std::int64_t>(to_ns(end) - to_ns(start), 0, kMaxSpanNs);
}

}  // namespace ropewalk
