#include "executors/loss_watch.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kMoment = 50'000'000;
constexpr auto kAllSleep = [] { return true; };
constexpr auto kOneRuns = [] { return false; };

TEST(LossWatch, AWorkerThatSleepsWithATaskHasLostItAfterASecond) {
  LossWatch watch;
  EXPECT_FALSE(watch.is_lost(8, 0, kAllSleep));
  EXPECT_FALSE(watch.is_lost(8, LossWatch::kLossNs - 1, kAllSleep));
  EXPECT_TRUE(watch.is_lost(8, LossWatch::kLossNs, kAllSleep));
}

/// A worker whose lane is full sleeps for room again and again, and may be seen only while it does.
TEST(LossWatch, AWorkerThatGoesOnBetweenTwoLooksHasLostNothing) {
  LossWatch watch;
  std::uint64_t read = 8;
  for (std::int64_t now = 0; now < 3 * LossWatch::kMaxWaitNs; now += kMoment)
    EXPECT_FALSE(watch.is_lost(read += 8, now, kAllSleep)) << now;
}

TEST(LossWatch, AWorkerThatWasSeenAwakeBeginsAgain) {
  LossWatch watch;
  EXPECT_FALSE(watch.is_lost(8, 0, kAllSleep));
  watch.end();
  EXPECT_FALSE(watch.is_lost(8, LossWatch::kLossNs, kAllSleep));
  EXPECT_TRUE(watch.is_lost(8, 2 * LossWatch::kLossNs, kAllSleep));
}

TEST(LossWatch, AWorkerThatMayWaitForACoreIsGivenTenSeconds) {
  LossWatch watch;
  EXPECT_FALSE(watch.is_lost(8, 0, kOneRuns));
  EXPECT_FALSE(watch.is_lost(8, LossWatch::kMaxWaitNs - 1, kOneRuns));
  EXPECT_TRUE(watch.is_lost(8, LossWatch::kMaxWaitNs, kOneRuns));
}

}  // namespace
}  // namespace ropewalk
