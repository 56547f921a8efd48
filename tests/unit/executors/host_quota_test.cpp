#include "executors/host_quota.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kQuotaMs = 1'000'000;

TEST(HostQuota, IsWhatThePlacementAsksFor) {
  HostQuota quota(4);
  EXPECT_EQ(quota.hosts(), 4u);
  quota.grow(kQuotaMs);
  EXPECT_EQ(quota.hosts(), 4u) << "and never more";
  EXPECT_TRUE(quota.may_start(kQuotaMs));
}

TEST(HostQuota, GrowsAgainByOneHostAPause) {
  HostQuota quota(4);
  quota.shrink(2, 0);
  quota.grow(499 * kQuotaMs);
  EXPECT_EQ(quota.hosts(), 2u);
  quota.grow(500 * kQuotaMs);
  EXPECT_EQ(quota.hosts(), 3u);
  quota.grow(999 * kQuotaMs);
  EXPECT_EQ(quota.hosts(), 3u);
  quota.grow(1000 * kQuotaMs);
  EXPECT_EQ(quota.hosts(), 4u);
}

TEST(HostQuota, ThePauseDoublesWithEachShortageUpToTenSeconds) {
  HostQuota quota(9);
  std::int64_t now = 0;
  for (const std::int64_t pause : {500, 1000, 2000, 4000, 8000, 10'000, 10'000}) {
    quota.shrink(1, now);
    quota.grow(now + pause * kQuotaMs - 1);
    EXPECT_EQ(quota.hosts(), 1u) << pause;
    quota.grow(now += pause * kQuotaMs);
    EXPECT_EQ(quota.hosts(), 2u) << pause;
  }
}

TEST(HostQuota, AShortageNeverRaisesTheLimit) {
  HostQuota quota(4);
  quota.shrink(2, 0);
  quota.shrink(3, 0);
  EXPECT_EQ(quota.hosts(), 2u);
}

TEST(HostQuota, WaitsAMomentForWhatOtherStagesHold) {
  HostQuota quota(1);
  quota.wait_for_others(kQuotaMs);
  EXPECT_FALSE(quota.may_start(20 * kQuotaMs));
  EXPECT_TRUE(quota.may_start(21 * kQuotaMs));
}

TEST(HostQuota, StartsNoHostWhileTheBackOffLasts) {
  HostQuota quota(1);
  for (int i = 0; i < 3; ++i) quota.back_off().host_ended_unused(StartBackOff::Cause::own, kQuotaMs);
  ASSERT_GT(quota.back_off().start_at_ns(), kQuotaMs);
  EXPECT_FALSE(quota.may_start(quota.back_off().start_at_ns() - 1));
  EXPECT_TRUE(quota.may_start(quota.back_off().start_at_ns()));
}

TEST(HostQuota, HalvesTheWorkersOfAHostDownToOne) {
  HostQuota quota(1);
  quota.halve_workers(8);
  EXPECT_EQ(quota.workers_per_host(), 4u);
  quota.halve_workers(1);
  EXPECT_EQ(quota.workers_per_host(), 1u);
}

}  // namespace
}  // namespace ropewalk
