#include "run/stage_verdict.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ropewalk {
namespace {

// Each reason alone and with every combination of the others: the first of them in this order decides.
TEST(StageVerdict, TheFirstReasonThatHoldsDecides) {
  constexpr unsigned kBroken = 1, kUnlisted = 2, kFailed = 4, kCancelled = 8, kNotStarted = 16, kSkipped = 32,
                     kUpstream = 64;
  for (unsigned facts = 0; facts < 128; ++facts) {
    StageEnd end{.tasks = {.succeeded = 1}};
    if (facts & kBroken) end.broken = "broken";
    if (facts & kUnlisted) end.unlisted = "unlisted";
    if (facts & kFailed) end.tasks.failed = 2;
    if (facts & kCancelled) end.tasks.cancelled = 3;
    if (facts & kNotStarted) end.tasks.not_started = 4;
    if (facts & kSkipped) end.tasks.skipped = 5;
    if (facts & kUpstream) end.failed_upstream = "up";
    const std::string all = std::to_string(end.tasks.all());

    StageVerdict expected{Outcome::succeeded, "", false};
    if (facts & kBroken)
      expected = {Outcome::failed, "broken", false};
    else if (facts & kUnlisted)
      expected = {Outcome::failed, "unlisted", false};
    else if (facts & kFailed)
      expected = {Outcome::failed, "2 of " + all + " tasks failed", false};
    else if (facts & kCancelled)
      expected = {Outcome::cancelled, "the run was stopped", false};
    else if (facts & kNotStarted)
      expected = {Outcome::not_started, "the run was stopped", false};
    else if ((facts & kSkipped) && (facts & kUpstream))
      expected = {Outcome::failed, "5 of 6 items are missing, because stage 'up' failed", true};

    const StageVerdict verdict = judge(end);
    EXPECT_EQ(verdict.outcome, expected.outcome) << facts;
    EXPECT_EQ(verdict.why, expected.why) << facts;
    EXPECT_EQ(verdict.starved, expected.starved) << facts;
  }
}

TEST(StageVerdict, AStageThatGotNoItemAtAllIsSkipped) {
  const StageVerdict verdict = judge({.tasks = {.skipped = 2}, .failed_upstream = "up"});
  EXPECT_EQ(verdict.outcome, Outcome::skipped);
  EXPECT_EQ(verdict.why, "2 of 2 items are missing, because stage 'up' failed");
  EXPECT_TRUE(verdict.starved);
}

TEST(StageVerdict, AStageWithoutTasksSucceeds) { EXPECT_EQ(judge({}).outcome, Outcome::succeeded); }

TEST(StageVerdict, ADeadlineIsAFailureOfTheStageThatHasIt) {
  const TaskCounts counts{.succeeded = 1, .cancelled = 2, .not_started = 3};
  const StageVerdict own = judge({.tasks = counts, .late = "the stage's deadline of 1 s passed", .own_deadline = true});
  EXPECT_EQ(own.outcome, Outcome::failed);
  EXPECT_EQ(own.why, "the stage's deadline of 1 s passed: 5 of 6 tasks had not ended");
  const StageVerdict of_run = judge({.tasks = counts, .late = "the run's deadline of 1 s passed"});
  EXPECT_EQ(of_run.outcome, Outcome::cancelled);
  const StageVerdict both = judge(
      {.tasks = {.failed = 1, .cancelled = 1}, .late = "the stage's deadline of 1 s passed", .own_deadline = true});
  EXPECT_EQ(both.why, "1 of 2 tasks failed, and the stage's deadline of 1 s passed: 1 of 2 tasks had not ended");
  const StageVerdict in_time = judge({.tasks = {.succeeded = 2}, .late = "the run's deadline of 1 s passed"});
  EXPECT_EQ(in_time.outcome, Outcome::succeeded);
}

}  // namespace
}  // namespace ropewalk
