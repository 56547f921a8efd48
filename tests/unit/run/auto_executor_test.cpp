// AutoExecutor behind the run loop, with an executor for each mode that runs by script in a time of its own.

#include "executors/auto_executor.hpp"

#include "events/fold.hpp"
#include "run/run_loop.hpp"
#include "support/fake_executor.hpp"
#include "support/fake_run.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <ropewalk/observer_list.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

using test::kSecond;
using test::succeeds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000, kUs = 1000;

/// What a task does in a mode: its executor, workers, index and attempt.
using Script =
    std::function<FakeTask(const std::string& executor, unsigned workers, std::uint64_t task, std::uint32_t attempt)>;

FakeTask takes(std::int64_t ns, double cpu_share) {
  FakeTask task = succeeds(1, ns);
  task.cpu_share = cpu_share;
  return task;
}
FakeTask crashes(std::int64_t ns) {
  return {.outcome = Outcome::crashed, .payload = "crashed", .takes_ns = ns, .detail = 11};
}

/// An executor for each mode that is opened, and how many tasks they had together.
class Modes final : public ExecutorFactory {
 public:
  Modes(FakeMachine& machine, Script script) : machine_(machine), script_(std::move(script)) {}

  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override {
    const std::string mode = fmt::format("{} x{}", stage.executor, setting.workers);
    if (mode == refuses) return Errors(Error{"R101", "cannot open " + mode, {}, {}});
    opened.push_back(fmt::format("{}/{}", mode, stage.per_host));
    return std::unique_ptr<Executor>(new Mode(*this, stage.executor, setting.workers));
  }

  std::vector<std::string> opened;  // "thread x2/2"
  std::string refuses;
  std::size_t most = 0;                  // tasks at once
  std::uint64_t ended = 0;               // executors that finished
  std::vector<std::size_t> beyond = {};  // tasks at once, where they were more than the mode's workers

 private:
  class Mode final : public Executor {
   public:
    Mode(Modes& all, std::string executor, unsigned workers)
        : all_(all),
          workers_(workers),
          inner_(
              all.machine_,
              [&all, executor, workers](std::uint64_t task, std::uint32_t attempt) {
                return all.script_(executor, workers, task, attempt);
              },
              workers) {}
    ~Mode() override { all_.in_flight_ -= inner_.in_flight(); }
    std::size_t room() override { return inner_.room(); }
    void deal(std::span<const Deal> tasks) override {
      inner_.deal(tasks);
      all_.in_flight_ += tasks.size();
      all_.most = std::max(all_.most, all_.in_flight_);
      if (all_.in_flight_ > workers_) all_.beyond.push_back(all_.in_flight_);
    }
    void drain(ExecutorListener& listener, bool more) override {
      const std::size_t before = inner_.in_flight();
      inner_.drain(listener, more);
      all_.in_flight_ -= before - inner_.in_flight();
    }
    std::int64_t look_again_ns() override { return inner_.look_again_ns(); }
    void halt(Halt halt, ExecutorListener& listener) override {
      const std::size_t before = inner_.in_flight();
      inner_.halt(halt, listener);
      all_.in_flight_ -= before - inner_.in_flight();
    }
    void finish(ExecutorListener&) override { ++all_.ended; }
    std::size_t in_flight() const override { return inner_.in_flight(); }
    std::uint32_t hosts() const override { return inner_.hosts(); }
    void idle_for(Idle reason, std::int64_t now_ns) override { inner_.idle_for(reason, now_ns); }
    std::optional<ExecutorTimes> times(std::int64_t now_ns) override { return inner_.times(now_ns); }

   private:
    Modes& all_;
    const unsigned workers_;
    FakeExecutor inner_;
  };

  FakeMachine& machine_;
  const Script script_;
  std::size_t in_flight_ = 0;
};

/// Counts how often each task ended.
struct Ends final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks)
      if (task.last) ++ended[task.index];
  }
  void warning(std::int64_t, const Warning& event) override { warnings.emplace_back(event.text); }
  std::map<std::uint64_t, int> ended;
  std::vector<std::string> warnings;
};

