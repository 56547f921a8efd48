// Deadlines of a stage and of the run: what runs is asked to stop and killed after the grace period, what has not begun
// never does, and messages say which deadline it was.

#include "support/fake_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::fails;
using test::FakeRun;
using test::kSecond;
using test::plan;
using test::rows;
using test::stage;
using test::succeeds;
using testing::ElementsAre;

FakeExecutor::Script takes(std::int64_t seconds, bool deaf = false) {
  return [=](std::uint64_t, std::uint32_t) {
    FakeTask task = succeeds(0, seconds * kSecond);
    task.deaf = deaf;
    return task;
  };
}
std::vector<std::string> ends_of(const RunResult& result) {
  std::vector<std::string> lines;
  for (const StageResult& stage : result.stages)
    lines.push_back(
        fmt::format("{} {}{}", stage.name, outcome_name(stage.outcome), stage.why.empty() ? "" : ": " + stage.why));
  return lines;
}
Plan with_deadline(Plan plan, std::int64_t deadline_ns) {
  plan.deadline_ns = deadline_ns;
  return plan;
}

TEST(StageDeadline, StopsTheStageWhichHasFailed) {
  FakeRun run(plan({stage(10, {.name = "a", .workers = 2, .deadline_ns = 5 * kSecond}),
                    stage(1, {.name = "next", .needs = {0}}),
                    stage(1, {.name = "tell", .needs = {0}, .after = After::failure})}),
              [dealt = std::make_shared<int>(0)](std::uint64_t, std::uint32_t) {
                return ++*dealt <= 4 ? succeeds(0, 3 * kSecond) : succeeds();
              });
  const RunResult result = run.go();
  EXPECT_THAT(ends_of(result), ElementsAre("a failed: the stage's deadline of 5 s passed: 8 of 10 tasks had not ended",
                                           "next skipped: it needs stage 'a', which failed", "tell succeeded"));
  EXPECT_EQ(result.stages[0].succeeded, 2u);
  EXPECT_EQ(result.stages[0].cancelled, 2u);
  EXPECT_EQ(result.stages[0].not_started, 6u);
  EXPECT_EQ(rows(result).at(9).message, "the stage's deadline of 5 s passed before it");
  EXPECT_EQ(exit_code(result), 1);
  EXPECT_NEAR(result.wall_s, 5, 1e-6);
}

TEST(StageDeadline, KillsWhatDoesNotStopWithinTheGrace) {
  FakeRun run(plan({stage(2, {.deadline_ns = 5 * kSecond})}), takes(1000, true));
  const RunResult result = run.go(10 * kSecond);
  EXPECT_EQ(result.stages[0].cancelled, 2u);
  EXPECT_NEAR(result.wall_s, 5 + 10, 1e-6);
}

TEST(StageDeadline, ThatIsNotReachedChangesNothing) {
  FakeRun run(plan({stage(2, {.name = "a", .workers = 1, .deadline_ns = 5 * kSecond})}), takes(2));
  EXPECT_THAT(ends_of(run.go()), ElementsAre("a succeeded"));
}

TEST(StageDeadline, CountsFromTheStartOfTheStage) {
  FakeRun run(plan({stage(1, {.name = "a"}), stage(1, {.name = "b", .needs = {0}, .deadline_ns = 3 * kSecond})}),
              takes(2));
  EXPECT_THAT(ends_of(run.go()), ElementsAre("a succeeded", "b succeeded"));
}

TEST(StageDeadline, M07_MayBeIgnored) {
  FakeRun run(plan({stage(9, {.name = "a", .on_error = OnError::ignore, .deadline_ns = kSecond}),
                    stage(1, {.name = "b", .needs = {0}})}),
              [dealt = std::make_shared<int>(0)](std::uint64_t, std::uint32_t) {
                return ++*dealt <= 2 ? succeeds(0, 1000 * kSecond) : succeeds();
              });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].outcome, Outcome::succeeded);
  EXPECT_EQ(exit_code(result), 0);
}

TEST(StageDeadline, M06_StopsTheRunWhereItsFailuresDo) {
  FakeRun run(plan({stage(2, {.name = "a", .on_error = OnError::stop, .deadline_ns = kSecond}),
                    stage(1, {.name = "b", .needs = {0}, .after = After::any})}),
              takes(1000));
  EXPECT_EQ(run.go().stages[1].outcome, Outcome::not_started);
}

TEST(StageDeadline, M07_SkipsWhatStreamsFromTheStage) {
  FakeRun run(plan({stage(4, {.name = "a", .workers = 1, .results_used = true, .deadline_ns = 3 * kSecond}),
                    stage(4, {.name = "b", .workers = 1, .streams_from = 0})}),
              takes(2));
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].succeeded, 1u);
  EXPECT_EQ(result.stages[1].succeeded, 1u);
  EXPECT_EQ(result.stages[1].skipped, 3u);
  EXPECT_EQ(result.stages[1].why, "3 of 4 items are missing, because stage 'a' failed");
  EXPECT_EQ(rows(result, 1).at(1).message, "its item is the result of a/1, which did not succeed");
}

