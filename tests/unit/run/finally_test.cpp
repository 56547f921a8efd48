// Stages with `finally` run when all others have ended, whatever happened, and a stop bounds them.

#include "support/fake_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::fails;
using test::FakeRun;
using test::kSecond;
using test::plan;
using test::stage;
using test::succeeds;
using testing::ElementsAre;

/// The first `count` tasks that are dealt belong to the ordinary stage. Executors copy the script, so the count is
/// shared.
FakeExecutor::Script first_then(std::uint64_t count, const FakeTask& first, const FakeTask& then) {
  const auto dealt = std::make_shared<std::uint64_t>(0);
  return [=](std::uint64_t, std::uint32_t) { return ++*dealt <= count ? first : then; };
}
FakeTask deaf(std::int64_t takes_ns) {
  FakeTask task = succeeds(0, takes_ns);
  task.deaf = true;
  return task;
}
std::vector<std::string> outcomes(const RunResult& result) {
  std::vector<std::string> lines;
  for (const StageResult& stage : result.stages)
    lines.push_back(fmt::format("{} {}", stage.name, outcome_name(stage.outcome)));
  return lines;
}
PlannedStage last(const std::string& name, std::vector<std::uint32_t> needs, OnError on_error = OnError::proceed) {
  return stage(1,
               {.name = name, .on_error = on_error, .needs = std::move(needs), .after = After::any, .finally = true});
}
Plan work_then_tidy() { return plan({stage(4, {.name = "work"}), last("tidy", {0})}); }

TEST(Finally, M07_RunsAfterSuccessAndAfterFailureAndCountsInTheExitCode) {
  EXPECT_THAT(outcomes(FakeRun(work_then_tidy(), first_then(4, succeeds(), succeeds())).go()),
              ElementsAre("work succeeded", "tidy succeeded"));
  const RunResult failed = FakeRun(work_then_tidy(), first_then(4, fails("no"), succeeds())).go();
  EXPECT_THAT(outcomes(failed), ElementsAre("work failed", "tidy succeeded"));
  EXPECT_EQ(exit_code(failed), 1);
  const RunResult untidy = FakeRun(work_then_tidy(), first_then(4, succeeds(), fails("no"))).go();
  EXPECT_THAT(outcomes(untidy), ElementsAre("work succeeded", "tidy failed"));
  EXPECT_EQ(exit_code(untidy), 1);
}

TEST(Finally, M06_RunsAfterAFailureThatStopsTheRun) {
  FakeRun run(plan({stage(9, {.name = "work", .workers = 1, .on_error = OnError::stop}),
                    stage(1, {.name = "next", .needs = {0}}), last("tidy", {0, 1})}),
              first_then(1, fails("no"), succeeds()));
  EXPECT_THAT(outcomes(run.go()), ElementsAre("work failed", "next not_started", "tidy succeeded"));
  EXPECT_THAT(run.story.lines,
              ElementsAre("start work", "end work failed", "end next not_started", "start tidy", "end tidy succeeded"));
}

TEST(Finally, OneThatFailsAndStopsDoesNotKeepTheOthersFromRunning) {
  FakeRun run(plan({stage(1, {.name = "work"}), last("first", {0}, OnError::stop), last("second", {0, 1}),
                    stage(3, {.name = "third",
                              .workers = 1,
                              .on_error = OnError::stop,
                              .needs = {0, 2},
                              .after = After::any,
                              .finally = true})}),
              first_then(1, succeeds(), fails("no")));
  const RunResult result = run.go();
  EXPECT_THAT(outcomes(result), ElementsAre("work succeeded", "first failed", "second failed", "third failed"));
  EXPECT_EQ(result.stages[3].not_started, 2u) << "its own tasks stop";
  EXPECT_EQ(exit_code(result), 1);
}