struct AutoRun {
  AutoRun(std::uint64_t tasks, Script script) : modes(machine, std::move(script)) {
    auto plugin = std::make_shared<Plugin>(*test::plugin());
    plugin->task_types[0].thread_safe = true;
    plugin->identity = "build 1";
    stage = test::stage(plugin, "task", tasks,
                        {.executor = "auto",
                         .workers = 2,
                         .with = {{.name = "item", .make = [](const Value& item, std::uint64_t) { return item; }}}});
    stage.max_workers = 32;
    changed = plugin;
  }
  StageResult go() {
    Plan plan = test::plan({stage});
    AutoExecutors executors(modes, 2, memory, "w.yaml", [this] { return machine.now_ns(); });
    ResultStore results(plan, false);
    Fold fold(plan);
    ObserverList both{&fold, &ends};
    const std::int64_t begin_ns = machine.now_ns();
    RunLoop(plan, machine, executors, results, both).run({.id = "run", .grace_ns = kSecond});
    took_ns = machine.now_ns() - begin_ns;
    RunResult result = fold.result();
    EXPECT_FALSE(result.broken) << result.why;
    outcome = result.outcome;
    EXPECT_EQ(ends.ended.size(), result.stages[0].tasks);
    for (const auto& [index, times] : ends.ended) EXPECT_EQ(times, 1) << index;
    return result.stages[0];
  }
  FakeMachine machine;
  Modes modes;
  PlannedStage stage;
  std::shared_ptr<Plugin> changed;  // of the stage
  std::filesystem::path memory;
  Ends ends;
  std::int64_t took_ns = 0;
  Outcome outcome = Outcome::failed;
};

std::string chosen(const StageResult& stage) {
  return stage.choice ? fmt::format("{} x{}", stage.choice->executor, stage.choice->workers) : "nothing";
}
std::vector<std::string> tried(const StageResult& stage) {
  std::vector<std::string> all;
  for (const ModeEvidence& mode : stage.choice->modes)
    all.push_back(fmt::format("{} x{}: {}", mode.executor, mode.workers, mode.attempts));
  return all;
}

TEST(AutoExecutor, LongTasksThatComputeEndInProcesses) {
  AutoRun run(20, [](auto&&...) { return takes(kSecond, 1); });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 20u);
  EXPECT_EQ(chosen(stage), "process x2");
  EXPECT_EQ(stage.executor, "auto");
  EXPECT_EQ(stage.workers, 2u);
  EXPECT_THAT(tried(stage), ElementsAre("thread x2: 1", "process x2: 19"));
  EXPECT_THAT(run.modes.opened, ElementsAre("thread x2/2", "process x2/1"));
  EXPECT_EQ(run.modes.most, 2u);
  EXPECT_LE(run.took_ns, 10 * kSecond + 150 * kMs) << "the second worker began when the first task was seen to be long";
  EXPECT_EQ(run.modes.ended, 2u);
}

TEST(AutoExecutor, TasksThatWaitGetMoreWorkersAfterTheFirstRound) {
  AutoRun run(322, [](auto&&...) { return takes(kSecond, 0); });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 322u);
  EXPECT_EQ(chosen(stage), "thread x32");
  EXPECT_EQ(stage.workers, 32u);
  EXPECT_THAT(stage.choice->why, HasSubstr("tasks waited for 100% of their time, and 32 workers finished 16.0 times"));
  EXPECT_LE(run.took_ns, 12 * kSecond);
  EXPECT_TRUE(run.modes.beyond.empty());
}

TEST(AutoExecutor, ShortTasksStayInOneProcess) {
  AutoRun run(20'000, [](auto&&...) { return takes(50 * kUs, 1); });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 20'000u);
  EXPECT_EQ(chosen(stage), "thread x2");
  EXPECT_THAT(run.modes.opened, ElementsAre("thread x2/2", "process x2/1"));
  EXPECT_EQ(run.modes.most, 2u);
}

TEST(AutoExecutor, AShortStageOpensNoOtherMode) {
  AutoRun run(2000, [](auto&&...) { return takes(50 * kUs, 1); });
  const StageResult stage = run.go();
  EXPECT_EQ(chosen(stage), "thread x2");
  EXPECT_THAT(run.modes.opened, ElementsAre("thread x2/2"));
  EXPECT_THAT(stage.choice->why, HasSubstr("too short for another mode to pay"));
}

