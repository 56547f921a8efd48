// How many failures stop a run: those of a stage, of all stages, and whether running tasks are ended.

#include "support/fake_run.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace ropewalk {
namespace {

using test::fails;
using test::FakeRun;
using test::kSecond;
using test::plan;
using test::stage;
using test::succeeds;

/// Every third task fails, each after a second.
FakeTask every_third(std::uint64_t index, std::uint32_t) {
  FakeTask task = index % 3 == 2 ? fails("no") : succeeds();
  task.takes_ns = kSecond;
  return task;
}
StageResult only(Plan plan) { return FakeRun(std::move(plan), every_third).go().stages.at(0); }
Plan halting(std::vector<PlannedStage> stages, HaltRule rule) {
  Plan made = plan(std::move(stages));
  made.halt = rule;
  return made;
}
/// As the planner makes a stage with --halt.
PlannedStage counted(std::uint64_t tasks, test::StageOptions options) {
  options.on_error = OnError::stop;
  options.stop_after.tasks = std::numeric_limits<std::uint64_t>::max();
  return stage(tasks, std::move(options));
}

TEST(FailureLimits, M06_AStageStopsTheRunAfterSoManyFailedTasks) {
  const StageResult result =
      only(plan({stage(30, {.workers = 1, .on_error = OnError::stop, .stop_after = {.tasks = 3}})}));
  EXPECT_EQ(result.failed, 3u);
  EXPECT_EQ(result.succeeded, 6u);
  EXPECT_EQ(result.not_started, 21u);
}

TEST(FailureLimits, M06_OrAfterAPartOfItsTasks) {
  const StageResult result =
      only(plan({stage(30, {.workers = 1, .on_error = OnError::stop, .stop_after = {.percent = 10}})}));
  EXPECT_EQ(result.failed, 3u);
  EXPECT_EQ(result.not_started, 21u);
}

TEST(FailureLimits, M07_FewerFailuresFailTheStageAndLetOthersRun) {
  FakeRun run(plan({stage(6, {.on_error = OnError::stop, .stop_after = {.tasks = 3}}), stage(1, {.name = "other"})}),
              every_third);
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].failed, 2u);
  EXPECT_EQ(result.stages[0].not_started, 0u);
  EXPECT_EQ(result.stages[1].outcome, Outcome::succeeded);
  EXPECT_EQ(exit_code(result), 1);
}

TEST(FailureLimits, APartOfTasksThatAreNotAllKnownIsNotReached) {
  EXPECT_FALSE((FailureLimit{.percent = 1}.is_reached(5, 0)));
  EXPECT_TRUE((FailureLimit{.percent = 50}.is_reached(1, 2)));
  EXPECT_FALSE((FailureLimit{.percent = 50}.is_reached(1, 3)));
  EXPECT_FALSE((FailureLimit{.percent = 1}.is_reached(0, 3)));
  EXPECT_TRUE((FailureLimit{}.is_reached(1, 0)));
}

TEST(FailureLimits, M06_OfARunCountFailuresOfAllStages) {
  FakeRun run(halting({counted(30, {.name = "a", .workers = 1}), counted(30, {.name = "b", .workers = 1})},
                      {.failures = {.tasks = 3}}),
              every_third);
  const RunResult result = run.go();
  const std::uint64_t failed = result.stages[0].failed + result.stages[1].failed;
  EXPECT_GE(failed, 3u);
  EXPECT_LE(failed, 4u) << "one ran beside the third";
  EXPECT_GT(result.stages[0].not_started, 20u);
  EXPECT_GT(result.stages[1].not_started, 20u);
  EXPECT_EQ(result.stages[0].cancelled + result.stages[1].cancelled, 0u) << "what ran was finished";
}

TEST(FailureLimits, M06_IgnoredFailuresDoNotCount) {
  FakeRun run(
      halting({stage(30, {.name = "a", .workers = 1, .on_error = OnError::ignore})}, {.failures = {.tasks = 1}}),
      every_third);
  EXPECT_EQ(run.go().stages[0].not_started, 0u);
}

TEST(FailureLimits, M06_NowEndsWhatRunsAndKillsItAfterTheGrace) {
  const auto run = [](bool deaf) {
    FakeRun run(halting({counted(9, {.name = "a", .workers = 2})}, {.ends_running = true}),
                [=](std::uint64_t index, std::uint32_t) {
                  FakeTask task = index == 0 ? fails("no") : succeeds(0, 1000 * kSecond);
                  if (index == 0) task.takes_ns = kSecond;
                  task.deaf = deaf;
                  return task;
                });
    return run.go(10 * kSecond);
  };
  const RunResult asked = run(false);
  EXPECT_EQ(asked.stages[0].cancelled, 1u);
  EXPECT_EQ(asked.outcome, Outcome::failed);
  EXPECT_NEAR(asked.wall_s, 1, 1e-6);
  EXPECT_NEAR(run(true).wall_s, 1 + 10, 1e-6);
}

TEST(FailureLimits, RetriesEndWithTheRun) {
  FakeRun run(
      plan({stage(9, {.workers = 3, .on_error = OnError::stop, .retries = {.max = 1}, .stop_after = {.tasks = 2}})}),
      [](std::uint64_t, std::uint32_t) { return fails("no"); });
  const RunResult result = run.go();
  EXPECT_GE(result.stages[0].failed, 2u);
  EXPECT_EQ(result.stages[0].failed + result.stages[0].not_started, 9u);
  EXPECT_GT(result.stages[0].not_started, 0u);
}

}  // namespace
}  // namespace ropewalk
