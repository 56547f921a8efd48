#include "events/fold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kMs = 1'000'000, kSecond = 1'000'000'000;

Plan plan_of(std::vector<std::pair<std::string, std::string>> stages) {
  Plan plan;
  plan.workflow = "demo";
  for (auto& [name, executor] : stages) {
    PlannedStage stage;
    stage.name = name;
    stage.task = "sim.sleep";
    stage.executor = executor;
    stage.workers = 2;
    plan.stages.push_back(stage);
  }
  return plan;
}

StageStarted begins(const Plan& plan, std::uint32_t stage, std::uint64_t tasks) {
  const PlannedStage& planned = plan.stages[stage];
  return {stage, planned.name, planned.task, planned.executor, planned.workers, tasks};
}

StageFinished ends(std::uint32_t stage, Outcome outcome, std::uint64_t tasks, std::int64_t wall_ns,
                   std::int64_t wait_ns = 0, std::string_view why = "") {
  return {stage, "", outcome, tasks, 1, wall_ns, wait_ns, why};
}

TaskFinished task(std::uint64_t index, Outcome outcome, std::int64_t run_ns, std::int64_t cpu_ns,
                  std::string_view message = "") {
  return {index, 1, outcome, 0, 0, run_ns, cpu_ns, 42, 0, true, message};
}

/// A fold that receives the events of a run. It counts the tasks of each stage, as the stage itself does.
class CountingFold {
 public:
  explicit CountingFold(const Plan& plan) : fold_(plan), counts_(plan.stages.size()) {}
  CountingFold(std::string workflow, const std::vector<FoldedStage>& stages)
      : fold_(std::move(workflow), stages), counts_(stages.size()) {}
  void run_started(std::int64_t t, const RunStarted& event) { fold_.run_started(t, event); }
  void stage_started(std::int64_t t, const StageStarted& event) { fold_.stage_started(t, event); }
  void tasks_finished(std::int64_t t, std::uint32_t stage, const std::vector<TaskFinished>& tasks) {
    for (const TaskFinished& task : tasks)
      if (task.last) counts_[stage].add(task.outcome);
    fold_.tasks_finished(t, stage, tasks);
  }
  void stage_finished(std::int64_t t, StageFinished event) {
    event.counts = counts_[event.stage];
    fold_.stage_finished(t, event);
  }
  void run_finished(std::int64_t t, const RunFinished& event) { fold_.run_finished(t, event); }
  RunResult result() { return fold_.result(); }

 private:
  Fold fold_;
  std::vector<TaskCounts> counts_;
};

void feed(CountingFold& fold, std::uint32_t stage, std::vector<TaskFinished> tasks) {
  fold.tasks_finished(0, stage, tasks);
}

RunResult finish(CountingFold& fold, Outcome outcome = Outcome::succeeded) {
  fold.run_finished(0, {outcome, 5 * kSecond, "", false});
  return fold.result();
}

TEST(Fold, ATaskThatRanIsInEveryNumber) {
  const Plan plan = plan_of({{"wait", "thread"}});
  CountingFold fold(plan);
  fold.run_started(0, {"r1", "demo"});
  fold.stage_started(0, begins(plan, 0, 1));
  feed(fold, 0, {task(0, Outcome::succeeded, 2 * kSecond, 500 * kMs)});
  fold.stage_finished(0, ends(0, Outcome::succeeded, 1, 2 * kSecond));
  const RunResult run = finish(fold);

  ASSERT_EQ(run.stages.size(), 1u);
  const StageResult& stage = run.stages[0];
  EXPECT_EQ(run.run_id, "r1");
  EXPECT_EQ(run.outcome, Outcome::succeeded);
  EXPECT_FALSE(run.broken);
  EXPECT_DOUBLE_EQ(run.wall_s, 5);
  EXPECT_EQ(stage.name, "wait");
  EXPECT_EQ(stage.executor, "thread");
  EXPECT_EQ(stage.workers, 2u);
  EXPECT_EQ(stage.hosts, 1u);
  EXPECT_EQ(stage.tasks, 1u);
  EXPECT_EQ(stage.succeeded, 1u);
  EXPECT_DOUBLE_EQ(stage.wall_s, 2);
  EXPECT_DOUBLE_EQ(stage.task_s.median, 2);
  EXPECT_DOUBLE_EQ(stage.task_s.p95, 2);
  EXPECT_DOUBLE_EQ(stage.task_s.sum, 2);
  EXPECT_DOUBLE_EQ(stage.cpu_s, 0.5);
  EXPECT_DOUBLE_EQ(stage.concurrency, 1);
  EXPECT_DOUBLE_EQ(stage.cores, 0.25);
  EXPECT_EQ(stage.bound, Bound::io);
  EXPECT_EQ(exit_code(run), 0);
}