TEST(StageDeadline, EndsATaskThatWaitsForItsRetryAsItFailed) {
  FakeRun run(
      plan({stage(1, {.name = "a", .retries = {.max = 9, .delay_ns = 3 * kSecond}, .deadline_ns = 5 * kSecond})}),
      [](std::uint64_t, std::uint32_t) { return fails("no route"); });
  const RunResult result = run.go();
  EXPECT_THAT(ends_of(result), ElementsAre("a failed: 1 of 1 tasks failed"));
  EXPECT_EQ(rows(result).at(0).message, "no route");
  EXPECT_NEAR(result.wall_s, 5, 1e-6);
}

TEST(StageDeadline, S08_IsNotShortenedByTheTimeThatTheRunIsStopped) {
  FakeRun run(plan({stage(1, {.name = "a", .deadline_ns = 5 * kSecond})}), takes(103));
  const std::int64_t begin = run.machine.now_ns();
  run.machine.pause(begin + kSecond, begin + 101 * kSecond);
  EXPECT_THAT(ends_of(run.go()), ElementsAre("a succeeded"));
}

TEST(RunDeadline, StopsTheRunWhichHasFailed) {
  FakeRun run(with_deadline(plan({stage(3, {.name = "a"}), stage(1, {.name = "b", .needs = {0}})}), 5 * kSecond),
              takes(1000));
  const RunResult result = run.go();
  EXPECT_THAT(ends_of(result), ElementsAre("a cancelled: the run's deadline of 5 s passed: 3 of 3 tasks had not ended",
                                           "b not_started: the run's deadline of 5 s passed before it"));
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_FALSE(result.broken);
  EXPECT_EQ(result.why, "the run's deadline of 5 s passed");
  EXPECT_EQ(rows(result).at(2).message, "the run's deadline of 5 s passed before it");
  EXPECT_EQ(exit_code(result), 1);
  EXPECT_NEAR(result.wall_s, 5, 1e-6);
}

TEST(RunDeadline, KillsWhatDoesNotStopWithinTheGraceAndRunsFinallyWithinAnother) {
  FakeRun run(with_deadline(plan({stage(1, {.name = "a"}),
                                  stage(1, {.name = "tidy", .needs = {0}, .after = After::any, .finally = true})}),
                            5 * kSecond),
              takes(1000, true));
  const RunResult result = run.go(10 * kSecond);
  EXPECT_EQ(result.stages[1].outcome, Outcome::cancelled);
  EXPECT_NEAR(result.wall_s, 5 + 10 + 10, 1e-6);
}

TEST(RunDeadline, ThatPassesWhileFinallyRunsBoundsIt) {
  const auto last = [](std::int64_t seconds) {
    FakeRun run(with_deadline(plan({stage(1, {.name = "a"}),
                                    stage(1, {.name = "tidy", .needs = {0}, .after = After::any, .finally = true})}),
                              5 * kSecond),
                [=, dealt = std::make_shared<int>(0)](std::uint64_t, std::uint32_t) {
                  return succeeds(0, (++*dealt == 1 ? 4 : seconds) * kSecond);
                });
    return ends_of(run.go(10 * kSecond)).at(1);
  };
  EXPECT_EQ(last(9), "tidy succeeded");
  EXPECT_EQ(last(20), "tidy cancelled: the run's deadline of 5 s passed: 1 of 1 tasks had not ended");
}

TEST(RunDeadline, ThatIsNotReachedIsNotReported) {
  FakeRun run(with_deadline(plan({stage(3, {.name = "a"})}), 50 * kSecond),
              [](std::uint64_t index, std::uint32_t) { return index == 0 ? fails("no") : succeeds(0, kSecond); });
  const RunResult result = run.go();
  EXPECT_EQ(result.why, "");
  EXPECT_EQ(result.outcome, Outcome::failed);
}

TEST(RunDeadline, S01_AStopAfterItStillCancels) {
  FakeRun run(with_deadline(plan({stage(1, {.name = "a"})}), 5 * kSecond), takes(1000, true));
  run.machine.stop_at(run.machine.now_ns() + 6 * kSecond, StopLevel::ask);
  run.machine.stop_at(run.machine.now_ns() + 7 * kSecond, StopLevel::kill);
  const RunResult result = run.go(10 * kSecond);
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  EXPECT_NEAR(result.wall_s, 7, 1e-6);
}

}  // namespace
}  // namespace ropewalk
