// The division of the time of a stage's workers, with times told by hand: no clock, no process.

#include "executors/lane_time.hpp"
#include "executors/slot_time.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

/// "run 20 dispatch 10", the parts that are not 0.
std::string text(const SlotTimes& times) {
  std::string out = fmt::format("run {}", times.run);
  constexpr const char* kNames[kIdleReasons] = {"dispatch", "start", "starved", "retry", "tail"};
  for (std::size_t i = 0; i < kIdleReasons; ++i)
    if (times.idle[i] != 0) out += fmt::format(" {} {}", kNames[i], times.idle[i]);
  if (times.residual != 0) out += fmt::format(" residual {}", times.residual);
  return out;
}

TEST(SlotTime, IdleTimeCountsForTheReasonThatHolds) {
  SlotTime time(2, 100);
  time.idle_for(Idle::starved, 110);
  time.idle_for(Idle::retry, 130);
  time.idle_for(Idle::tail, 160);
  EXPECT_EQ(text(time.at(200)), "run 0 dispatch 20 starved 40 retry 60 tail 80");
}

TEST(SlotTime, ARunningWorkerTakesItsTimeFromTheReasonThatHolds) {
  SlotTime time(2, 0);
  time.idle_for(Idle::tail, 0);
  time.ran(10, 40);
  EXPECT_EQ(text(time.at(50)), "run 30 tail 70");
}

TEST(SlotTime, AnAttemptThatCrossesABorderIsDividedThoughItBecomesKnownLater) {
  SlotTime time(2, 0);
  time.idle_for(Idle::starved, 100);
  time.idle_for(Idle::tail, 150);
  time.ran(40, 190);
  EXPECT_EQ(text(time.at(200)), "run 150 dispatch 140 starved 50 tail 60");
}

TEST(SlotTime, AnIdleStretchWithAKnownReasonIsMovedThere) {
  SlotTime time(3, 0);
  time.idle_for(Idle::tail, 50);
  time.idled(Idle::start, 0, 80);
  time.idled(Idle::dispatch, 90, 100);
  EXPECT_EQ(text(time.at(100)), "run 0 dispatch 110 start 80 tail 110");
}

TEST(SlotTime, MoreAttemptsThanWorkersLeaveANegativeResidual) {
  SlotTime time(1, 0);
  time.ran(0, 100);
  time.ran(0, 100);
  EXPECT_EQ(text(time.at(100)), "run 200 residual -100");
}

TEST(SlotTime, StretchesWithoutLengthAndTimesThatGoBackChangeNothing) {
  SlotTime time(1, 100);
  time.idle_for(Idle::starved, 150);
  time.idle_for(Idle::tail, 120);
  time.ran(160, 160);
  time.ran(170, 165);
  time.idled(Idle::start, 180, 170);
  EXPECT_EQ(text(time.at(200)), "run 0 dispatch 50 tail 50");
  EXPECT_EQ(text(time.at(90)), "run 0");
}

TEST(SlotTime, AnAttemptThatBeganBeforeTheStageStillAddsUp) {
  SlotTime time(1, 100);
  time.idle_for(Idle::tail, 100);
  time.ran(90, 150);
  const SlotTimes times = time.at(200);
  EXPECT_EQ(times.run + times.of(Idle::dispatch) + times.of(Idle::tail) + times.residual, times.total);
}

TEST(SlotTime, KeepsFewBordersHoweverOftenTheReasonChanges) {
  SlotTime time(2, 0);
  constexpr std::int64_t kChanges = 100'000;
  for (std::int64_t i = 0; i < kChanges; ++i) time.idle_for(i % 2 == 0 ? Idle::starved : Idle::dispatch, i * 10);
  time.ran(0, kChanges * 10);  // since the start, all of whose borders are thinned out
  const SlotTimes times = time.at(kChanges * 10);
  EXPECT_EQ(times.run, kChanges * 10);
  EXPECT_NEAR(times.of(Idle::starved), kChanges * 5, 1);
  EXPECT_NEAR(times.of(Idle::dispatch), kChanges * 5, 1);
  EXPECT_NEAR(times.residual, 0, 1);
}