TEST(Fold, AttemptsOfEarlierSessionsDoNotMakeThisOneBusy) {
  const Plan plan = plan_of({{"wait", "thread"}});
  CountingFold fold(plan);
  fold.run_started(0, {"r1", "demo"});
  fold.stage_started(0, begins(plan, 0, 3));
  TaskFinished kept = task(0, Outcome::succeeded, 100 * kSecond, 50 * kSecond);
  kept.kept = true;
  TaskFinished failed_before = task(1, Outcome::failed, 100 * kSecond, 50 * kSecond);
  failed_before.last = false;
  failed_before.started_ns = -200 * kSecond;
  feed(fold, 0,
       {kept, failed_before, task(1, Outcome::succeeded, 2 * kSecond, 500 * kMs),
        task(2, Outcome::succeeded, 2 * kSecond, 500 * kMs)});
  fold.stage_finished(0, ends(0, Outcome::succeeded, 3, 2 * kSecond));
  const StageResult stage = finish(fold).stages.at(0);
  EXPECT_EQ(stage.kept, 1u);
  EXPECT_EQ(stage.retried, 0u);
  EXPECT_DOUBLE_EQ(stage.concurrency, 2);
  EXPECT_DOUBLE_EQ(stage.cores, 0.5);
  EXPECT_DOUBLE_EQ(stage.task_s.max, 100) << "how long it took is known all the same";
}

TEST(Fold, NeedsNoPlanWhenTheStagesAreKnown) {
  const Plan plan = plan_of({{"one-by-one", "serial"}, {"threads", "thread"}});
  CountingFold live(plan);
  CountingFold replayed("demo",
                        {{.name = "one-by-one", .task = "sim.sleep", .executor = "serial", .workers = 2},
                         {.name = "threads", .task = "sim.sleep", .executor = "thread", .workers = 2, .baseline = 0}});
  for (CountingFold* fold : {&live, &replayed}) {
    for (const std::uint32_t stage : {0u, 1u}) {
      fold->stage_started(0, begins(plan, stage, 1));
      feed(*fold, stage, {task(0, Outcome::succeeded, kSecond, kMs)});
      fold->stage_finished(0, ends(stage, Outcome::succeeded, 1, (2 - stage) * kSecond));
    }
  }
  const RunResult run = finish(replayed);
  EXPECT_EQ(run.workflow, "demo");
  EXPECT_EQ(run.stages[1].name, "threads");
  EXPECT_EQ(run.stages[1].vs_serial, 2.0);
  EXPECT_EQ(finish(live).stages[1].vs_serial, std::nullopt) << "the plan names no baseline";
  EXPECT_EQ(run.stages[0].task_s.median, finish(live).stages[0].task_s.median);
}