TEST(Finally, S01_AfterAStopItRunsWithinAGraceOfItsOwn) {
  FakeRun quick(work_then_tidy(), first_then(2, succeeds(0, 1000 * kSecond), succeeds(0, 5 * kSecond)));
  quick.machine.stop_at(quick.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult ended = quick.go(10 * kSecond);
  EXPECT_THAT(outcomes(ended), ElementsAre("work cancelled", "tidy succeeded"));
  EXPECT_EQ(ended.outcome, Outcome::cancelled);
  EXPECT_NEAR(ended.wall_s, 6, 1e-6);

  FakeRun slow(work_then_tidy(), first_then(2, deaf(1000 * kSecond), deaf(1000 * kSecond)));
  slow.machine.stop_at(slow.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult killed = slow.go(10 * kSecond);
  EXPECT_THAT(outcomes(killed), ElementsAre("work cancelled", "tidy cancelled"));
  EXPECT_NEAR(killed.wall_s, 1 + 10 + 10, 1e-6);
}

TEST(Finally, S02_AKillOfTheTasksBeforeItDoesNotEndIt) {
  FakeRun run(work_then_tidy(), first_then(2, deaf(1000 * kSecond), succeeds(0, 5 * kSecond)));
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  run.machine.stop_at(run.machine.now_ns() + 2 * kSecond, StopLevel::kill);
  const RunResult result = run.go(10 * kSecond);
  EXPECT_THAT(outcomes(result), ElementsAre("work cancelled", "tidy succeeded"));
  EXPECT_NEAR(result.wall_s, 2 + 5, 1e-6);
}

TEST(Finally, S02_AKillWhileItRunsEndsItAndStartsNoOther) {
  FakeRun run(plan({stage(2, {.name = "work"}), last("tidy", {0}), last("tell", {0, 1})}),
              first_then(2, succeeds(0, 1000 * kSecond), deaf(1000 * kSecond)));
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  run.machine.stop_at(run.machine.now_ns() + 3 * kSecond, StopLevel::kill);
  const RunResult result = run.go(10 * kSecond);
  EXPECT_THAT(outcomes(result), ElementsAre("work cancelled", "tidy cancelled", "tell not_started"));
  EXPECT_NEAR(result.wall_s, 3, 1e-6);
}

TEST(Finally, S01_AStopWhileItRunsOnlyBoundsIt) {
  FakeRun run(work_then_tidy(), first_then(4, succeeds(), succeeds(0, 5 * kSecond)));
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  EXPECT_THAT(outcomes(run.go(10 * kSecond)), ElementsAre("work succeeded", "tidy succeeded"));
  FakeRun slow(work_then_tidy(), first_then(4, succeeds(), succeeds(0, 1000 * kSecond)));
  slow.machine.stop_at(slow.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult killed = slow.go(10 * kSecond);
  EXPECT_THAT(outcomes(killed), ElementsAre("work succeeded", "tidy cancelled"));
  EXPECT_NEAR(killed.wall_s, 1 + 10, 1e-6);
}

TEST(Finally, S08_ItsGraceIsNotShortenedByTheTimeThatTheRunIsStopped) {
  FakeRun run(work_then_tidy(), first_then(2, succeeds(0, 1000 * kSecond), succeeds(0, 200 * kSecond)));
  const std::int64_t begin = run.machine.now_ns();
  run.machine.stop_at(begin + kSecond, StopLevel::ask);
  run.machine.pause(begin + 2 * kSecond, begin + 502 * kSecond);
  EXPECT_THAT(outcomes(run.go(10 * kSecond)), ElementsAre("work cancelled", "tidy succeeded"));
}

TEST(Finally, IsNotBegunByAKillOfEverything) {
  FakeRun run(work_then_tidy(), first_then(2, succeeds(0, 1000 * kSecond), succeeds()));
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::kill_all);
  EXPECT_THAT(outcomes(run.go()), ElementsAre("work cancelled", "tidy not_started"));
}

TEST(Finally, R01_RunsAlsoIfNothingMoreMayBeDispatched) {
  FakeRun run(work_then_tidy(), first_then(4, succeeds(), succeeds()));
  run.machine.trouble = "the disk is full";
  const RunResult result = run.go();
  EXPECT_THAT(outcomes(result), ElementsAre("work not_started", "tidy succeeded"));
  EXPECT_TRUE(result.broken);
}

TEST(Finally, StartsWhenEverythingElseHasEndedAndAllSlotsAreFree) {
  Plan both = plan({stage(2, {.name = "a"}), stage(2, {.name = "b"}), last("tidy", {0, 1})});
  both.jobs = 1;
  FakeRun run(std::move(both), first_then(4, succeeds(0, kSecond), succeeds()));
  run.go();
  EXPECT_THAT(run.story.lines, ElementsAre("start a", "end a succeeded", "start b", "end b succeeded", "start tidy",
                                           "end tidy succeeded"));
}

}  // namespace
}  // namespace ropewalk
