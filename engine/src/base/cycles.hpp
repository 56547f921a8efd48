#pragma once
// Time from the cheapest counter of the machine: the cycle counter if the kernel uses it as its clock source (about 6
// ns for two readings), otherwise CLOCK_MONOTONIC. Workers read the raw counter; only the engine converts readings.

#include <sys/time.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <optional>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace ropewalk {

std::int64_t clock_ns(clockid_t clock);
inline std::int64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }
/// Since 1970.
inline std::int64_t unix_ns() { return clock_ns(CLOCK_REALTIME); }
/// As getrusage() has times.
constexpr std::int64_t to_ns(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1000;
}
/// Total time the machine has been suspended since boot. CLOCK_MONOTONIC excludes this time.
std::int64_t machine_suspended_ns();

/// Returns whether the kernel's clock source is the TSC. The TSC is then constant and equal on all cores.
bool tsc_is_trusted();

/// Reads the counter. The engine and its hosts must pass the same `tsc`.
inline std::uint64_t read_cycles(bool tsc) {
#if defined(__x86_64__)
  if (tsc) return __rdtsc();
#else
  (void)tsc;
#endif
  return static_cast<std::uint64_t>(monotonic_ns());
}

/// Converts counter readings to CLOCK_MONOTONIC nanoseconds. Single-threaded.
class CycleClock {
 public:
  CycleClock();
  /// For tests: a counter with this reading at this time and an unknown rate.
  CycleClock(std::uint64_t cycles, std::int64_t ns);
  bool tsc() const { return tsc_; }
  /// Measures the rate again over the time since construction. Cheap; call it before a batch of conversions.
  void calibrate();
  /// Calibrates with two readings taken together. During a suspend the counter may continue or restart. The rate then
  /// stays as it was and is measured from this point on.
  void calibrate(std::uint64_t cycles, std::int64_t ns);
  std::int64_t to_ns(std::uint64_t cycles) const {
    if (!tsc_) return static_cast<std::int64_t>(cycles & (~std::uint64_t{0} >> 1));
    return before_ && cycles < now_.cycles ? to_ns_before(cycles) : now_.at(cycles);
  }
  /// Never negative, because a hostile host may send any reading.
  std::int64_t span_ns(std::uint64_t start, std::uint64_t end) const {
    if (end <= start) return 0;
    if (before_ && start < now_.cycles && end >= now_.cycles) return span_ns_across(start, end);
    const double span = static_cast<double>(end - start) * now_.ns_per_cycle;
    return span < static_cast<double>(kMaxSpanNs) ? static_cast<std::int64_t>(span) : kMaxSpanNs;
  }

 private:
  static constexpr std::int64_t kMaxSpanNs = std::int64_t{1} << 60;  // 36 years

  std::int64_t to_ns_before(std::uint64_t cycles) const;
  std::int64_t span_ns_across(std::uint64_t start, std::uint64_t end) const;

  bool tsc_;
  /// A point at which both clocks were read, and the rate from there on.
  struct Stretch {
    std::uint64_t cycles;
    std::int64_t ns;
    double ns_per_cycle = 1.0;
    std::int64_t at(std::uint64_t reading) const {
      const double since = static_cast<double>(static_cast<std::int64_t>(reading - cycles)) * ns_per_cycle;
      return ns + static_cast<std::int64_t>(std::clamp(since, -1e18, 1e18));
    }
  };

  Stretch now_;
  std::optional<Stretch> before_;  // set if the machine was suspended
};

}  // namespace ropewalk