TEST(Fold, OrderStatisticsAreExact) {
  for (const int count : {1, 2, 3, 10, 19, 20, 21, 100, 101, 4096, 4097, 50'000}) {
    const Plan plan = plan_of({{"s", "thread"}});
    CountingFold fold(plan);
    std::vector<TaskFinished> tasks;
    // 1..count seconds, in an order that is neither ascending nor descending.
    for (int i = 0; i < count; ++i)
      tasks.push_back(
          task(static_cast<std::uint64_t>(i), Outcome::succeeded, (1 + (i * 37LL + 11) % count) * kSecond, 0));
    feed(fold, 0, tasks);
    fold.stage_finished(0, ends(0, Outcome::succeeded, static_cast<std::uint64_t>(count), kSecond));
    const TaskTimes times = finish(fold).stages[0].task_s;
    SCOPED_TRACE(count);
    EXPECT_DOUBLE_EQ(times.min, 1);
    EXPECT_DOUBLE_EQ(times.median, (count + 1) / 2.0);
    EXPECT_DOUBLE_EQ(times.p95, (count * 95 + 99) / 100);
    EXPECT_DOUBLE_EQ(times.max, count);
    EXPECT_DOUBLE_EQ(times.sum, 0.5 * count * (count + 1));
    EXPECT_DOUBLE_EQ(fold.result().stages[0].task_s.median, times.median) << "a second call differs";
  }
}

TEST(Fold, EveryOutcomeCountsInExactlyOneOfTheFiveParts) {
  const Plan plan = plan_of({{"s", "process"}});
  CountingFold fold(plan);
  feed(fold, 0,
       {task(0, Outcome::succeeded, kMs, kMs), task(1, Outcome::failed, kMs, kMs), task(2, Outcome::crashed, kMs, kMs),
        task(3, Outcome::exited, kMs, kMs), task(4, Outcome::timed_out, kMs, kMs),
        task(5, Outcome::out_of_memory, kMs, kMs), task(6, Outcome::lost, kMs, kMs),
        task(7, Outcome::cancelled, kMs, kMs), task(8, Outcome::skipped, 0, 0), task(9, Outcome::not_started, 0, 0)});
  fold.stage_finished(0, ends(0, Outcome::failed, 10, kSecond));
  const RunResult run = finish(fold, Outcome::failed);
  const StageResult& stage = run.stages[0];
  EXPECT_EQ(stage.tasks, 10u);
  EXPECT_EQ(stage.succeeded, 1u);
  EXPECT_EQ(stage.failed, 6u);
  EXPECT_EQ(stage.cancelled, 1u);
  EXPECT_EQ(stage.skipped, 1u);
  EXPECT_EQ(stage.not_started, 1u);
  EXPECT_EQ(run.failures.size(), 6u);
  EXPECT_EQ(exit_code(run), 1);
}

TEST(Fold, ARetriedAttemptCountsAsBusyTimeButNotAsATask) {
  const Plan plan = plan_of({{"s", "process"}});
  CountingFold fold(plan);
  TaskFinished first = task(0, Outcome::crashed, kSecond, kSecond, "killed");
  first.last = false;
  TaskFinished second = task(0, Outcome::succeeded, 2 * kSecond, kSecond);
  second.attempt = 2;
  feed(fold, 0, {first, second});
  fold.stage_finished(0, ends(0, Outcome::succeeded, 1, 4 * kSecond));
  const RunResult run = finish(fold);
  EXPECT_EQ(run.stages[0].tasks, 1u);
  EXPECT_EQ(run.stages[0].retried, 1u);
  EXPECT_DOUBLE_EQ(run.stages[0].task_s.max, 2);
  EXPECT_DOUBLE_EQ(run.stages[0].task_s.sum, 3);
  EXPECT_DOUBLE_EQ(run.stages[0].cores, 0.5);
  EXPECT_TRUE(run.failures.empty());
}

TEST(Fold, BoundIsTheShareOfCpuTimeInTheTimeWithACore) {
  const struct {
    std::int64_t cpu_ms, wait_ms;
    Bound bound;
  } rows[] = {{1000, 0, Bound::cpu},
              {700, 0, Bound::cpu},
              {690, 0, Bound::mixed},
              {310, 0, Bound::mixed},
              {300, 0, Bound::io},
              {0, 0, Bound::io},
              {500, 500, Bound::cpu} /* it had a core for half of the time, and used all of it */,
              {100, 900, Bound::cpu} /* nothing of the rest is left */,
              {100, 2000, Bound::io} /* that was never the tasks' waiting */};
  for (const auto& row : rows) {
    const Plan plan = plan_of({{"s", "thread"}});
    CountingFold fold(plan);
    feed(fold, 0, {task(0, Outcome::succeeded, kSecond, row.cpu_ms * kMs)});
    fold.stage_finished(0, ends(0, Outcome::succeeded, 1, kSecond, row.wait_ms * kMs));
    EXPECT_EQ(finish(fold).stages[0].bound, row.bound) << row.cpu_ms << " ms CPU, " << row.wait_ms << " ms waiting";
  }
}

RunResult two_stages(Outcome second, std::uint64_t second_tasks) {
  Plan plan = plan_of({{"serial", "serial"}, {"threads", "thread"}});
  plan.stages[1].baseline = 0;
  CountingFold fold(plan);
  feed(fold, 0, {task(0, Outcome::succeeded, kSecond, 0), task(1, Outcome::succeeded, kSecond, 0)});
  fold.stage_finished(0, ends(0, Outcome::succeeded, 2, 2 * kSecond));
  for (std::uint64_t i = 0; i < second_tasks; ++i) feed(fold, 1, {task(i, second, kSecond, 0)});
  fold.stage_finished(0, ends(1, second, second_tasks, kSecond));
  return finish(fold, second);
}

TEST(Fold, VsSerialIsTheRatioOfTheWallTimes) {
  EXPECT_EQ(two_stages(Outcome::succeeded, 2).stages[1].vs_serial, std::optional<double>(2.0));
  EXPECT_EQ(two_stages(Outcome::succeeded, 2).stages[0].vs_serial, std::nullopt);
}

TEST(Fold, VsSerialIsAbsentIfItWasNotMeasured) {
  EXPECT_EQ(two_stages(Outcome::failed, 2).stages[1].vs_serial, std::nullopt) << "a failed stage proves nothing";
  EXPECT_EQ(two_stages(Outcome::succeeded, 3).stages[1].vs_serial, std::nullopt) << "other work";
}

TEST(Fold, TheHundredFailuresAreTheLowestWhateverTheOrderOfEvents) {
  const Plan plan = plan_of({{"a", "thread"}, {"b", "thread"}});
  CountingFold fold(plan);
  for (std::uint64_t i = 0; i < 70; ++i) feed(fold, 1, {task(69 - i, Outcome::failed, kMs, 0, "b")});
  for (std::uint64_t i = 0; i < 70; ++i) feed(fold, 0, {task((i * 13) % 70, Outcome::failed, kMs, 0, "a")});
  const RunResult run = finish(fold, Outcome::failed);
  ASSERT_EQ(run.failures.size(), 100u);
  EXPECT_EQ(run.more_failures, 40u);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(run.failures[i].stage, i < 70 ? "a" : "b");
    EXPECT_EQ(run.failures[i].index, i < 70 ? i : i - 70);
    EXPECT_EQ(run.failures[i].message, i < 70 ? "a" : "b");
  }
}

