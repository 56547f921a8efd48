#include "base/cycles.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace ropewalk {
namespace {

constexpr std::int64_t kLongest = std::int64_t{1} << 60;  // 36 years

}  // namespace

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

CycleClock::CycleClock() : tsc_(tsc_is_trusted()), first_cycles_(read_cycles(tsc_)), first_ns_(monotonic_ns()) {
  if (!tsc_) return;
  // Good to about 0.1 % at once; calibrate() makes it better as time goes by.
  while (monotonic_ns() - first_ns_ < 50'000) {
  }
  calibrate();
}

void CycleClock::calibrate() {
  if (!tsc_) return;
  const std::uint64_t cycles = read_cycles(true);
  const std::int64_t ns = monotonic_ns();
  if (cycles > first_cycles_ && ns > first_ns_)
    ns_per_cycle_ = static_cast<double>(ns - first_ns_) / static_cast<double>(cycles - first_cycles_);
}

std::int64_t CycleClock::to_ns(std::uint64_t cycles) const {
  if (!tsc_) return static_cast<std::int64_t>(cycles & (~std::uint64_t{0} >> 1));
  const double since = static_cast<double>(static_cast<std::int64_t>(cycles - first_cycles_)) * ns_per_cycle_;
  return first_ns_ + static_cast<std::int64_t>(std::clamp(since, -1e18, 1e18));
}

std::int64_t CycleClock::span_ns(std::uint64_t start, std::uint64_t end) const {
  if (end <= start) return 0;
  const double span = static_cast<double>(end - start) * ns_per_cycle_;
  return span < static_cast<double>(kLongest) ? static_cast<std::int64_t>(span) : kLongest;
}

}  // namespace ropewalk
