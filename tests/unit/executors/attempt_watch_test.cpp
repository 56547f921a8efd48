#include "executors/attempt_watch.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

using Step = AttemptWatch::Step;
using Overrun = AttemptWatch::Overrun;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
const AttemptWatch::Rules kRules{.timeout_ns = 100, .cpu_time_ns = 0, .slow_ns = 50, .grace_ns = 20};

/// Every step and when it comes, looking only when the watch wants to be looked at.
std::vector<std::pair<std::int64_t, Step>> story(const AttemptWatch::Rules& rules, std::int64_t began = 0) {
  AttemptWatch watch;
  watch.begin(1, began);
  std::vector<std::pair<std::int64_t, Step>> steps;
  for (std::int64_t now = began; now != kNever && steps.size() < 10;) {
    Step step = Step::none;
    while ((step = watch.look(rules, now, -1)) != Step::none) steps.emplace_back(now, step);
    const std::int64_t next = watch.next_ns(rules, now);
    EXPECT_GT(next, now) << "a watch that is due at once would be a busy loop";
    now = next;
  }
  return steps;
}

TEST(AttemptWatch, MarksAsksTerminatesAndKillsInThisOrder) {
  const std::vector<std::pair<std::int64_t, Step>> expected{
      {50, Step::mark_slow}, {100, Step::ask}, {110, Step::terminate}, {120, Step::kill}};
  EXPECT_EQ(story(kRules), expected);
}

TEST(AttemptWatch, WithoutATimeoutATaskIsOnlyEverSlow) {
  const std::vector<std::pair<std::int64_t, Step>> expected{{57, Step::mark_slow}};
  EXPECT_EQ(story({.slow_ns = 50}, 7), expected);
}

TEST(AttemptWatch, OpenHasALimitOfItsOwnWhereThereIsNoTimeout) {
  const AttemptWatch::Rules rules{.open_ns = 300, .grace_ns = 20};
  AttemptWatch watch;
  watch.begin(1, 0);
  watch.set_opening(true);
  EXPECT_EQ(watch.next_ns(rules, 10), 300);
  EXPECT_EQ(watch.look(rules, 300, -1), Step::ask);
  EXPECT_EQ(watch.overrun(), Overrun::open);

  AttemptWatch opened;
  opened.begin(1, 0);
  opened.set_opening(true);
  opened.set_opening(false);
  EXPECT_EQ(opened.next_ns(rules, 10), kNever);
  EXPECT_EQ(opened.look(rules, 1000, -1), Step::none);
}

TEST(AttemptWatch, TheTimeoutOfTheStageHoldsForOpenToo) {
  const AttemptWatch::Rules rules{.timeout_ns = 1000, .open_ns = 300, .grace_ns = 20};
  AttemptWatch watch;
  watch.begin(1, 0);
  watch.set_opening(true);
  EXPECT_EQ(watch.look(rules, 999, -1), Step::none);
  EXPECT_EQ(watch.look(rules, 1000, -1), Step::ask);
  EXPECT_EQ(watch.overrun(), Overrun::time);
}

TEST(AttemptWatch, LookedAtLateItSkipsWhatIsOverButNeverTheAsking) {
  AttemptWatch watch;
  watch.begin(1, 0);
  EXPECT_EQ(watch.look(kRules, 1000, -1), Step::ask);
  EXPECT_EQ(watch.look(kRules, 1000, -1), Step::none) << "the grace begins when it is asked";
  EXPECT_EQ(watch.look(kRules, 1020, -1), Step::kill);
  EXPECT_EQ(watch.look(kRules, 5000, -1), Step::none);
}

TEST(AttemptWatch, CpuTimeIsCountedFromTheFirstLook) {
  const AttemptWatch::Rules rules{.cpu_time_ns = 1000, .grace_ns = 20};
  AttemptWatch watch;
  watch.begin(1, 0);
  EXPECT_EQ(watch.look(rules, 10, 5000), Step::none) << "what its host used before";
  EXPECT_EQ(watch.look(rules, 20, 5999), Step::none);
  EXPECT_EQ(watch.look(rules, 30, -1), Step::none);
  EXPECT_EQ(watch.look(rules, 40, 6000), Step::ask);
  EXPECT_EQ(watch.overrun(), Overrun::cpu_time);
}

TEST(AttemptWatch, ANewAttemptBeginsAnew) {
  AttemptWatch watch;
  watch.begin(1, 0);
  EXPECT_EQ(watch.look(kRules, 100, -1), Step::ask);
  watch.begin(1, 90);
  EXPECT_EQ(watch.overrun(), Overrun::time) << "the same item";
  watch.begin(2, 90);
  EXPECT_EQ(watch.overrun(), Overrun::none);
  EXPECT_EQ(watch.look(kRules, 139, -1), Step::none);
  watch.end();
  EXPECT_EQ(watch.look(kRules, 1000, -1), Step::none);
  EXPECT_EQ(watch.next_ns(kRules, 0), kNever);
}

TEST(AttemptWatch, ACancelledAttemptIsAskedAtOnceThenTerminatedThenKilled) {
  AttemptWatch watch;
  watch.begin(1, 0);
  EXPECT_TRUE(watch.cancel(30));
  EXPECT_EQ(watch.overrun(), Overrun::cancelled);
  EXPECT_EQ(watch.look(kRules, 30, -1), Step::none) << "whoever cancels it has asked";
  EXPECT_EQ(watch.next_ns(kRules, 30), 40);
  EXPECT_EQ(watch.look(kRules, 40, -1), Step::terminate);
  EXPECT_EQ(watch.look(kRules, 50, -1), Step::kill);
  EXPECT_EQ(watch.overrun(), Overrun::cancelled) << "it would have timed out at 100";
}

TEST(AttemptWatch, WhatHasTimedOutIsNotCancelled) {
  AttemptWatch watch;
  watch.begin(1, 0);
  EXPECT_EQ(watch.look(kRules, 100, -1), Step::ask);
  EXPECT_FALSE(watch.cancel(101));
  EXPECT_EQ(watch.overrun(), Overrun::time);
}

TEST(AttemptWatch, AnAttemptMayHaveATimeoutOfItsOwn) {
  AttemptWatch longer, none;
  longer.begin(1, 0, 1000);
  none.begin(1, 0, 0);
  EXPECT_EQ(longer.next_ns(kRules, 0), 500) << "it is slow at half of it";
  EXPECT_EQ(longer.look(kRules, 500, -1), Step::mark_slow);
  EXPECT_EQ(longer.look(kRules, 999, -1), Step::none);
  EXPECT_EQ(longer.look(kRules, 1000, -1), Step::ask);
  EXPECT_EQ(longer.timeout_ns(kRules), 1000);
  EXPECT_EQ(none.look(kRules, 50, -1), Step::mark_slow);
  EXPECT_EQ(none.look(kRules, 1'000'000, -1), Step::none);
  longer.begin(2, 1000);
  EXPECT_EQ(longer.timeout_ns(kRules), 100) << "the next attempt has that of the rules";
}

}  // namespace
}  // namespace ropewalk
