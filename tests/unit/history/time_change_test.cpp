#include "history/time_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ropewalk {
namespace {

TimePairs pairs(const std::vector<std::pair<double, double>>& times) {
  TimePairs all;
  for (const auto& [before, after] : times) all.add(before, after);
  return all;
}

TEST(TimeChange, IsThePairedIntervalOfLogarithms) {
  // ln 2, ln 2, ln 4, ln 1: mean ln 2, s = ln 2 sqrt(2/3); t(0.975, 3) = 3.182446 by the tables.
  const auto change = pairs({{1, 2}, {10, 20}, {0.5, 2}, {3, 3}}).change();
  ASSERT_TRUE(change);
  const double half = 3.182446 * std::log(2) * std::sqrt(2.0 / 3) / 2;
  EXPECT_NEAR(change->ratio, 2, 1e-9);
  EXPECT_NEAR(change->low, 2 * std::exp(-half), 1e-5);
  EXPECT_NEAR(change->high, 2 * std::exp(half), 1e-5);
  EXPECT_EQ(change->tasks, 4u);
  EXPECT_FALSE(change->is_evident()) << change->low;
}

TEST(TimeChange, TheSameTimesAreNoEvidence) {
  const auto change = pairs({{1, 1}, {2, 2}, {0.1, 0.1}}).change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->ratio, 1);
  EXPECT_FALSE(change->is_evident());
}

TEST(TimeChange, FewerThanTwoPairsHaveNoInterval) {
  EXPECT_FALSE(pairs({}).change());
  EXPECT_FALSE(pairs({{1, 100}}).change());
}

TEST(TimeChange, BelowTheNoiseIsNoEvidenceHoweverSure) {
  TimePairs slower, faster, twice;
  for (int i = 0; i < 10'000; ++i) slower.add(1, 1.01), faster.add(1.01, 1), twice.add(1, 2);
  EXPECT_GT(slower.change()->low, 1);
  EXPECT_FALSE(slower.change()->is_evident());
  EXPECT_FALSE(faster.change()->is_evident());
  EXPECT_TRUE(twice.change()->is_evident());
}

TEST(TimeChange, ATimeOfZeroCountsAsANanosecond) {
  const auto change = pairs({{0, 0}, {0, 1e-9}, {1e-9, 0}}).change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->ratio, 1);
  EXPECT_TRUE(std::isfinite(change->high));
}

/// The meaning of 95 %: of many pairs of runs with the same true ratio, so many intervals contain it.
TEST(TimeChange, NineteenOfTwentyIntervalsContainTheTrueRatio) {
  std::mt19937_64 random(15);
  for (const int tasks : {2, 5, 30}) {
    int contained = 0;
    constexpr int kRuns = 4000;
    for (int run = 0; run < kRuns; ++run) {
      TimePairs all;
      std::normal_distribution<double> spread(0, 0.3);
      for (int task = 0; task < tasks; ++task) {
        const double work = 0.01 * (1 + task * task);  // tasks differ far more than runs do
        all.add(work * std::exp(spread(random)), 1.25 * work * std::exp(spread(random)));
      }
      const auto change = all.change();
      contained += change->low <= 1.25 && 1.25 <= change->high;
    }
    EXPECT_NEAR(contained / double(kRuns), 0.95, 0.015) << tasks << " tasks";  // four standard errors
  }
}

}  // namespace
}  // namespace ropewalk