TEST(AutoExecutor, TasksThatDisturbEachOtherInAProcessLeaveIt) {
  AutoRun run(20'000, [](const std::string& executor, auto&&...) {
    return takes(executor == "thread" ? 100 * kUs : 50 * kUs, 1);
  });
  const StageResult stage = run.go();
  EXPECT_EQ(chosen(stage), "process x2");
  EXPECT_THAT(stage.choice->why, HasSubstr("processes finished 2.0 times as many"));
  EXPECT_LE(run.took_ns, kSecond / 2 + 40 * kMs);
}

TEST(AutoExecutor, WaitingTasksThatDoNotGainFromMoreWorkersKeepTheirNumber) {
  AutoRun run(400, [](const std::string&, unsigned workers, auto&&...) { return takes(workers * 50 * kMs, 0); });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 400u);
  EXPECT_THAT(chosen(stage), testing::AnyOf("thread x2", "process x2"));
  EXPECT_THAT(tried(stage), testing::Contains(testing::StartsWith("thread x32: ")));
}

TEST(AutoExecutor, ACrashOfACanaryMovesTheStageToProcessesAndIsTriedAgainThere) {
  AutoRun run(50, [](const std::string&, unsigned, std::uint64_t task, std::uint32_t attempt) {
    return task == 0 && attempt == 1 ? crashes(kMs) : takes(kMs, 1);
  });
  run.stage.retries.max = 1;
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 50u);
  EXPECT_EQ(stage.retried, 1u);
  EXPECT_EQ(chosen(stage), "process x2");
  EXPECT_THAT(tried(stage), ElementsAre("thread x2: 1", "process x2: 50"));
  EXPECT_EQ(stage.choice->modes[0].died, 1u);
}

TEST(AutoExecutor, ACrashAfterTheChoiceMovesTheStageToProcesses) {
  AutoRun run(20'000, [](const std::string&, unsigned, std::uint64_t task, std::uint32_t) {
    return task == 15'000 ? crashes(kUs) : takes(50 * kUs, 1);
  });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.failed, 1u);
  EXPECT_EQ(stage.succeeded, 19'999u);
  EXPECT_EQ(chosen(stage), "process x2");
  EXPECT_THAT(stage.choice->why, HasSubstr("a task ended its process"));
}

TEST(AutoExecutor, ManyCrashesEndInAProcessForEachTask) {
  AutoRun run(400, [](const std::string&, unsigned, std::uint64_t task, std::uint32_t) {
    return task % 2 == 0 ? crashes(kMs) : takes(kMs, 1);
  });
  const StageResult stage = run.go();
  EXPECT_EQ(stage.failed, 200u);
  EXPECT_EQ(chosen(stage), "process-per-task x2");
}

TEST(AutoExecutor, OneOrFewTasksOpenNoModeThatTheyDoNotNeed) {
  AutoRun one(1, [](auto&&...) { return takes(kSecond, 0); });
  EXPECT_EQ(chosen(one.go()), "process x2");
  EXPECT_THAT(one.modes.opened, ElementsAre("process x2/1"));
  AutoRun few(4, [](auto&&...) { return takes(10 * kUs, 0); });
  EXPECT_EQ(chosen(few.go()), "thread x2");
  EXPECT_THAT(few.modes.opened, ElementsAre("thread x2/2"));
}

TEST(AutoExecutor, TasksThatMayNotShareAProcessNeverDo) {
  for (const int reason : {0, 1, 2, 3, 4, 5}) {
    AutoRun run(60, [](auto&&...) { return takes(kSecond, 0); });
    if (reason == 0) run.changed->task_types[0].thread_safe = false;
    if (reason == 1) run.changed->task_types[0].repeatable = false;
    if (reason == 2) run.stage.timeout_ns = 5 * kSecond;
    if (reason == 3) run.stage.limits.cpu_time_ns = kSecond;
    if (reason == 4) run.stage.limits.memory_bytes = 1 << 20;
    if (reason == 5) run.stage.limits.output_bytes = 1 << 20;
    EXPECT_EQ(chosen(run.go()), "process x8") << reason;
    EXPECT_THAT(run.modes.opened, ElementsAre("process x2/1", "process x8/1")) << reason;
  }
  AutoRun stops(60, [](auto&&...) { return takes(kSecond, 0); });
  stops.changed->task_types[0].stops = true;
  stops.stage.timeout_ns = 5 * kSecond;
  EXPECT_EQ(chosen(stops.go()), "thread x32") << "a task that stops when it is asked to takes nobody along";
}

