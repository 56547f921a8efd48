// When stages start and when they do not: needs, after, the cap on tasks at once, and large graphs.

#include "support/fake_run.hpp"
#include "plan/condition.hpp"
#include "plan/outputs.hpp"

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

/// All tasks take a second; the stage of so many tasks fails.
FakeExecutor::Script failing(std::uint64_t index) {
  return [index](std::uint64_t task, std::uint32_t) { return task == index ? fails("no") : succeeds(0, kSecond); };
}
std::vector<std::string> ends(const RunResult& result) {
  std::vector<std::string> lines;
  for (const StageResult& stage : result.stages)
    lines.push_back(fmt::format("{} {} {}{}", stage.name, outcome_name(stage.outcome), stage.tasks,
                                stage.why.empty() ? "" : ": " + stage.why));
  return lines;
}

TEST(StageOrder, AStageMayNeedOneThatComesLater) {
  FakeRun run(plan({stage(1, {.name = "last", .needs = {1}}), stage(1, {.name = "first"})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(); });
  EXPECT_EQ(run.go().outcome, Outcome::succeeded);
  EXPECT_THAT(run.story.lines, ElementsAre("start first", "end first succeeded", "start last", "end last succeeded"));
}

TEST(StageOrder, AStageStartsWhenTheLastOfItsNeedsHasEnded) {
  // 1, 3 and 2 seconds at the same time, then 1.
  FakeRun run(plan({stage(1, {.name = "a", .workers = 1}), stage(3, {.name = "b", .workers = 1}),
                    stage(2, {.name = "c", .workers = 1}), stage(1, {.name = "d", .needs = {0, 1, 2}})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_NEAR(run.go().wall_s, 4.0, 1e-6);
  EXPECT_EQ(run.story.lines.back(), "end d succeeded");
}

TEST(StageOrder, M07_AfterFailureRunsOnlyAfterOneAndSaysSoOtherwise) {
  const auto stages = [] {
    return plan({stage(2, {.name = "a"}), stage(1, {.name = "notice", .needs = {0}, .after = After::failure}),
                 stage(1, {.name = "next", .needs = {1}})});
  };
  EXPECT_THAT(ends(FakeRun(stages(), failing(1)).go()),
              ElementsAre("a failed 2: 1 of 2 tasks failed", "notice succeeded 1", "next succeeded 1"));
  const RunResult good = FakeRun(stages(), failing(9)).go();
  EXPECT_THAT(ends(good), ElementsAre("a succeeded 2", "notice left_out 0: it runs after a failure, and there was none",
                                      "next succeeded 1"));
  EXPECT_EQ(good.outcome, Outcome::succeeded);
  EXPECT_EQ(exit_code(good), 0);
}

TEST(StageOrder, M07_ARunWhoseFailureWasDealtWithHasFailedAllTheSame) {
  FakeRun run(plan({stage(2, {.name = "a"}), stage(1, {.name = "notice", .needs = {0}, .after = After::failure})}),
              failing(1));
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].outcome, Outcome::succeeded);
  EXPECT_EQ(exit_code(result), 1);
}

TEST(StageOrder, M07_AStageThatWasSkippedForAFailureCountsAsOne) {
  FakeRun run(plan({stage(2, {.name = "a"}), stage(1, {.name = "b", .needs = {0}}),
                    stage(1, {.name = "notice", .needs = {1}, .after = After::failure}),
                    stage(1, {.name = "c", .needs = {1}})}),
              failing(1));
  EXPECT_THAT(ends(run.go()),
              ElementsAre("a failed 2: 1 of 2 tasks failed", "b skipped 0: it needs stage 'a', which failed",
                          "notice succeeded 1", "c skipped 0: it needs stage 'b', which was skipped"));
}

TEST(StageOrder, M07_AfterAnyRunsEitherWay) {
  for (const std::uint64_t bad : {1, 9}) {
    FakeRun run(plan({stage(2, {.name = "a"}), stage(1, {.name = "tidy", .needs = {0}, .after = After::any})}),
                failing(bad));
    EXPECT_EQ(run.go().stages[1].outcome, Outcome::succeeded) << bad;
  }
}

TEST(StageOrder, M07_IgnoredErrorsAreNoFailure) {
  FakeRun run(plan({stage(2, {.name = "a", .on_error = OnError::ignore}),
                    stage(1, {.name = "notice", .needs = {0}, .after = After::failure})}),
              failing(1));
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].why, "it runs after a failure, and there was none");
  EXPECT_EQ(result.outcome, Outcome::succeeded);
}