/// Random workers: each runs, starts and rests one stretch after another, reported late and in any order among them.
TEST(SlotTime, PartsAddUpToTheTotalForRandomSequences) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::int64_t limit) { return static_cast<std::int64_t>(random() % limit); };
    const auto workers = static_cast<std::uint32_t>(1 + below(5));
    SlotTime time(workers, 1000);
    std::vector<std::int64_t> free_since(workers, 1000);
    std::int64_t now = 1000;
    double ran = 0, started = 0;
    for (int step = 0; step < 200; ++step) {
      now += below(50);
      if (below(3) == 0) time.idle_for(static_cast<Idle>(below(kIdleReasons)), now);
      std::int64_t& since = free_since[static_cast<std::size_t>(below(workers))];
      const std::int64_t from = since + below(std::max<std::int64_t>(now - since, 1)),
                         to = from + below(now - from + 1);
      if (to > now) continue;
      if (below(4) == 0)
        time.idled(Idle::start, from, to), started += static_cast<double>(to - from);
      else
        time.ran(from, to), ran += static_cast<double>(to - from);
      since = to;
    }
    const SlotTimes times = time.at(now);
    double sum = times.run + times.residual;
    for (const double part : times.idle) {
      EXPECT_GE(part, 0) << "seed " << seed;
      sum += part;
    }
    EXPECT_EQ(times.total, static_cast<double>(workers) * static_cast<double>(now - 1000));
    EXPECT_EQ(times.run, ran) << "seed " << seed;
    EXPECT_GE(times.of(Idle::start), started - 1e-3) << "seed " << seed;
    EXPECT_NEAR(sum, times.total, 1e-3) << "seed " << seed;
    EXPECT_NEAR(times.residual, 0, 1e-3) << "seed " << seed;
  }
}

// --- one lane ---

struct OneLane {
  explicit OneLane(bool starting, Idle reason = Idle::tail) : time(1, 0) {
    time.idle_for(reason, 0);
    lane.leased(0, starting);
  }
  SlotTime time;
  LaneTime lane;
};

TEST(LaneTime, UntilItsFirstTaskBeginsAStartingHostStarts) {
  OneLane one(true);
  one.lane.dealt(5);
  one.lane.ended(one.time, Idle::dispatch, 30, 50);
  EXPECT_EQ(text(one.time.at(60)), "run 20 start 30 tail 10");
}

TEST(LaneTime, AHostThatCameUpWithoutATaskRestsFromThenOn) {
  OneLane one(true);
  one.lane.came_up(one.time, false, 20);
  one.lane.came_up(one.time, false, 30);
  EXPECT_EQ(text(one.time.at(60)), "run 0 start 20 tail 40");
}

TEST(LaneTime, AHostThatLosesTheTaskThatItWasStartedForHasStarted) {
  OneLane one(true);
  one.lane.dealt(0);
  one.lane.came_up(one.time, true, 20);
  OneLane unused = one, used = one;
  unused.lane.lost(unused.time, Idle::dispatch, 0, 50);
  EXPECT_EQ(text(unused.time.at(60)), "run 0 start 20 tail 40");
  used.lane.dealt(40);
  used.lane.ended(used.time, Idle::dispatch, 45, 50);
  EXPECT_EQ(text(used.time.at(60)), "run 5 dispatch 5 start 20 tail 30");
}

TEST(LaneTime, FromBeingDealtATaskToItsBeginAWorkerWaitsForTheEngine) {
  OneLane one(false, Idle::starved);
  one.lane.dealt(10);
  one.lane.ended(one.time, Idle::dispatch, 14, 20);
  one.lane.dealt(30);
  one.lane.ended(one.time, Idle::dispatch, 35, 40);
  EXPECT_EQ(text(one.time.at(40)), "run 11 dispatch 9 starved 20");
}

TEST(LaneTime, ATaskThatLayBehindAnotherWasWaitedForSinceThatEnded) {
  OneLane one(false, Idle::starved);
  one.lane.dealt(0);
  one.lane.ended(one.time, Idle::dispatch, 0, 10);
  one.lane.ended(one.time, Idle::dispatch, 13, 20);
  EXPECT_EQ(text(one.time.at(20)), "run 17 dispatch 3");
}

