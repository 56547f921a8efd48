// The ledger of a stage from what its executor has measured, and the engine's own time.

#include "run/engine_time.hpp"
#include "run/ledger_of.hpp"
#include "support/fake_run.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace ropewalk {
namespace {

using test::fails;
using test::FakeRun;
using test::kSecond;
using test::plan;
using test::stage;
using test::succeeds;

/// 2 workers, 10 s: 8 s of tasks, 2 s of every reason to be idle, 2 s left over.
ExecutorTimes measured() {
  ExecutorTimes times;
  times.slots = {.total = 20e9, .run = 8e9, .idle = {2e9, 2e9, 2e9, 2e9, 2e9}, .residual = 2e9};
  times.cpu_ns = 4 * kSecond;
  times.user_ns = 3 * kSecond;
  times.system_ns = kSecond;
  times.core_wait_ns = kSecond;
  times.attempts = 1000;
  return times;
}

double sum_of(const StageLedger& ledger) {
  double sum = 0;
  for (const LedgerPart& part : kLedgerParts)
    if (part.key != "total_s") sum += ledger.*part.seconds;
  return sum;
}

TEST(LedgerOf, DividesRunTimeByWhatWasMeasuredInIt) {
  const StageLedger ledger = ledger_of(measured(), 2, kSecond);
  EXPECT_DOUBLE_EQ(ledger.total_s, 20);
  EXPECT_DOUBLE_EQ(ledger.user_s, 3);
  EXPECT_DOUBLE_EQ(ledger.system_s, 1);
  EXPECT_DOUBLE_EQ(ledger.core_wait_s, 1);
  EXPECT_DOUBLE_EQ(ledger.blocked_s, 3);
  EXPECT_DOUBLE_EQ(ledger.dispatch_s, 2);
  EXPECT_DOUBLE_EQ(ledger.starved_s, 4) << "the delays of retries included";
  EXPECT_DOUBLE_EQ(ledger.retry_s, 2);
  EXPECT_DOUBLE_EQ(ledger.start_s, 2);
  EXPECT_DOUBLE_EQ(ledger.tail_s, 2);
  EXPECT_DOUBLE_EQ(ledger.residual_s, 2);
  EXPECT_DOUBLE_EQ(sum_of(ledger), ledger.total_s);
}

TEST(LedgerOf, WaitingForACoreBetweenTasksIsNotTheirs) {
  ExecutorTimes times = measured();
  times.core_wait_ns = 100 * kSecond;
  const StageLedger ledger = ledger_of(times, 2, {});
  EXPECT_DOUBLE_EQ(ledger.core_wait_s, 4);
  EXPECT_DOUBLE_EQ(ledger.blocked_s, 0);
  EXPECT_DOUBLE_EQ(sum_of(ledger), ledger.total_s);
}

TEST(LedgerOf, CpuTimeThatWasReadTwiceIsAtMostTheRunTime) {
  ExecutorTimes times = measured();
  times.cpu_ns = 9 * kSecond;
  const StageLedger ledger = ledger_of(times, 2, {});
  EXPECT_DOUBLE_EQ(ledger.user_s + ledger.system_s, 8);
  EXPECT_DOUBLE_EQ(sum_of(ledger), ledger.total_s);
}

TEST(LedgerOf, CpuTimeIsUserTimeWhereItsKindWasNotMeasured) {
  ExecutorTimes times = measured();
  times.user_ns = times.system_ns = 0;
  EXPECT_DOUBLE_EQ(ledger_of(times, 2, {}).user_s, 4);
}

TEST(LedgerOf, TheCostOfATaskNeedsEnoughTasks) {
  const StageLedger ledger = ledger_of(measured(), 2, kSecond);
  ASSERT_TRUE(ledger.engine_s_per_task && ledger.metg_s);
  EXPECT_DOUBLE_EQ(*ledger.engine_s_per_task, 1e-3);
  EXPECT_DOUBLE_EQ(*ledger.metg_s, 2e-3) << "what a worker waited for the engine per task";
  EXPECT_FALSE(ledger_of(measured(), 2, {}).engine_s_per_task) << "the engine's thread was not measured";
  EXPECT_FALSE(ledger_of(measured(), 101, kSecond).metg_s) << "fewer than ten tasks for each worker";
  ExecutorTimes few = measured();
  few.attempts = 99;
  EXPECT_FALSE(ledger_of(few, 2, kSecond).metg_s);
}

TEST(LedgerOf, AThreadOrProcessOfItsOwnIsACostOfTheTask) {
  ExecutorTimes times = measured();
  times.starts_each = true;
  EXPECT_DOUBLE_EQ(*ledger_of(times, 2, kSecond).metg_s, 4e-3);
}

TEST(LedgerOf, TheLastTaskIsNamedWhereAWorkerWasIdleMeanwhile) {
  ExecutorTimes times = measured();
  times.last = ExecutorTimes::Last{7, kSecond / 2, 0};
  EXPECT_EQ(ledger_of(times, 2, {}).last_task, (StageLedger::LastTask{7, 0.5}));
  times.slots.idle[static_cast<std::size_t>(Idle::tail)] = 0;
  EXPECT_FALSE(ledger_of(times, 2, {}).last_task);
}

// --- the engine's thread ---

struct CpuMachine final : Machine {
  std::int64_t now_ns() override { return 0; }
  std::int64_t timer_ns() override { return 0; }
  std::int64_t suspended_ns() override { return 0; }
  bool wait(std::int64_t) override { return true; }
  int stop_asked() override { return 0; }
  double random() override { return 0; }
  std::optional<std::int64_t> engine_cpu_ns() override { return cpu_ns; }
  std::optional<std::int64_t> cpu_ns = 1000;
};

TEST(EngineTime, BelongsToTheOnlyStageThatRuns) {
  CpuMachine machine;
  EngineTime engine(machine);
  engine.stage_started(3);
  engine.turned(3, 10);
  machine.cpu_ns = 1400;
  EXPECT_EQ(engine.stage_ended(3), 400);
  EXPECT_EQ(engine.stage_ended(3), std::nullopt) << "it is forgotten";
}

TEST(EngineTime, IsDividedAmongStagesByTheLengthOfTheirTurns) {
  CpuMachine machine;
  EngineTime engine(machine);
  engine.stage_started(0);
  engine.turned(0, 10);
  machine.cpu_ns = 1100;
  engine.stage_started(1);
  engine.turned(0, 30);
  engine.turned(1, 10);
  machine.cpu_ns = 1500;
  EXPECT_EQ(engine.stage_ended(1), 100);
  engine.turned(0, 1);
  machine.cpu_ns = 1600;
  EXPECT_EQ(engine.stage_ended(0), 100 + 300 + 100);
}

TEST(EngineTime, IsNotKnownWhereTheThreadDoesOtherWorkToo) {
  CpuMachine machine;
  EngineTime engine(machine);
  machine.cpu_ns = std::nullopt;
  engine.stage_started(0);
  engine.turned(0, 10);
  EXPECT_EQ(engine.stage_ended(0), std::nullopt);
}

// --- what the stage says of idle workers, with a fake executor and clock: tasks only wait there ---

/// "8 blocked 4 tail 4": the seconds of the ledger, those that are not 0.
std::string seconds_of(const RunResult& run, std::size_t number) {
  const std::optional<StageLedger>& ledger = run.stages.at(number).ledger;
  if (!ledger) return "not measured";
  std::string text;
  for (const LedgerPart& part : kLedgerParts)
    if (const double seconds = (*ledger).*part.seconds; std::abs(seconds) > 1e-6)
      text += fmt::format("{} {:g} ", part.key.substr(0, part.key.size() - 2), seconds);
  if (ledger->retry_s > 0) text += fmt::format("retry {:g} ", ledger->retry_s);
  return text + (ledger->fed_by.empty() ? "" : "fed by " + ledger->fed_by);
}

TEST(StageLedger, OfAStreamIsStarvedUntilItsUpstreamHasAResult) {
  FakeRun run(plan({stage(4, {.name = "a", .results_used = true}), stage(4, {.name = "b", .streams_from = 0})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(7, kSecond); });
  const RunResult result = run.go();
  EXPECT_EQ(seconds_of(result, 0), "total 4 blocked 4 ");
  EXPECT_EQ(seconds_of(result, 1), "total 6 blocked 4 starved 2 fed by a");
}

TEST(StageLedger, IsStarvedForTheDelayOfARetry) {
  FakeRun run(plan({stage(1, {.workers = 2, .retries = {.max = 1, .delay_ns = 5 * kSecond}})}),
              [](std::uint64_t, std::uint32_t attempt) { return attempt == 1 ? fails("disk full") : succeeds(); });
  EXPECT_EQ(seconds_of(run.go(), 0), "total 10 starved 10 retry 10 ");
}

TEST(StageLedger, HasATailWhereTheLastTaskIsLong) {
  FakeRun run(plan({stage(4, {.workers = 2})}),
              [](std::uint64_t task, std::uint32_t) { return succeeds(0, task == 3 ? 5 * kSecond : kSecond); });
  EXPECT_EQ(seconds_of(run.go(), 0), "total 12 blocked 8 tail 4 ");
}

TEST(StageLedger, CountsWorkersThatNeverHadATaskAsTail) {
  FakeRun run(plan({stage(1, {.workers = 4})}), [](std::uint64_t, std::uint32_t) { return succeeds(0, kSecond); });
  EXPECT_EQ(seconds_of(run.go(), 0), "total 4 blocked 1 tail 3 ");
}

TEST(StageLedger, IsInTheTailOnceTheRunIsStopped) {
  FakeRun run(plan({stage(100, {.workers = 2})}), [](std::uint64_t task, std::uint32_t) {
    FakeTask does = succeeds(0, kSecond * (task == 1 ? 3 : 1));
    does.deaf = true;
    return does;
  });
  run.machine.stop_at(run.machine.now_ns() + kSecond / 2, StopLevel::ask);
  EXPECT_EQ(seconds_of(run.go(10 * kSecond), 0), "total 6 blocked 4 tail 2 ");
}

TEST(StageLedger, IsNothingOfAStageThatDidNotRun) {
  FakeRun run(plan({stage(1, {.name = "a"}), stage(1, {.name = "b", .needs = {0}})}),
              [](std::uint64_t, std::uint32_t) { return fails("no"); });
  EXPECT_EQ(seconds_of(run.go(), 1), "not measured");
}

}  // namespace
}  // namespace ropewalk
