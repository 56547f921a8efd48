// Attempts that differ: their parameters, limits, timeouts and variables, the key of their task, and how many run at
// once.

#include "executors/varied_executor.hpp"
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

/// As many MiB as the attempt has a number, a timeout of as many seconds, and how the one before ended.
struct ByNumber final : VaryingAttempt {
  bool make(const Scope& scope, AttemptValues& values, std::string& problem) const override {
    if (scope.attempt == fails_at) return problem = "no value for it", false;
    values.limits.memory_bytes = std::uint64_t{scope.attempt} << 20;
    values.timeout_ns = scope.attempt * kSecond;
    if (scope.previous != nullptr)
      values.env["BEFORE"] = fmt::format("{} {}", scope.previous->outcome, scope.previous->message);
    return true;
  }
  std::uint32_t fails_at = 0;
};

/// Notes what executors are opened for, and which attempts they are dealt.
class NotingExecutors final : public ExecutorFactory {
 public:
  NotingExecutors(FakeMachine& machine, FakeExecutor::Script script) : machine_(machine), script_(std::move(script)) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override {
    std::string kind =
        fmt::format("{} MiB {} s", stage.limits.memory_bytes.value_or(0) >> 20, stage.timeout_ns / kSecond);
    for (const auto& [name, value] : stage.env) kind += fmt::format(" {}={}", name, value);
    return std::unique_ptr<Executor>(new FakeExecutor(
        machine_,
        [this, kind](std::uint64_t task, std::uint32_t attempt) {
          lines.push_back(fmt::format("{}/{}: {}", task, attempt, kind));
          return script_(task, attempt);
        },
        setting.workers));
  }
  std::vector<std::string> lines;

 private:
  FakeMachine& machine_;
  FakeExecutor::Script script_;
};

std::vector<std::string> dealt(PlannedStage one, const FakeExecutor::Script& script) {
  FakeMachine machine;
  NotingExecutors executors(machine, script);
  const Plan plan = test::plan({std::move(one)});
  ResultStore results(plan, true);
  test::Story story;
  RunLoop(plan, machine, executors, results, story).run({.id = "run", .grace_ns = kSecond});
  return executors.lines;
}

TEST(AttemptsThatDiffer, HaveTheirOwnLimitsTimeoutsAndVariables) {
  PlannedStage one = stage(1, {.retries = {.max = 5}});
  one.limits.memory_bytes = 1 << 20;
  one.timeout_ns = kSecond;
  one.by_attempt = std::make_shared<ByNumber>();
  const auto script = [](std::uint64_t, std::uint32_t attempt) {
    return attempt == 1   ? fails("no")
           : attempt == 2 ? FakeTask{.outcome = Outcome::out_of_memory, .payload = "more"}
                          : succeeds();
  };
  EXPECT_THAT(dealt(one, script), ElementsAre("0/1: 1 MiB 1 s", "0/2: 2 MiB 2 s BEFORE=failed no",
                                              "0/3: 3 MiB 3 s BEFORE=out_of_memory more"));
}

TEST(AttemptsThatDiffer, AreMadeForEachTaskAndAlikeOnesShareAnExecutor) {
  PlannedStage one = stage(3, {.workers = 3, .retries = {.max = 1}});
  one.by_attempt = std::make_shared<ByNumber>();
  EXPECT_THAT(
      dealt(one, [](std::uint64_t task,
                    std::uint32_t attempt) { return attempt == 1 && task != 1 ? fails("no") : succeeds(0, kSecond); }),
      ElementsAre("0/1: 0 MiB 0 s", "1/1: 0 MiB 0 s", "2/1: 0 MiB 0 s", "0/2: 2 MiB 2 s BEFORE=failed no",
                  "2/2: 2 MiB 2 s BEFORE=failed no"));
}

TEST(AttemptsThatDiffer, ThatCannotBeMadeFailTheirTask) {
  PlannedStage one = stage(1, {.name = "a", .retries = {.max = 5}});
  auto values = std::make_shared<ByNumber>();
  values->fails_at = 2;
  one.by_attempt = std::move(values);
  FakeRun run(plan({one}), [](std::uint64_t, std::uint32_t) { return fails("no"); });
  const RunResult result = run.go();
  EXPECT_EQ(rows(result).at(0).message, "no value for it");
  EXPECT_EQ(result.failures.at(0).attempt, 1u);
}

TEST(AttemptsThatDiffer, RunNoMoreTasksAtOnceThanTheStageMay) {
  PlannedStage one = stage(6, {.workers = 2, .retries = {.max = 1}});
  one.by_attempt = std::make_shared<ByNumber>();
  FakeRun run(plan({one}), [](std::uint64_t task, std::uint32_t attempt) {
    FakeTask failing = fails("no");
    failing.takes_ns = kSecond;
    return attempt == 1 && task < 3 ? failing : succeeds(0, kSecond);
  });
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].succeeded, 6u);
  EXPECT_NEAR(result.wall_s, 9.0 / 2 + 0.5, 1e-6) << "nine attempts of a second, two at once";
}

TEST(AttemptsThatDiffer, S01_AStopEndsThoseToo) {
  PlannedStage one = stage(1, {.retries = {.max = 1}});
  one.by_attempt = std::make_shared<ByNumber>();
  FakeRun run(plan({one}), [](std::uint64_t, std::uint32_t attempt) {
    return attempt == 1 ? fails("no") : succeeds(0, 1000 * kSecond);
  });
  run.machine.stop_at(run.machine.now_ns() + kSecond, StopLevel::ask);
  const RunResult result = run.go();
  EXPECT_EQ(result.stages[0].cancelled, 1u);
  EXPECT_NEAR(result.wall_s, 1, 1e-6);
}

/// Notes the keys of attempts.
struct Keys final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) keys.push_back(task.key.value_or(0));
  }
  std::vector<std::uint64_t> keys;
};

TEST(AttemptsThatDiffer, E11_TheKeyOfATaskIsThatOfItsFirstAttempt) {
  const auto keys_of = [](std::function<Value(std::uint32_t attempt)> parameter, int tries) {
    std::uint32_t made = 0;
    const Plan one = plan({test::stage(
        test::plugin(), "task", 1,
        {.with = {{.name = "item", .make = [&](const Value&, std::uint64_t) { return parameter(++made); }}},
         .retries = {.max = 5}})});
    FakeMachine machine;
    FakeExecutors executors(machine, [=](std::uint64_t, std::uint32_t attempt) {
      return static_cast<int>(attempt) < tries ? fails("no") : succeeds();
    });
    ResultStore results(one, true);
    Keys keys;
    RunLoop(one, machine, executors, results, keys).run({.id = "run", .grace_ns = kSecond, .keys = true});
    return keys.keys;
  };
  const auto by_attempt = [](std::uint32_t attempt) { return Value(std::int64_t{attempt}); };
  const auto keys = keys_of(by_attempt, 3);
  EXPECT_THAT(keys, ElementsAre(keys[0], keys[0], keys[0]));
  EXPECT_EQ(keys_of(by_attempt, 1), std::vector{keys[0]}) << "a resume compares it with a first attempt";
  EXPECT_NE(keys_of([](std::uint32_t) { return Value(std::int64_t{7}); }, 1), std::vector{keys[0]});
}

}  // namespace
}  // namespace ropewalk