TEST(StageOrder, AStreamAfterAFailureTakesWhatSucceeded) {
  FakeRun run(plan({stage(3, {.name = "a", .results_used = true}),
                    stage(3, {.name = "b", .needs = {0}, .after = After::failure, .streams_from = 0})}),
              [tries = 0](std::uint64_t index, std::uint32_t) mutable {
                return ++tries <= 3 && index == 1 ? fails("no") : succeeds();
              });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].succeeded, 2u);
  EXPECT_EQ(result.stages[1].skipped, 1u);
}

TEST(StageOrder, M07_AStreamIsSkippedOnlyIfAllOfItsItemsAreMissing) {
  const auto run = [](std::uint64_t bad, OnError on_error) {
    std::uint32_t asked = 0;
    return FakeRun(plan({stage(3, {.name = "a", .results_used = true}),
                         stage(3, {.name = "b", .on_error = on_error, .streams_from = 0}),
                         stage(1, {.name = "c", .needs = {1}}),
                         stage(1, {.name = "notice", .needs = {1}, .after = After::failure})}),
                   [bad, &asked](std::uint64_t index, std::uint32_t) {
                     return ++asked <= 3 && index >= bad ? fails("no") : succeeds();
                   })
        .go();
  };
  EXPECT_THAT(
      ends(run(2, OnError::proceed)),
      ElementsAre("a failed 3: 1 of 3 tasks failed", "b failed 3: 1 of 3 items are missing, because stage 'a' failed",
                  "c skipped 0: it needs stage 'b', which failed", "notice succeeded 1"));
  EXPECT_THAT(
      ends(run(0, OnError::proceed)),
      ElementsAre("a failed 3: 3 of 3 tasks failed", "b skipped 3: 3 of 3 items are missing, because stage 'a' failed",
                  "c skipped 0: it needs stage 'b', which was skipped", "notice succeeded 1"));
  EXPECT_THAT(ends(run(2, OnError::ignore)).at(2), "c skipped 0: it needs stage 'b', which failed")
      << "what it ignores are failures of its own";
}

TEST(StageOrder, M06_AfterAFailureThatStopsTheRunNoNoticeStarts) {
  FakeRun run(plan({stage(2, {.name = "a", .on_error = OnError::stop}),
                    stage(1, {.name = "notice", .needs = {0}, .after = After::failure})}),
              failing(1));
  EXPECT_EQ(run.go().stages[1].outcome, Outcome::not_started);
}

