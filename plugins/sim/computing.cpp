// sim.cpu and sim.spin.

#include "tasks.hpp"

#include <time.h>

#include <algorithm>
#include <bit>
#include <cstdio>

namespace sim {
namespace {

/// Each turn depends on the previous one, so neither a compiler nor wide execution units can shorten it. The constant
/// is the increment of splitmix64.
std::uint64_t turn(std::uint64_t x) {
  x = std::rotl(x, 23) + 0x9e3779b97f4a7c15;
  return x ^ (x >> 31);
}

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

constexpr std::int64_t kTurnsPerLook = 1 << 16;  // about 100 us between two calls of cancelled()

}  // namespace

Cpu::Result Cpu::run(ropewalk::Call& call) const {
  std::uint64_t x = 1;
  for (std::int64_t done = 0; done < turns;) {
    call.stop_if_cancelled();
    const std::int64_t end = std::min(turns, done + kTurnsPerLook);
    for (; done < end; ++done) x = turn(x);
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(x));
  return {.checksum = digits};
}

void Cpu::describe(ropewalk::TaskType<Cpu>& task) {
  task.summary("A fixed amount of integer arithmetic.")
      .thread_safe()
      .stops()
      .param("turns", &Cpu::turns, "how much; a million is a few milliseconds")
      .min(0)
      .result("checksum", &Result::checksum, "of the work, the same on every machine");
}

void Spin::run(ropewalk::Call& call) const {
  const double end = thread_cpu_seconds() + seconds;
  volatile std::uint64_t kept = 1;
  while (thread_cpu_seconds() < end) {
    call.stop_if_cancelled();
    std::uint64_t x = kept;
    for (int i = 0; i < 4096; ++i) x = turn(x);
    kept = x;
  }
}

void Spin::describe(ropewalk::TaskType<Spin>& task) {
  task.summary("Computes until its thread has used that much CPU time.")
      .thread_safe()
      .stops()
      .param("seconds", &Spin::seconds, "CPU time to use")
      .unit("s")
      .range(0, 1e9);
}

}  // namespace sim