TEST(LaneTime, AThreadForEachTaskStartsBetweenThem) {
  OneLane one(false, Idle::dispatch);
  one.lane.dealt(0);
  one.lane.ended(one.time, Idle::start, 4, 10);
  one.lane.ended(one.time, Idle::start, 15, 20);
  EXPECT_EQ(text(one.time.at(20)), "run 11 start 9");
}

TEST(LaneTime, OpenIsNotTheTasksTime) {
  OneLane one(false, Idle::dispatch);
  one.lane.open_began(2);
  one.lane.open_ended(12, 7);
  one.lane.ended(one.time, Idle::dispatch, 0, 20);
  EXPECT_EQ(text(one.time.at(20)), "run 10 start 10");
  EXPECT_EQ(one.lane.cpu_of(9), 2) << "7 of them were open()";
}

TEST(LaneTime, AHostThatDiesInOpenStarts) {
  OneLane one(false);
  one.lane.open_began(5);
  one.lane.lost(one.time, Idle::dispatch, 4, 30);
  EXPECT_EQ(text(one.time.at(30)), "run 1 dispatch 4 start 25");
}

TEST(LaneTime, AnAttemptThatDiesWithItsHostRanUntilThen) {
  OneLane one(false);
  one.lane.dealt(0);
  one.lane.lost(one.time, Idle::dispatch, 5, 30);
  EXPECT_EQ(text(one.time.at(40)), "run 25 dispatch 5 tail 10");
  EXPECT_EQ(one.lane.unread_ns(), 25);
}

TEST(LaneTime, AHostThatDiesBeforeItWorksStarted) {
  OneLane one(true);
  one.lane.dealt(0);
  one.lane.lost(one.time, Idle::dispatch, 0, 30);
  EXPECT_EQ(text(one.time.at(40)), "run 0 start 30 tail 10");
}

TEST(LaneTime, CpuTimeIsAtMostAsLongAsTasksRan) {
  OneLane one(false);
  one.lane.ended(one.time, Idle::dispatch, 0, 10);
  EXPECT_EQ(one.lane.cpu_of(40), 10) << "four threads of one task are one worker";
  one.lane.ended(one.time, Idle::dispatch, 10, 30);
  EXPECT_EQ(one.lane.cpu_of(5), 5);
  EXPECT_EQ(one.lane.cpu_of(5), 0) << "nothing ran since the last reading";
}

TEST(LaneTime, AttemptsThatAreCountedTogetherComeToTheSame) {
  OneLane each(false, Idle::dispatch), together = each;
  EXPECT_TRUE(together.lane.is_idle_since(0));
  EXPECT_FALSE(together.lane.is_idle_since(1)) << "they may have begun before";
  for (const std::int64_t at : {2, 12, 22}) each.lane.ended(each.time, Idle::dispatch, at, at + 5);
  together.time.ran_lately(together.lane.ended_together(15, 27));
  EXPECT_EQ(text(together.time.at(30)), text(each.time.at(30)));
  EXPECT_EQ(together.lane.unread_ns(), each.lane.unread_ns());
  EXPECT_TRUE(together.lane.is_idle_since(27));
  EXPECT_EQ(together.lane.ended_together(100, 30), 3) << "no host runs longer than it is there";
}

TEST(LaneTime, AttemptsOfAStartingHostAreNotCountedTogether) {
  OneLane one(true, Idle::dispatch);
  EXPECT_FALSE(one.lane.is_idle_since(0));
  one.lane.ended(one.time, Idle::dispatch, 5, 10);
  one.lane.open_began(12);
  EXPECT_FALSE(one.lane.is_idle_since(0));
}

TEST(LaneTime, StretchesThatAHostInventsNeitherOverlapNorPrecedeIt) {
  OneLane one(false);
  one.lane.ended(one.time, Idle::dispatch, -50, 10);
  one.lane.ended(one.time, Idle::dispatch, 5, 20);
  one.lane.ended(one.time, Idle::dispatch, 0, 15);
  EXPECT_EQ(text(one.time.at(30)), "run 20 tail 10");
}

}  // namespace
}  // namespace ropewalk
