#include "executors/start_back_off.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ropewalk {
namespace {

using Cause = StartBackOff::Cause;
constexpr std::int64_t kMs = 1'000'000, kSecond = 1000 * kMs;

/// So many deaths, one each `every_ns`; the time of the last one.
std::int64_t die(StartBackOff& back_off, Cause cause, int times, std::int64_t every_ns, std::int64_t now_ns = 0) {
  for (int i = 0; i < times; ++i) back_off.host_ended_unused(cause, now_ns += every_ns);
  return now_ns;
}

TEST(StartBackOff, W09_PausesGrowUpToEightyMilliseconds) {
  StartBackOff back_off;
  std::vector<std::int64_t> pauses_ms;
  for (std::int64_t now = kSecond; pauses_ms.size() < 7; now += kSecond) {
    back_off.host_ended_unused(Cause::outside, now);
    pauses_ms.push_back(back_off.start_at_ns() <= now ? 0 : (back_off.start_at_ns() - now) / kMs);
  }
  EXPECT_EQ(pauses_ms, (std::vector<std::int64_t>{0, 10, 20, 40, 80, 80, 80}));
}

TEST(StartBackOff, W09_PausesEndOnlyWhenANewHostBeginsATask) {
  StartBackOff back_off;
  std::int64_t now = die(back_off, Cause::own, 6, kMs);
  back_off.progressed();
  back_off.host_ended_unused(Cause::own, ++now);
  EXPECT_EQ(back_off.start_at_ns(), now + 80 * kMs)
      << "another host's progress does not make hosts that end by themselves cheaper";
  back_off.host_works();
  back_off.host_ended_unused(Cause::own, now += kSecond);
  EXPECT_LE(back_off.start_at_ns(), now);
}

TEST(StartBackOff, GivesUpAfterFiveHostsThatEndByThemselvesWithinASecond) {
  StartBackOff back_off;
  const std::int64_t now = die(back_off, Cause::own, 5, 200 * kMs);
  EXPECT_FALSE(back_off.hopeless(now)) << "0.8 s after the first";
  EXPECT_TRUE(back_off.hopeless(now + 200 * kMs));
  StartBackOff few;
  EXPECT_FALSE(few.hopeless(die(few, Cause::own, 4, 3600 * kSecond))) << "a slow machine needs as many";
}

TEST(StartBackOff, GivesUpAfterFiftyHostsKilledFromOutsideOverTenSeconds) {
  StartBackOff quick;
  EXPECT_FALSE(quick.hopeless(die(quick, Cause::outside, 500, 10 * kMs)));
  StartBackOff slow;
  EXPECT_FALSE(slow.hopeless(die(slow, Cause::outside, 49, 3600 * kSecond)))
      << "where a start takes long, the number counts";
  StartBackOff both;
  EXPECT_TRUE(both.hopeless(die(both, Cause::outside, 51, 200 * kMs)));
}

TEST(StartBackOff, ProgressOfAnyHostRestartsTheCount) {
  StartBackOff back_off;
  std::int64_t now = die(back_off, Cause::outside, 100, kSecond);
  EXPECT_TRUE(back_off.hopeless(now));
  back_off.progressed();
  back_off.host_ended_unused(Cause::outside, ++now);
  EXPECT_FALSE(back_off.hopeless(now));
  EXPECT_EQ(back_off.in_a_row().all(), 1u);
  EXPECT_EQ(back_off.without_progress_ns(now + kSecond), kSecond);
}

TEST(StartBackOff, FaultsAmongManyKillsAreNotBlamedOnThePlugin) {
  StartBackOff back_off;
  std::int64_t now = 0;
  for (int i = 0; i < 20; ++i) {
    back_off.host_ended_unused(Cause::outside, now += 100 * kMs);
    if (i % 2 == 0) back_off.host_ended_unused(Cause::own, now += 100 * kMs);
  }
  EXPECT_FALSE(back_off.hopeless(now));
  EXPECT_FALSE(back_off.too_many(now));
}

TEST(StartBackOff, HostsThatKeepEndingBesideOneThatWorksAreNotReplaced) {
  StartBackOff back_off;
  std::int64_t now = 0;
  for (int i = 0; i < 6; ++i) {
    back_off.host_ended_unused(Cause::own, now += 300 * kMs);
    back_off.progressed();
  }
  EXPECT_FALSE(back_off.hopeless(now));
  EXPECT_TRUE(back_off.too_many(now));
  back_off.accept_fewer();
  EXPECT_FALSE(back_off.too_many(now));
}

}  // namespace
}  // namespace ropewalk
