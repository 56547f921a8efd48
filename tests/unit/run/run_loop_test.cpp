#include "support/fake_run.hpp"

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
using testing::Pair;

TEST(RunLoop, RunsStagesInTheOrderOfTheirNeedsAndTakesAsLongAsTheyDo) {
  FakeRun run(plan({stage(4, {.name = "first"}), stage(1, {.name = "second", .needs = {0}})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(exit_code(result), 0);
  EXPECT_THAT(run.story.lines,
              ElementsAre("start first", "end first succeeded", "start second", "end second succeeded"));
  EXPECT_NEAR(result.wall_s, 3.0, 1e-6) << "two at once: two seconds for four, one for the last";
}

TEST(RunLoop, StagesThatNeedNothingRunAtTheSameTime) {
  FakeRun run(plan({stage(2, {.name = "a"}), stage(2, {.name = "b"})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_NEAR(run.go().wall_s, 1.0, 1e-6);
}

TEST(RunLoop, JobsCapTheTasksAtOnceOverAllStages) {
  Plan both = plan({stage(2, {.name = "a"}), stage(2, {.name = "b"})});
  both.jobs = 2;
  FakeRun run(std::move(both), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_NEAR(run.go().wall_s, 2.0, 1e-6);
}

TEST(RunLoop, TasksThatSayHowManyCoresTheyUseAreCountedWhileTheyRun) {
  Plan both = plan({stage(3, {.name = "told"}), stage(5, {.name = "untold"})});
  both.stages[0].cores = 1;
  FakeRun run(std::move(both), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  run.go();
  EXPECT_THAT(run.machine.sharing, ElementsAre(2, 1, 0)) << "two at once, then the third alone";
  FakeRun other(plan({stage(3, {.name = "untold"})}), [](std::uint64_t, std::uint32_t) { return succeeds(); });
  other.go();
  EXPECT_THAT(other.machine.sharing, ElementsAre());
}

TEST(RunLoop, M07_AFailedTaskLeavesTheOthersAloneAndStagesThatNeedItAreSkippedWithTheCause) {
  FakeRun run(plan({stage(3, {.name = "a"}), stage(1, {.name = "b", .needs = {0}}),
                    stage(1, {.name = "c", .needs = {1}}), stage(1, {.name = "free"})}),
              [](std::uint64_t index, std::uint32_t) { return index == 1 ? fails("disk full") : succeeds(); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(exit_code(result), 1);
  EXPECT_EQ(result.stages[0].succeeded, 2u);
  EXPECT_EQ(result.stages[0].failed, 1u);
  EXPECT_EQ(result.stages[1].why, "it needs stage 'a', which failed");
  EXPECT_EQ(result.stages[2].why, "it needs stage 'b', which was skipped");
  EXPECT_EQ(result.stages[3].outcome, Outcome::succeeded);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].message, "disk full");
}

TEST(RunLoop, ResultsOfWhatSucceededAreToldAsTheyComeToWhoWantsThem) {
  const auto script = [](std::uint64_t index, std::uint32_t) {
    return index == 1 ? fails("no")
                      : succeeds(static_cast<std::int64_t>(10 * index), index == 0 ? 3 * kSecond : kSecond);
  };
  FakeRun run(plan({stage(3, {.name = "a"})}), script);
  run.report_results = true;
  run.go();
  EXPECT_THAT(run.story.results, ElementsAre(Pair(2, Value(Map{{"value", 20}})), Pair(0, Value(Map{{"value", 0}}))));
  FakeRun quiet(plan({stage(3, {.name = "a"})}), script);
  quiet.go();
  EXPECT_THAT(quiet.story.results, ElementsAre());
}

TEST(RunLoop, AStageWhoseErrorsAreIgnoredCountsAsSucceeded) {
  FakeRun run(plan({stage(2, {.name = "a", .on_error = OnError::ignore}), stage(1, {.name = "b", .needs = {0}})}),
              [](std::uint64_t index, std::uint32_t) { return index == 1 ? fails("no") : succeeds(); });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].outcome, Outcome::succeeded);
  EXPECT_EQ(result.outcome, Outcome::succeeded);
}

TEST(RunLoop, M06_AfterAFailureThatStopsNothingNewStartsAndWhatRunsIsFinished) {
  FakeRun run(
      plan({stage(100, {.name = "a", .workers = 2, .on_error = OnError::stop}), stage(1, {.name = "b", .needs = {0}})}),
      [](std::uint64_t index, std::uint32_t) {
        return index == 0 ? FakeTask{.outcome = Outcome::failed, .payload = "first", .takes_ns = kSecond}
                          : succeeds(0, 2 * kSecond);
      });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(result.stages[0].failed, 1u);
  EXPECT_EQ(result.stages[0].succeeded, 1u) << "it was running";
  EXPECT_EQ(result.stages[0].not_started, 98u);
  EXPECT_EQ(result.stages[1].outcome, Outcome::not_started);
}

TEST(RunLoop, M06_AFailureThatStopsTheRunStopsItBeforeTheNextStageHasItsTurn) {
  std::uint64_t dealt = 0;
  FakeRun run(
      plan({stage(1, {.name = "a", .workers = 1, .on_error = OnError::stop}), stage(9, {.name = "b", .workers = 1})}),
      [&](std::uint64_t, std::uint32_t) {
        return ++dealt == 1 ? FakeTask{.outcome = Outcome::failed, .payload = "no", .takes_ns = kSecond}
                            : succeeds(0, kSecond);
      });
  const RunResult result = run.go();
  EXPECT_EQ(dealt, 2u) << "both began at once, and ended at once";
  EXPECT_EQ(result.stages[1].succeeded, 1u);
  EXPECT_EQ(result.stages[1].not_started, 8u);
}

TEST(RunLoop, M06_AfterParametersThatCannotBeMadeNothingIsDealt) {
  Plan one = plan({test::stage(test::plugin(), "task", 9,
                               {.workers = 4,
                                .with = {{.name = "item",
                                          .make = [](const Value& item, std::uint64_t index) -> Value {
                                            if (index == 2) throw std::runtime_error("no value for it");
                                            return item;
                                          }}},
                                .on_error = OnError::stop})});
  std::vector<std::uint64_t> dealt;
  FakeRun run(std::move(one),
              [&](std::uint64_t index, std::uint32_t) { return dealt.push_back(index), succeeds(0, kSecond); });
  const RunResult result = run.go();
  EXPECT_THAT(dealt, ElementsAre(0, 1));
  EXPECT_EQ(result.stages[0].failed, 1u);
  EXPECT_EQ(result.stages[0].succeeded, 2u);
  EXPECT_EQ(result.stages[0].not_started, 6u);
}

TEST(RunLoop, AStreamStartsEachTaskWhenItsItemIsThere) {
  // Two stages of four one-second tasks on two workers each: one after the other would be four seconds.
  FakeRun run(plan({stage(4, {.name = "a", .results_used = true}), stage(4, {.name = "b", .streams_from = 0})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(7, kSecond); });
  const RunResult result = run.go();
  EXPECT_NEAR(result.wall_s, 3.0, 1e-6);
  EXPECT_EQ(result.stages[1].succeeded, 4u);
}

/// 20,000 items of which a few more are known each time that somebody looks.
struct Growing final : Items {
  struct List final : ItemList {
    std::uint64_t size() const override { return known; }
    bool complete() const override { return known == 20'000; }
    bool grow(std::uint64_t wanted, std::string&) override {
      EXPECT_GT(wanted, known);
      known = std::min<std::uint64_t>(known + 3'000, 20'000);
      return true;
    }
    Value at(std::uint64_t index) const override { return static_cast<std::int64_t>(index); }
    std::uint64_t known = 10;
  };
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope&) const override { return std::unique_ptr<ItemList>(new List); }
};

TEST(RunLoop, AStageGrowsWithItsItemsAndSoDoesWhatStreamsFromIt) {
  PlannedStage first = stage(0, {.name = "a", .workers = 64});
  first.items = std::make_shared<Growing>();
  FakeRun run(plan({first, stage(0, {.name = "b", .workers = 64, .streams_from = 0})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages[0].succeeded, 20'000u);
  EXPECT_EQ(result.stages[1].succeeded, 20'000u);
  EXPECT_THAT(run.story.lines,
              ElementsAre("start a", "start b", "a has 20000", "b has 20000", "end a succeeded", "end b succeeded"));
}

TEST(RunLoop, AListThatCannotBeReadToItsEndFailsItsStageAfterWhatWasRead) {
  struct Broken final : Items {
    struct List final : ItemList {
      std::uint64_t size() const override { return 5; }
      bool complete() const override { return false; }
      bool grow(std::uint64_t, std::string& problem) override { return problem = "the disk is gone", false; }
      Value at(std::uint64_t index) const override { return static_cast<std::int64_t>(index); }
    };
    bool fans_out() const override { return true; }
    Result<std::unique_ptr<ItemList>> open(const Scope&) const override { return std::unique_ptr<ItemList>(new List); }
  };
  PlannedStage only = stage(0, {.name = "a"});
  only.items = std::make_shared<Broken>();
  FakeRun run(plan({only}), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(result.stages[0].succeeded, 5u);
  EXPECT_EQ(result.stages[0].why, "the disk is gone");
  EXPECT_EQ(exit_code(result), 1);
}

TEST(RunLoop, AStreamSkipsWhatFailedUpstreamAndNamesIt) {
  int asked = 0;
  FakeRun run(plan({stage(3, {.name = "a", .results_used = true}), stage(3, {.name = "b", .streams_from = 0})}),
              [&](std::uint64_t index, std::uint32_t) {
                ++asked;
                return index == 1 && asked <= 3 ? fails("no") : succeeds(1);
              });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[1].succeeded, 2u);
  EXPECT_EQ(result.stages[1].skipped, 1u);
  EXPECT_EQ(result.stages[1].outcome, Outcome::failed);
  EXPECT_EQ(test::rows(result, 1).at(1).message, "its item is the result of a/1, which did not succeed");
}

TEST(RunLoop, S01_AskedToStopItGivesRunningTasksTheirGraceAndThenEndsThem) {
  FakeRun run(plan({stage(10, {.name = "a"})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(0, 100 * kSecond); });
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  EXPECT_EQ(result.stages[0].cancelled, 2u);
  EXPECT_EQ(result.stages[0].not_started, 8u);
  EXPECT_LE(result.wall_s, 2.1);
}

TEST(RunLoop, RetriesOnlyAfterTheDelayAndReportsBothAttempts) {
  FakeRun run(plan({stage(1, {.retries = {.max = 1, .delay_ns = 5 * kSecond}})}),
              [](std::uint64_t, std::uint32_t attempt) { return attempt == 1 ? fails("disk full") : succeeds(); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages[0].retried, 1u);
  EXPECT_EQ(result.stages[0].tasks, 1u);
  EXPECT_NEAR(result.wall_s, 5.0, 1e-6);
}

TEST(RunLoop, S08_ADelayBeforeARetryIsNotShortenedByTheTimeThatTheRunIsStopped) {
  FakeRun run(plan({stage(1, {.retries = {.max = 1, .delay_ns = 5 * kSecond}})}),
              [](std::uint64_t, std::uint32_t attempt) { return attempt == 1 ? fails("disk full") : succeeds(); });
  const std::int64_t begin = run.machine.now_ns();
  run.machine.pause(begin + 2 * kSecond, begin + 102 * kSecond);
  EXPECT_EQ(run.go().outcome, Outcome::succeeded);
  EXPECT_EQ(run.machine.timer_ns() - begin, 5 * kSecond);
  EXPECT_EQ(run.machine.now_ns() - begin, 105 * kSecond);
}

TEST(RunLoop, S08_TheGraceAfterAStopIsNotShortenedByTheTimeThatTheRunIsStopped) {
  FakeRun run(plan({stage(1, {})}), [](std::uint64_t, std::uint32_t) {
    FakeTask deaf = succeeds(0, 1000 * kSecond);
    deaf.deaf = true;
    return deaf;
  });
  const std::int64_t begin = run.machine.now_ns();
  run.machine.stop_at(begin + kSecond, StopLevel::ask);
  run.machine.pause(begin + 2 * kSecond, begin + 502 * kSecond);
  EXPECT_EQ(run.go(10 * kSecond).outcome, Outcome::cancelled);
  EXPECT_EQ(run.machine.now_ns() - begin, 511 * kSecond);
}

TEST(RunLoop, S13_ThatTheMachineWasSuspendedIsSaidOnceWithItsLength) {
  FakeRun run(plan({stage(4, {.workers = 1})}), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  run.machine.suspend_at(0, 77 * kSecond);  // before the run
  run.machine.suspend_at(run.machine.now_ns() + kSecond, 3600 * kSecond);
  run.machine.suspend_at(run.machine.now_ns() + 2 * kSecond, kSecond / 10);
  const RunResult result = run.go();
  EXPECT_NEAR(result.wall_s, 4.0, 1e-6);
  EXPECT_EQ(run.story.warnings,
            std::vector<std::string>{"the machine was suspended for 3600 s: nothing of this run counts that time"});
}

TEST(RunLoop, OtherTasksGoOnWhileOneWaitsForItsRetry) {
  FakeRun run(plan({stage(9, {.workers = 1, .retries = {.max = 1, .delay_ns = 3 * kSecond}})}),
              [](std::uint64_t index, std::uint32_t attempt) {
                return index == 0 && attempt == 1 ? fails("no") : succeeds(0, kSecond);
              });
  EXPECT_NEAR(run.go().wall_s, 9.0, 1e-6);
}

TEST(RunLoop, ATaskThatWaitsForItsRetryWhenTheRunStopsEndsAsItFailed) {
  FakeRun run(
      plan({stage(2, {.retries = {.max = 1, .delay_ns = 100 * kSecond}})}),
      [](std::uint64_t index, std::uint32_t) { return index == 0 ? fails("first") : succeeds(0, 10 * kSecond); });
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  EXPECT_EQ(result.stages[0].failed, 1u);
  EXPECT_EQ(result.stages[0].cancelled, 1u);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].message, "first");
  EXPECT_LE(result.wall_s, 2.1);
}

TEST(RunLoop, AStreamGetsItsItemWhenTheLastTryHasSucceeded) {
  int tries = 0;
  FakeRun run(plan({stage(2, {.name = "a", .results_used = true, .retries = {.max = 1}}),
                    stage(2, {.name = "b", .streams_from = 0})}),
              [&](std::uint64_t, std::uint32_t) { return ++tries == 1 ? fails("no") : succeeds(1); });
  const RunResult result = run.go();
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages[1].succeeded, 2u);
}

TEST(RunLoop, Z07_ManyFailuresAreCountedAndTheFirstHundredAreKept) {
  FakeRun run(plan({stage(100'000, {.name = "a", .workers = 4096})}),
              [](std::uint64_t, std::uint32_t) { return fails("no"); });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].failed, 100'000u);
  EXPECT_EQ(result.failures.size(), 100u);
  EXPECT_EQ(result.more_failures, 99'900u);
}

/// What is told of the progress of tasks, and when they end.
struct ProgressStory final : Observer {
  void task_progress(std::int64_t t_ns, std::uint32_t, const TaskProgress& progress) override {
    lines.push_back(std::to_string(t_ns / 1'000'000) + " ms: " + std::to_string(progress.index) + "." +
                    std::to_string(progress.attempt) + " " + std::string(progress.text));
  }
  void tasks_finished(std::int64_t t_ns, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks)
      lines.push_back(std::to_string(t_ns / 1'000'000) + " ms: " + std::to_string(task.index) + " ends");
  }
  std::vector<std::string> lines;
};

std::vector<std::string> progress_of(const Plan& plan, FakeExecutor::Script script) {
  FakeMachine machine;
  FakeExecutors executors(machine, std::move(script));
  ResultStore results(plan, true);
  ProgressStory story;
  RunLoop(plan, machine, executors, results, story).run({.id = "run", .grace_ns = kSecond});
  return story.lines;
}

TEST(RunLoop, OfATasksProgressTheFirstIsToldAtOnceAndThenTheLatestAtEachTick) {
  FakeTask task = succeeds(0, 350'000'000);
  for (int i = 1; i <= 340; ++i) task.progress.push_back({i * 1'000'000, i / 340.0, std::to_string(i)});
  EXPECT_THAT(
      progress_of(plan({stage(1, {})}), [&](std::uint64_t, std::uint32_t) { return task; }),
      testing::ElementsAre("1 ms: 0.1 1", "100 ms: 0.1 100", "200 ms: 0.1 200", "300 ms: 0.1 300", "350 ms: 0 ends"));
}

TEST(RunLoop, ProgressOfAnAttemptThatHasEndedIsNotTold) {
  FakeTask first = fails("no"), second = succeeds(0, 40'000'000);
  first.takes_ns = 30'000'000;
  first.progress = {{10'000'000, 0.5, "a"}, {20'000'000, 0.75, "held"}};
  second.progress = {{20'000'000, 0.5, "b"}};
  EXPECT_THAT(progress_of(plan({stage(1, {.retries = {.max = 1}})}),
                          [&](std::uint64_t, std::uint32_t attempt) { return attempt == 1 ? first : second; }),
              testing::ElementsAre("10 ms: 0.1 a", "30 ms: 0 ends", "50 ms: 0.2 b", "70 ms: 0 ends"));
}

TEST(RunLoop, ProgressOfAnAttemptThatIsNotDispatchedIsNotBelieved) {
  struct Liar final : Executor {
    std::size_t room() override { return dealt ? 0 : 1; }
    void deal(std::span<const Deal>) override { dealt = true; }
    void drain(ExecutorListener& listener, bool) override {
      listener.progressed({.index = 1, .attempt = 1, .fraction = 0, .text = "is not dispatched"});
      listener.progressed({.index = 99, .attempt = 1, .fraction = 0, .text = "does not exist"});
      listener.progressed({.index = 0, .attempt = 2, .fraction = 0, .text = "another attempt"});
      if (!dealt) return;
      listener.progressed({.index = 0, .attempt = 1, .fraction = 0, .text = "runs"});
      const AttemptResult ended{.task = 0, .attempt = 1, .outcome = Outcome::failed, .payload = "no"};
      listener.ended({&ended, 1});
      listener.progressed({.index = 0, .attempt = 1, .fraction = 0, .text = "has ended"});
    }
    std::int64_t look_again_ns() override { return 0; }
    void halt(Halt, ExecutorListener&) override {}
    std::size_t in_flight() const override { return 0; }
    std::uint32_t hosts() const override { return 1; }
    bool dealt = false;
  };
  struct Factory final : ExecutorFactory {
    Result<std::unique_ptr<Executor>> open(const PlannedStage&, StageSetting) override {
      return std::unique_ptr<Executor>(new Liar);
    }
  } factory;
  const Plan one = plan({stage(2, {.on_error = OnError::stop})});
  FakeMachine machine;
  ResultStore results(one, true);
  ProgressStory story;
  RunLoop(one, machine, factory, results, story).run({.id = "run", .grace_ns = kSecond});
  EXPECT_THAT(story.lines, testing::ElementsAre("0 ms: 0.1 runs", "0 ms: 0 ends", "0 ms: 1 ends"));
}

/// Constant parameters that cannot be made when the stage starts.
struct NoConstants final : Parameters {
  std::span<const std::uint32_t> varying() const override { return {}; }
  Result<std::vector<Value>> constants(const Scope&) const override { return Error{"R000", "no result to read"}; }
  bool make(const Scope&, std::span<Value>, std::string&) const override { return true; }
  Result<std::vector<KnownParameter>> known(const Scope&) const override { return std::vector<KnownParameter>{}; }
};

TEST(RunLoop, AStreamOfAStageThatCouldNotStartIsSkipped) {
  PlannedStage up = stage(5, {.name = "up", .results_used = true});
  up.parameters = std::make_shared<NoConstants>();
  FakeRun run(plan({up, stage(0, {.name = "down", .needs = {0}, .streams_from = 0})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(); });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].outcome, Outcome::failed);
  EXPECT_EQ(result.stages[0].why, "no result to read");
  EXPECT_EQ(result.stages[1].outcome, Outcome::skipped);
  EXPECT_EQ(result.stages[1].why, "it takes its items from stage 'up', which did not run");
}

TEST(RunLoop, E18_AnEndOfATaskThatWasNotDispatchedIsNotBelieved) {
  struct Early final : Executor {
    std::size_t room() override { return dealt ? 0 : 1; }
    void deal(std::span<const Deal>) override { dealt = true; }
    void drain(ExecutorListener& listener, bool) override {
      if (dealt && told) return;
      told = dealt;
      const std::uint64_t task = dealt ? 0 : 1;  // the second one before any was dispatched
      const AttemptResult ended{.task = task, .attempt = 1, .outcome = Outcome::failed, .payload = "no"};
      listener.ended({&ended, 1});
    }
    std::int64_t look_again_ns() override { return 0; }
    void halt(Halt, ExecutorListener&) override {}
    std::size_t in_flight() const override { return 0; }
    std::uint32_t hosts() const override { return 1; }
    bool dealt = false, told = false;
  };
  struct Factory final : ExecutorFactory {
    Result<std::unique_ptr<Executor>> open(const PlannedStage&, StageSetting) override {
      return std::unique_ptr<Executor>(new Early);
    }
  } factory;
  const Plan one = plan({stage(2, {.on_error = OnError::stop})});
  FakeMachine machine;
  ResultStore results(one, true);
  Fold fold(one);
  RunLoop(one, machine, factory, results, fold).run({.id = "run", .grace_ns = kSecond});
  EXPECT_EQ(fold.result().stages[0].failed, 1u);
  EXPECT_EQ(fold.result().stages[0].not_started, 1u) << "the second task was never dispatched";
  EXPECT_EQ(fold.result().failures.at(0).index, 0u);
}

TEST(RunLoop, E18_AnExecutorThatTellsAnEndTwiceIsNotBelievedTheSecondTime) {
  struct Twice final : Executor {
    std::size_t room() override { return dealt ? 0 : 1; }
    void deal(std::span<const Deal>) override { dealt = true; }
    void drain(ExecutorListener& listener, bool) override {
      if (!dealt || told) return;
      told = true;
      const AttemptResult ended{.task = 0,
                                .attempt = 1,
                                .outcome = Outcome::failed,
                                .detail = 0,
                                .started_ns = 1,
                                .run_ns = 1,
                                .cpu_ns = 0,
                                .host = 1,
                                .worker = 0,
                                .payload = "once"};
      const AttemptResult twice[] = {ended, ended};
      listener.ended(twice);
    }
    std::int64_t look_again_ns() override { return 0; }
    void halt(Halt, ExecutorListener&) override {}
    std::size_t in_flight() const override { return dealt && !told ? 1 : 0; }
    std::uint32_t hosts() const override { return 1; }
    bool dealt = false, told = false;
  };
  struct Factory final : ExecutorFactory {
    Result<std::unique_ptr<Executor>> open(const PlannedStage&, StageSetting) override {
      return std::unique_ptr<Executor>(new Twice);
    }
  } factory;
  const Plan one = plan({stage(1, {})});
  FakeMachine machine;
  ResultStore results(one, true);
  Fold fold(one);
  RunLoop(one, machine, factory, results, fold).run({.id = "run", .grace_ns = kSecond});
  EXPECT_EQ(fold.result().stages[0].failed, 1u);
  EXPECT_EQ(fold.result().stages[0].tasks, 1u);
}

}  // namespace
}  // namespace ropewalk
