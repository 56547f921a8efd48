#include "report/completion_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::int64_t kRateSecond = 1'000'000'000;

std::int64_t at(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

TEST(CompletionRate, IsUnknownBeforeATaskHasEnded) {
  CompletionRate rate(0, 8);
  rate.update(kRateSecond, 0);
  EXPECT_EQ(rate.per_second(kRateSecond), std::nullopt);
  EXPECT_EQ(rate.seconds_left(kRateSecond, 10), std::nullopt);
}

TEST(CompletionRate, OfASteadyStageIsItsAverageFromTheStart) {
  CompletionRate rate(5 * kRateSecond, 4);
  for (int tenth = 1; tenth <= 600; ++tenth) {
    const std::int64_t t_ns = 5 * kRateSecond + tenth * kRateSecond / 10;
    rate.update(t_ns, 2u * static_cast<std::uint64_t>(tenth));
    EXPECT_NEAR(*rate.per_second(t_ns), 20, 1e-6);
  }
  EXPECT_NEAR(*rate.seconds_left(65 * kRateSecond, 100), 5, 1e-6);
}

TEST(CompletionRate, FollowsAStageThatBecomesSlower) {
  CompletionRate rate(0, 2);
  std::uint64_t ended = 0;
  std::int64_t t_ns = 0;
  for (int i = 0; i < 600; ++i) rate.update(t_ns += kRateSecond / 10, ended += 10);
  for (int i = 0; i < 600; ++i) rate.update(t_ns += kRateSecond / 10, ended += 1);
  EXPECT_NEAR(*rate.per_second(t_ns), 10, 1) << "100 in a second before, 10 now";
}

TEST(CompletionRate, DoesNotJumpIfTasksEndInBursts) {
  // Eight workers, each task takes a minute: eight end within a second, then none for 59.
  CompletionRate rate(0, 8);
  std::uint64_t ended = 0, left = 800;
  double least = 1e9, most = 0, before = 0;
  for (int tenth = 1; tenth <= 60'000; ++tenth) {
    const double second = tenth / 10.0;
    if (tenth % 600 < 8 && tenth >= 600) ++ended, --left;
    rate.update(at(second), ended);
    const auto eta = rate.seconds_left(at(second), left);
    if (second < 61) continue;
    ASSERT_TRUE(eta);
    least = std::min(least, *rate.per_second(at(second))), most = std::max(most, *rate.per_second(at(second)));
    if (second > 62) {
      ASSERT_NEAR(*eta, before, 10 + 0.05 * before) << second;
    }
    before = *eta;
  }
  EXPECT_GT(least, 8.0 / 60 * 0.85);
  EXPECT_LT(most, 8.0 / 60 * 1.15);
}

TEST(CompletionRate, TheTimeLeftPassesBetweenTheEndsOfTasks) {
  CompletionRate rate(0, 1);
  rate.update(60 * kRateSecond, 1);
  EXPECT_NEAR(*rate.seconds_left(60 * kRateSecond, 2), 120, 1e-6);
  EXPECT_NEAR(*rate.seconds_left(90 * kRateSecond, 2), 90, 1e-6);
}

TEST(CompletionRate, FallsWhileNothingEndsForLongerThanUsual) {
  CompletionRate rate(0, 1);
  for (int second = 1; second <= 100; ++second) rate.update(second * kRateSecond, static_cast<std::uint64_t>(second));
  EXPECT_NEAR(*rate.per_second(100 * kRateSecond), 1, 1e-6);
  EXPECT_LT(*rate.per_second(160 * kRateSecond), 0.2);
  EXPECT_GT(*rate.seconds_left(160 * kRateSecond, 10), *rate.seconds_left(130 * kRateSecond, 10));
}

TEST(CompletionRate, TheTimeLeftIsUnknownBeforeARoundOfWorkersHasEnded) {
  CompletionRate rate(0, 4);
  rate.update(10 * kRateSecond, 3);
  EXPECT_TRUE(rate.per_second(10 * kRateSecond));
  EXPECT_EQ(rate.seconds_left(10 * kRateSecond, 97), std::nullopt);
  rate.update(10 * kRateSecond + kRateSecond / 10, 4);
  EXPECT_NEAR(*rate.seconds_left(10 * kRateSecond + kRateSecond / 10, 96), 242, 5);
  EXPECT_EQ(rate.seconds_left(11 * kRateSecond, 0), std::nullopt) << "nothing is left";
}

}  // namespace
}  // namespace ropewalk