TEST(StageOrder, AStageMayFeedSeveralStreamsAndAStageThatReadsItWhole) {
  // a: 4 tasks on 2 workers end after 1, 1, 2, 2 seconds. b and c follow each by a second; d waits for all of a.
  FakeRun run(plan({stage(4, {.name = "a", .results_used = true}), stage(4, {.name = "b", .streams_from = 0}),
                    stage(4, {.name = "c", .streams_from = 0}), stage(1, {.name = "d", .needs = {0}})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_NEAR(run.go().wall_s, 3.0, 1e-6);
  EXPECT_THAT(run.story.lines, ElementsAre("start a", "start b", "start c", "end a succeeded", "start d",
                                           "end b succeeded", "end c succeeded", "end d succeeded"));
}

TEST(StageOrder, ATaskThatFailedIsMissingInEveryStreamOfItsStage) {
  int asked = 0;
  FakeRun run(
      plan({stage(2, {.name = "a", .results_used = true}), stage(2, {.name = "b", .streams_from = 0}),
            stage(2, {.name = "c", .streams_from = 0})}),
      [&](std::uint64_t index, std::uint32_t) { return ++asked <= 2 && index == 1 ? fails("no") : succeeds(); });
  const RunResult result = run.go();
  for (const std::uint32_t stage : {1u, 2u}) {
    EXPECT_EQ(result.stages[stage].succeeded, 1u);
    EXPECT_EQ(test::rows(result, stage).at(1).message, "its item is the result of a/1, which did not succeed");
  }
}

TEST(StageOrder, UnderACapAStageThatIsNearlyDoneLeavesItsWorkersToTheNext) {
  // Two at once: three tasks of a take two seconds, and in the second of them one worker is free for b.
  Plan both = plan({stage(3, {.name = "a"}), stage(1, {.name = "b"})});
  both.jobs = 2;
  FakeRun run(std::move(both), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_NEAR(run.go().wall_s, 2.0, 1e-6);
}

TEST(StageOrder, UnderACapWhatLiesDownstreamComesFirst) {
  Plan two = plan({stage(1, {.name = "a1"}), stage(1, {.name = "a2"}), stage(1, {.name = "b1", .needs = {0}}),
                   stage(1, {.name = "b2", .needs = {1}})});
  two.jobs = 1;
  FakeRun run(std::move(two), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  run.go();
  EXPECT_THAT(run.story.lines, ElementsAre("start a1", "end a1 succeeded", "start b1", "end b1 succeeded", "start a2",
                                           "end a2 succeeded", "start b2", "end b2 succeeded"));
}

TEST(StageOrder, WithoutACapAWideGraphDoesNotRunAllItsStagesAtOnce) {
  struct Counting final : Observer {
    void stage_started(std::int64_t, const StageStarted&) override { most = std::max(most, ++now); }
    void stage_finished(std::int64_t, const StageFinished&) override { --now; }
    int now = 0, most = 0;
  } counting;
  std::vector<PlannedStage> stages;
  for (int i = 0; i < 200; ++i) stages.push_back(stage(1, {.name = fmt::format("s{}", i)}));
  const Plan wide = plan(std::move(stages));
  FakeMachine machine;
  FakeExecutors executors(machine, [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  ResultStore results(wide, false);
  RunLoop(wide, machine, executors, results, counting).run({.id = "run", .grace_ns = kSecond});
  EXPECT_EQ(counting.most, 64);
  EXPECT_EQ(counting.now, 0);
}

struct Says final : Condition {
  explicit Says(Result<bool> answer) : answer(std::move(answer)) {}
  Result<bool> holds(const Scope&) const override { return answer; }
  const Result<bool> answer;
};

TEST(StageOrder, AStageWhoseIfIsFalseIsLeftOutWhichIsNoFailure) {
  Plan stages =
      plan({stage(1, {.name = "a"}), stage(1, {.name = "b", .needs = {0}}), stage(1, {.name = "c", .needs = {1}})});
  stages.stages[1].condition = std::make_shared<Says>(false);
  stages.stages[2].condition = std::make_shared<Says>(true);
  const RunResult result = FakeRun(std::move(stages), failing(9)).go();
  EXPECT_THAT(ends(result), ElementsAre("a succeeded 1", "b left_out 0: its 'if' is false", "c succeeded 1"));
  EXPECT_EQ(result.outcome, Outcome::succeeded);
}

TEST(StageOrder, AnIfThatCannotBeAskedFailsItsStage) {
  Plan stages = plan({stage(1, {.name = "a"}), stage(1, {.name = "b", .needs = {0}})});
  stages.stages[0].condition = std::make_shared<Says>(Error{"R206", "'if' (w.yaml:3): nothing there"});
  const RunResult result = FakeRun(std::move(stages), failing(9)).go();
  EXPECT_THAT(ends(result), ElementsAre("a failed 0: 'if' (w.yaml:3): nothing there",
                                        "b skipped 0: it needs stage 'a', which failed"));
  EXPECT_EQ(exit_code(result), 1);
}

TEST(StageOrder, M06_AStageThatFailsByItselfStopsTheRunWhereAFailureIsToDoThat) {
  Plan stages = plan({stage(1, {.name = "a", .on_error = OnError::stop}), stage(1, {.name = "b"})});
  stages.stages[0].condition = std::make_shared<Says>(Error{"R206", "'if' (w.yaml:3): nothing there"});
  const RunResult result = FakeRun(std::move(stages), failing(9)).go();
  EXPECT_THAT(ends(result), ElementsAre("a failed 0: 'if' (w.yaml:3): nothing there",
                                        "b not_started 0: the run was stopped before it"));
}

TEST(StageOrder, AnIfIsAskedOnlyWhenAfterHolds) {
  Plan stages = plan({stage(2, {.name = "a"}), stage(1, {.name = "b", .needs = {0}})});
  stages.stages[1].condition = std::make_shared<Says>(Error{"R206", "never asked"});
  EXPECT_EQ(FakeRun(std::move(stages), failing(1)).go().stages[1].why, "it needs stage 'a', which failed");
}

TEST(StageOrder, AStreamOfAStageThatWasLeftOutIsEmpty) {
  Plan stages = plan({stage(2, {.name = "a", .results_used = true}), stage(2, {.name = "b", .streams_from = 0})});
  stages.stages[0].condition = std::make_shared<Says>(false);
  EXPECT_THAT(ends(FakeRun(std::move(stages), failing(9)).go()),
              ElementsAre("a left_out 0: its 'if' is false", "b succeeded 0"));
}

/// Adds the tenfold of an even task's value; cannot for odd ones.
struct Tenfold final : Outputs {
  Tenfold() {
    all.emplace_back().name = "tenfold";
    all.back().type = Type::integer;
  }
  const std::vector<Field>& fields() const override { return all; }
  Result<void> make(const Scope& scope, std::span<Value> values) const override {
    if (scope.index % 2 == 1) return Error{"R205", "odd"};
    values[0] = 10 * *scope.result->as_map()->at("value").as_int() + *scope.item->as_int();
    return {};
  }
  std::vector<Field> all;
};

TEST(StageOrder, OutputsAreFieldsOfTheResultAndAFailureOfTheTaskWithoutAnotherTry) {
  Plan stages = plan({stage(3, {.name = "a", .results_used = true, .retries = {.max = 5}}),
                      stage(3, {.name = "b", .streams_from = 0})});
  stages.stages[0].outputs = std::make_shared<Tenfold>();
  std::vector<std::uint64_t> ran;
  FakeRun run(std::move(stages), [&](std::uint64_t index, std::uint32_t) { return ran.push_back(index), succeeds(7); });
  const RunResult result = run.go();
  std::vector<std::string> rows;
  for (const test::Row& row : test::rows(result, 0))
    rows.push_back(std::string(outcome_name(row.outcome)) + " " + to_json(row.value) + row.message);
  EXPECT_THAT(rows, ElementsAre(R"(succeeded {"tenfold": 70, "value": 7})", "failed nullodd",
                                R"(succeeded {"tenfold": 72, "value": 7})"));
  EXPECT_EQ(result.stages[0].retried, 0u);
  EXPECT_EQ(result.stages[1].skipped, 1u);
  EXPECT_EQ(result.stages[1].succeeded, 2u);
  EXPECT_EQ(ran.size(), 5u);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].message, "odd");
}

TEST(StageOrder, AChainOfAThousandStagesIsSkippedToItsEnd) {
  std::vector<PlannedStage> stages{stage(1, {.name = "s0"})};
  for (std::uint32_t i = 1; i < 1000; ++i)
    stages.push_back(stage(1, {.name = fmt::format("s{}", i), .needs = {i - 1}}));
  FakeRun run(plan(std::move(stages)), failing(0));
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[999].why, "it needs stage 's998', which was skipped");
  EXPECT_EQ(run.story.lines.size(), 1001u) << "one start, a thousand ends";
}

}  // namespace
}  // namespace ropewalk