TEST(Fold, E18_AStageWithUnreportedTasksNeverCountsAsSuccess) {
  const Plan plan = plan_of({{"s", "thread"}});
  CountingFold fold(plan);
  feed(fold, 0, {task(0, Outcome::succeeded, kMs, 0)});
  fold.stage_finished(0, ends(0, Outcome::succeeded, 3, kMs));
  const RunResult run = finish(fold);
  EXPECT_TRUE(run.broken);
  EXPECT_EQ(run.outcome, Outcome::failed);
  EXPECT_EQ(run.why, "stage 's' is said to have succeeded, but 2 of its tasks never ended");
  EXPECT_EQ(exit_code(run), 70);
}

TEST(Fold, E18_AStageThatCountsTasksWhoseEndWasNeverToldIsNotBelieved) {
  const Plan plan = plan_of({{"s", "thread"}});
  Fold fold(plan);
  StageFinished event = ends(0, Outcome::succeeded, 3, kMs);
  event.counts.succeeded = 3;
  fold.stage_finished(0, event);
  fold.run_finished(0, {Outcome::succeeded, kMs, "", false});
  const RunResult run = fold.result();
  EXPECT_TRUE(run.broken);
  EXPECT_EQ(run.why, "stage 's' is said to have succeeded, but 3 of its tasks never ended");
}

TEST(Fold, TasksOfAStageThatNeverRanAreCountedAsItsOutcomeSays) {
  const Plan plan = plan_of({{"skipped", "thread"}, {"stopped", "thread"}});
  CountingFold fold(plan);
  fold.stage_finished(0, ends(0, Outcome::skipped, 7, 0, 0, "stage 'a' failed"));
  fold.stage_finished(0, ends(1, Outcome::not_started, 9, 0));
  const RunResult run = finish(fold, Outcome::failed);
  EXPECT_EQ(run.stages[0].skipped, 7u);
  EXPECT_EQ(run.stages[0].tasks, 7u);
  EXPECT_EQ(run.stages[0].why, "stage 'a' failed");
  EXPECT_EQ(run.stages[1].not_started, 9u);
  EXPECT_FALSE(run.broken);
}

TEST(Fold, ARunWithoutAFinishedEventIsBroken) {
  const Plan plan = plan_of({{"s", "thread"}});
  CountingFold fold(plan);
  const RunResult run = fold.result();
  EXPECT_TRUE(run.broken);
  EXPECT_EQ(run.why, "the run did not come to its end");
  EXPECT_EQ(run.stages[0].outcome, Outcome::not_started);
  EXPECT_EQ(exit_code(run), 70);
}

TEST(Fold, TheExitCodeDistinguishesAnEmptyRunFromASuccessfulOne) {
  const Plan plan = plan_of({{"s", "thread"}});
  CountingFold fold(plan);
  fold.stage_finished(0, ends(0, Outcome::succeeded, 0, 0));
  const RunResult run = finish(fold);
  EXPECT_EQ(exit_code(run), 5);
  EXPECT_EQ(exit_code(run, true), 0);
  EXPECT_EQ(run.stages[0].bound, std::nullopt);
}

}  // namespace
}  // namespace ropewalk
