#include "base/cycles.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kCyclesASecond = 2'000'000'000;

/// A clock that was read every tenth of a second up to `until_s`.
CycleClock clock_of(std::int64_t until_s) {
  CycleClock clock(5000, 10 * kSecond);
  clock.calibrate(5000 + 100'000, 10 * kSecond + 50'000);
  for (std::int64_t tenth = 1; tenth <= 10 * until_s; ++tenth)
    clock.calibrate(5000 + static_cast<std::uint64_t>(tenth) * kCyclesASecond / 10,
                    10 * kSecond + tenth * kSecond / 10);
  return clock;
}

TEST(CycleClock, ConvertsReadingsToTimesAndSpansToDurations) {
  const CycleClock clock = clock_of(3);
  EXPECT_NEAR(static_cast<double>(clock.to_ns(5000 + kCyclesASecond)), 11e9, 10);
  EXPECT_NEAR(static_cast<double>(clock.span_ns(7, 7 + kCyclesASecond)), 1e9, 10);
  EXPECT_EQ(clock.span_ns(8, 7), 0);
}

/// Eight hours of suspend: the counter has advanced, CLOCK_MONOTONIC has not.
TEST(CycleClock, S13_ReadingsConvertCorrectlyAroundASuspendDuringWhichTheCounterAdvances) {
  CycleClock clock = clock_of(3);
  const std::uint64_t asleep = 8 * 3600 * kCyclesASecond, woke = 5000 + 3 * kCyclesASecond + asleep;
  clock.calibrate(woke, 13 * kSecond);
  clock.calibrate(woke + kCyclesASecond, 14 * kSecond);
  EXPECT_NEAR(static_cast<double>(clock.to_ns(5000 + kCyclesASecond)), 11e9, 10) << "before it slept";
  EXPECT_NEAR(static_cast<double>(clock.to_ns(woke + 2 * kCyclesASecond)), 15e9, 10) << "after it";
  EXPECT_NEAR(static_cast<double>(clock.span_ns(5000 + 2 * kCyclesASecond, woke + kCyclesASecond)), 2e9, 10)
      << "across it";
  EXPECT_LE(clock.to_ns(woke - 1), 13 * kSecond) << "the time of the suspend is not counted";
}

TEST(CycleClock, S13_ReadingsConvertCorrectlyAroundASuspendThatRestartsTheCounter) {
  CycleClock clock = clock_of(3);
  clock.calibrate(77, 13 * kSecond);
  clock.calibrate(77 + kCyclesASecond, 14 * kSecond);
  EXPECT_NEAR(static_cast<double>(clock.to_ns(77 + 2 * kCyclesASecond)), 15e9, 10);
}

TEST(CycleClock, S13_APauseOfAThreadIsNotMistakenForASuspendOfTheMachine) {
  const std::int64_t before = machine_suspended_ns();
  for (int i = 0; i < 10'000; ++i) EXPECT_LT(machine_suspended_ns() - before, kSecond);
}

}  // namespace
}  // namespace ropewalk