TEST(AutoExecutor, AModeThatCannotBeOpenedIsNotUsed) {
  AutoRun run(100, [](auto&&...) { return takes(kSecond, 1); });
  run.modes.refuses = "process x2";
  const StageResult stage = run.go();
  EXPECT_EQ(stage.succeeded, 100u);
  EXPECT_EQ(chosen(stage), "thread x2");
  EXPECT_THAT(run.ends.warnings, ElementsAre("cannot open process x2"));
}

TEST(AutoExecutor, TheFirstModeThatCannotBeOpenedFailsTheStage) {
  AutoRun run(0, [](auto&&...) { return takes(kSecond, 1); });
  run.modes.refuses = "thread x2";
  Plan plan = test::plan({run.stage});
  AutoExecutors executors(run.modes, 2, {}, "w.yaml", [&] { return run.machine.now_ns(); });
  EXPECT_FALSE(
      executors.open(plan.stages[0], {.run_id = "r", .constants = {}, .varying = {}, .tasks = 9, .workers = 2}));
}

TEST(AutoExecutor, OtherExecutorsAreLeftAlone) {
  AutoRun run(5, [](auto&&...) { return takes(kSecond, 1); });
  run.stage.executor = "thread";
  const StageResult stage = run.go();
  EXPECT_FALSE(stage.choice);
  EXPECT_EQ(stage.executor, "thread");
  EXPECT_THAT(run.modes.opened, ElementsAre("thread x2/1"));
}

TEST(AutoExecutor, TheLedgerCountsTheWorkersOfTheModeInUse) {
  for (const double cpu_share : {0.0, 1.0}) {
    AutoRun run(322, [&](auto&&...) { return takes(kSecond, cpu_share); });
    const StageResult stage = run.go();
    ASSERT_TRUE(stage.ledger);
    const StageLedger& ledger = *stage.ledger;
    const double parts =
        ledger.run_s() + ledger.dispatch_s + ledger.starved_s + ledger.start_s + ledger.tail_s + ledger.residual_s;
    EXPECT_NEAR(parts, ledger.total_s, 1e-6);
    EXPECT_NEAR(ledger.run_s(), 322, 1e-6);
    EXPECT_LE(std::abs(ledger.residual_s), 0.01 * ledger.total_s);
    if (cpu_share == 1) {
      EXPECT_NEAR(ledger.total_s, 2 * stage.wall_s, 1e-6);
    } else {
      EXPECT_LT(ledger.total_s, 32 * stage.wall_s);
    }
  }
}

TEST(AutoExecutor, AStopAtAnyMomentEndsEveryTaskOnce) {
  const auto script = [](const std::string&, unsigned, std::uint64_t task, std::uint32_t) {
    if (task % 17 == 5) return crashes(3 * kMs);
    return takes(task % 3 == 0 ? 3 * kMs : 7 * kMs, 0.2);
  };
  AutoRun whole(200, script);
  whole.go();
  ASSERT_EQ(whole.outcome, Outcome::failed);
  for (const StopLevel level : {StopLevel::ask, StopLevel::kill})
    for (std::int64_t at_ns = 0; at_ns <= whole.took_ns; at_ns += kMs) {
      AutoRun run(200, script);
      run.machine.stop_at(run.machine.now_ns() + at_ns, level);
      const StageResult stage = run.go();
      EXPECT_EQ(stage.succeeded + stage.failed + stage.cancelled + stage.not_started, 200u) << at_ns;
      EXPECT_EQ(run.modes.ended, run.modes.opened.size()) << at_ns;
    }
}

TEST(AutoExecutor, AFailureThatStopsTheRunLeavesNoCanaryBehind) {
  for (std::uint64_t failing = 0; failing < 12; ++failing) {
    AutoRun run(100, [=](const std::string&, unsigned, std::uint64_t task, std::uint32_t) {
      return task == failing ? crashes(kMs) : takes(5 * kMs, 0);
    });
    run.stage.on_error = OnError::stop;
    const StageResult stage = run.go();
    EXPECT_EQ(stage.failed, 1u) << failing;
    EXPECT_EQ(stage.succeeded + stage.failed + stage.not_started + stage.cancelled, 100u) << failing;
  }
}

// --- what an earlier run found ---

TEST(AutoExecutor, TheNextRunDoesAsTheRunBefore) {
  const test::Scratch folder;
  AutoRun first(400, [](auto&&...) { return takes(kSecond, 0); });
  first.memory = folder.path();
  EXPECT_FALSE(first.go().choice->remembered);
  AutoRun next(400, [](auto&&...) { return takes(kSecond, 0); });
  next.memory = folder.path();
  const StageResult stage = next.go();
  EXPECT_EQ(chosen(stage), "thread x32");
  EXPECT_EQ(stage.choice->why, "as in an earlier run of this stage");
  EXPECT_TRUE(stage.choice->remembered);
  EXPECT_THAT(next.modes.opened, ElementsAre("thread x32/32"));
  AutoRun few(5, [](auto&&...) { return takes(kSecond, 0); });
  few.memory = folder.path();
  few.go();
  EXPECT_THAT(few.modes.opened, ElementsAre("thread x5/5")) << "no more workers than tasks";
}

TEST(AutoExecutor, AChangedPluginOrStageIsTriedAgain) {
  const test::Scratch folder;
  AutoRun first(400, [](auto&&...) { return takes(kSecond, 0); });
  first.memory = folder.path();
  first.go();
  for (const int change : {0, 1, 2, 3, 4}) {
    AutoRun next(400, [](auto&&...) { return takes(kSecond, 0); });
    next.memory = folder.path();
    if (change == 0) next.changed->identity = "build 2";
    if (change == 1) next.stage.name = "another";
    if (change == 2) next.stage.task = "fake.other";
    if (change == 3) next.changed->task_types[0].params[0].type = Type::integer;
    if (change == 4) next.stage.max_workers = 16;
    EXPECT_FALSE(next.go().choice->remembered) << change;
    EXPECT_EQ(next.modes.opened.front(), "thread x2/2") << change;
  }
}

TEST(AutoExecutor, TasksOfAnotherKindAreLookedAtAgain) {
  const test::Scratch folder;
  AutoRun waits(400, [](auto&&...) { return takes(kSecond, 0); });
  waits.memory = folder.path();
  waits.go();
  AutoRun computes(400, [](const std::string&, unsigned workers, auto&&...) {
    return takes(workers > 2 ? 16 * kSecond : kSecond, 1);
  });
  computes.memory = folder.path();
  const StageResult stage = computes.go();
  EXPECT_EQ(stage.succeeded, 400u);
  EXPECT_EQ(chosen(stage), "process x2");
  EXPECT_FALSE(stage.choice->remembered);
  AutoRun third(400, [](auto&&...) { return takes(kSecond, 1); });
  third.memory = folder.path();
  third.go();
  EXPECT_THAT(third.modes.opened, ElementsAre("process x2/1")) << "the new choice is remembered";
}

TEST(AutoExecutor, ACrashContradictsARememberedSharedProcess) {
  const test::Scratch folder;
  AutoRun first(400, [](auto&&...) { return takes(kSecond, 0); });
  first.memory = folder.path();
  first.go();
  AutoRun crashing(400, [](const std::string&, unsigned, std::uint64_t task, std::uint32_t) {
    return task == 100 ? crashes(kSecond) : takes(kSecond, 0);
  });
  crashing.memory = folder.path();
  const StageResult stage = crashing.go();
  EXPECT_EQ(chosen(stage), "process x8");
  EXPECT_FALSE(stage.choice->remembered);
  AutoRun third(400, [](auto&&...) { return takes(kSecond, 0); });
  third.memory = folder.path();
  third.go();
  EXPECT_THAT(third.modes.opened, ElementsAre("process x8/1"));
}

TEST(AutoExecutor, AStoppedRunTeachesNothing) {
  const test::Scratch folder;
  AutoRun stopped(400, [](auto&&...) { return takes(kSecond, 0); });
  stopped.memory = folder.path();
  stopped.machine.stop_at(stopped.machine.now_ns() + 5 * kSecond, StopLevel::kill);
  stopped.go();
  EXPECT_EQ(stopped.outcome, Outcome::cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace ropewalk
