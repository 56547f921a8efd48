// Attempts that run too long or use too much, retried tasks, replaced hosts: over every executor with that guarantee.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <thread>
#include <vector>

namespace ropewalk {
namespace {

using test::Account;
using test::engine;
using test::kWatchdogSeconds;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using test::Watched;
using testing::HasSubstr;

constexpr std::uint64_t kTasks = 12, kAt = 5;
constexpr std::int64_t kMs = 1'000'000, kGraceNs = 300 * kMs;

class Overrun : public Watched, public testing::WithParamInterface<std::string> {
 protected:
  /// One of twelve tasks causes the fault. All others must succeed, and every task must end once.
  Account::Ending ending_of(const std::string& deed, test::StageOptions how) {
    SCOPED_TRACE(deed);
    account_ = Account();
    how.executor = GetParam();
    how.workers = 3;
    how.with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{kAt}}};
    const RunResult result =
        engine().run(plan({stage(engine().plugin("deed_at").value(), "do", kTasks, how)}), account_,
                     {.keep_results = true, .grace = std::chrono::nanoseconds(kGraceNs)});
    EXPECT_FALSE(result.broken) << result.why;
    for (const auto& row : rows(result)) {
      EXPECT_EQ(account_.endings[row.index].times, 1) << "task " << row.index << " must end exactly once";
      EXPECT_TRUE(row.index == kAt || row.outcome == Outcome::succeeded) << row.index << ": " << row.message;
    }
    retried_ = result.stages[0].retried;
    return account_.endings[kAt];
  }
  bool alone_in_host() const { return !GetParam().starts_with("thread"); }
  Account account_;
  std::uint64_t retried_ = 0;
};

TEST_P(Overrun, W13_P12_AHungTaskTimesOutAndCostsNoOtherResult) {
  for (const char* deed : {"hang", "spin"}) {
    const Account::Ending ending = ending_of(deed, {.timeout_ns = 300 * kMs});
    EXPECT_EQ(ending.outcome, Outcome::timed_out) << deed;
    EXPECT_EQ(ending.message, "the task ran longer than its timeout of 300 ms") << "the same on every executor";
  }
}

TEST_P(Overrun, W13_AStoppedHostTimesOutByTheEnginesClock) {
  const Account::Ending ending = ending_of("stop_self", {.timeout_ns = 300 * kMs});
  EXPECT_EQ(ending.outcome, Outcome::timed_out);
}

TEST_P(Overrun, W14_ATaskThatIgnoresSigtermIsKilledAfterTheGracePeriod) {
  for (const char* deed : {"ignore_and_hang", "block_and_hang", "raise_again"})
    EXPECT_EQ(ending_of(deed, {.timeout_ns = 200 * kMs}).outcome, Outcome::timed_out) << deed;
}

TEST_P(Overrun, W13_AfterATimeoutNoChildOfTheFirstAttemptRunsBesideTheNext) {
  const Account::Ending ending = ending_of("leave_children_and_hang", {.timeout_ns = 300 * kMs, .retries = {.max = 1}});
  EXPECT_EQ(ending.outcome, Outcome::succeeded) << ending.message;
  EXPECT_EQ(retried_, 1u);
}

TEST_P(Overrun, W13_AfterATimeoutTheNextAttemptBeginsOnlyAfterTheFirstHasEndedCompletely) {
  struct Order final : Observer {
    void tasks_finished(std::int64_t t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks)
        if (task.index == kAt) finished.push_back(t);
    }
    void tasks_started(std::int64_t t, std::uint32_t, std::span<const TaskStarted> tasks) override {
      for (const TaskStarted& task : tasks)
        if (task.index == kAt) started.push_back(t);
    }
    std::vector<std::int64_t> started, finished;
  } order;
  const Plan one =
      plan({stage(engine().plugin("deed_at").value(), "do", kTasks,
                  {.executor = GetParam(),
                   .with = {{.name = "deed", .constant = "hang"}, {.name = "at", .constant = std::int64_t{kAt}}},
                   .timeout_ns = 300 * kMs,
                   .retries = {.max = 1}})});
  const RunResult result = engine().run(one, order, {.grace = std::chrono::nanoseconds(kGraceNs)});
  EXPECT_EQ(result.stages[0].retried, 1u);
  ASSERT_EQ(order.started.size(), 2u);
  ASSERT_EQ(order.finished.size(), 2u);
  EXPECT_LE(order.finished[0], order.started[1]);
}

TEST_P(Overrun, ATaskThatStopsOnRequestTimesOutAndItsHostContinues) {
  const Plan one = plan(
      {stage(engine().plugin("sim").value(), "sleep", 6,
             {.executor = GetParam(),
              .with = {{.name = "seconds",
                        .make = [](const Value&, std::uint64_t index) { return Value(index == 2 ? 5000.0 : 0.01); }}},
              .timeout_ns = 1'000 * kMs})});
  Account account;
  const RunResult result =
      engine().run(one, account, {.keep_results = true, .grace = std::chrono::nanoseconds(300'000 * kMs)});
  for (const auto& row : rows(result))
    EXPECT_EQ(row.outcome, row.index == 2 ? Outcome::timed_out : Outcome::succeeded) << row.index;
  const bool warm = GetParam() == "process" || GetParam() == "thread";
  EXPECT_TRUE(!warm || account.hosts.size() <= 2u) << "nobody was killed";
}

TEST_P(Overrun, TheTaskKnowsItsDeadline) {
  // `every_type` and similar tasks test parameters; `deadline_left` returns the remaining time.
  const Plan one = plan({stage(engine().plugin("deed_at").value(), "deadline", 2,
                               {.executor = GetParam(), .timeout_ns = 1'000'000 * kMs})});
  const RunResult result = engine().run(one, {.keep_results = true});
  for (const auto& row : rows(result)) {
    const double left = *row.value.as_map()->at("left").as_float();
    EXPECT_GT(left, 500.0);
    EXPECT_LE(left, 1000.0);
  }
}

TEST_P(Overrun, S08_TheDeadlineOfATaskMovesWhileItsHostIsFrozen) {
  Engine own(options());
  struct Pause final : Account {
    explicit Pause(Engine& engine) : engine(engine) {}
    void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
      Account::tasks_started(t, stage, tasks);
      pause();
    }
    /// Again and again: the first pause may be over before the task has looked at its deadline.
    void tick(std::int64_t t) override {
      Account::tick(t);
      pause();
    }
    void pause() {
      engine.freeze();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      engine.thaw();
    }
    Engine& engine;
  } account(own);
  const Plan one = plan({stage(own.plugin("deed_at").value(), "deadline_moves", 1,
                               {.executor = GetParam(), .timeout_ns = 3'000'000 * kMs})});
  const RunResult result = own.run(one, account, {.keep_results = true});
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  for (const auto& row : rows(result)) {
    EXPECT_GE(*row.value.as_map()->at("by").as_float(), 0.05);
    EXPECT_LT(*row.value.as_map()->at("by").as_float(), 1000);
  }
}

TEST_P(Overrun, EachKindOfFailureIsRetriedUntilItSucceeds) {
  for (const char* how : {"error", "transient", "throw", "crash", "abort", "exit"}) {
    SCOPED_TRACE(how);
    const Plan one =
        plan({stage(engine().plugin("sim").value(), "fail", 8,
                    {.executor = GetParam(),
                     .with = {{.name = "how", .constant = how}, {.name = "first", .constant = std::int64_t{2}}},
                     .retries = {.max = 2}})});
    Account account;
    const RunResult result = engine().run(one, account, {.keep_results = true});
    EXPECT_EQ(result.outcome, Outcome::succeeded);
    EXPECT_EQ(result.stages[0].retried, 16u);
    for (std::uint64_t i = 0; i < 8; ++i) EXPECT_EQ(account.endings[i].times, 1);
  }
}

TEST_P(Overrun, APermanentFailureIsNeverRetried) {
  const Plan one = plan(
      {stage(engine().plugin("sim").value(), "fail", 3,
             {.executor = GetParam(), .with = {{.name = "how", .constant = "permanent"}}, .retries = {.max = 5}})});
  const RunResult result = engine().run(one);
  EXPECT_EQ(result.stages[0].failed, 3u);
  EXPECT_EQ(result.stages[0].retried, 0u);
}

TEST_P(Overrun, W10_APoisonTaskIsQuarantinedAfterThreeCrashesAndTheOthersAreNotCharged) {
  const Account::Ending ending = ending_of("abort", {.retries = {.max = 100}});
  EXPECT_EQ(ending.outcome, Outcome::crashed);
  EXPECT_EQ(retried_, 2u) << "three crashes, nobody else was tried again";
  EXPECT_THAT(account_.warnings, testing::Contains(HasSubstr("stage/5 is not tried again")));
}

TEST_P(Overrun, R11_W11_MemoryBeyondTheLimitEndsTheTaskAndNamesTheLimit) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  for (const char* deed : {"allocate_too_much", "hog"}) {
    const Account::Ending ending = ending_of(deed, {.limits = {.memory_bytes = 96 << 20}});
    EXPECT_EQ(ending.outcome, Outcome::out_of_memory) << deed << ": " << ending.message;
    EXPECT_EQ(ending.message, "the task used more memory than its limit of 96 MiB (limits.memory)");
  }
}

TEST_P(Overrun, R13_AFileBeyondTheLimitEndsTheTaskAndNamesTheLimit) {
  const Account::Ending ending = ending_of("write_a_large_file", {.limits = {.file_bytes = 8 << 20}});
  EXPECT_EQ(ending.outcome, Outcome::crashed);
  EXPECT_THAT(ending.message, HasSubstr("limit of 8 MiB (limits.files)"));
}

INSTANTIATE_TEST_SUITE_P(Every, Overrun,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Poison, W10_OnlyTheGuiltyOneOfTenThousandTasksIsCharged) {
  Account account;
  const RunResult result = engine().run(plan({stage(engine().plugin("deed_at").value(), "do", 10'000,
                                                    {.executor = "process",
                                                     .workers = 4,
                                                     .with = {{.name = "deed", .constant = "abort"},
                                                              {.name = "at", .constant = std::int64_t{7}},
                                                              {.name = "hold", .constant = 0.0}},
                                                     .retries = {.max = 100}})}),
                                        account);
  EXPECT_EQ(result.stages.at(0).succeeded, 9'999u);
  EXPECT_EQ(result.stages.at(0).retried, 2u);
  EXPECT_EQ(account.endings[7].outcome, Outcome::crashed);
}

/// Sixteen threads that use every available core during this object's lifetime.
class Hogs {
 public:
  Hogs() {
    for (int i = 0; i < 16; ++i)
      threads_.emplace_back([this] {
        while (!over_.load(std::memory_order_relaxed)) {
        }
      });
  }
  ~Hogs() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Hogs(const Hogs&) = delete;
  Hogs& operator=(const Hogs&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

/// Every task fails once and waits longer than the timeout for its second attempt, so all workers are idle for longer.
TEST(Starvation, R16_NoWorkerTimesOutForIdlingOnABusyMachine) {
  const Hogs hogs;
  for (const char* executor : {"process", "thread"}) {
    Account account;
    const RunResult result = engine().run(
        plan({stage(engine().plugin("sim").value(), "fail", 40,
                    {.executor = executor,
                     .workers = 4,
                     .with = {{.name = "how", .constant = "transient"}, {.name = "first", .constant = std::int64_t{1}}},
                     .timeout_ns = 1500 * kMs,
                     .retries = {.max = 1, .delay_ns = 1800 * kMs}})}),
        account);
    EXPECT_EQ(result.stages.at(0).succeeded, 40u) << executor;
    EXPECT_EQ(result.stages.at(0).retried, 40u) << executor << ": none for a timeout";
    EXPECT_THAT(account.ends, testing::Each(testing::Not(HasSubstr("killed")))) << executor;
    EXPECT_THAT(account.warnings, testing::IsEmpty()) << executor;
  }
}

TEST(CpuTime, BeyondTheLimitEndsTheTaskAndNamesTheLimit) {
  for (const char* executor : {"serial", "process", "process-per-task"}) {
    const Plan one =
        plan({stage(engine().plugin("deed_at").value(), "do", 4,
                    {.executor = executor,
                     .with = {{.name = "deed", .constant = "spin"}, {.name = "at", .constant = std::int64_t{1}}},
                     .limits = {.cpu_time_ns = 200 * kMs}})});
    Account account;
    engine().run(one, account, {.grace = std::chrono::nanoseconds(kGraceNs)});
    EXPECT_EQ(account.endings[1].outcome, Outcome::timed_out) << executor;
    EXPECT_EQ(account.endings[1].message, "the task used more CPU time than its limit of 200 ms (limits.cpu_time)");
    EXPECT_EQ(account.endings[2].outcome, Outcome::succeeded);
  }
}

TEST(Recycling, W17_ForAnyAgeWorkersAndTasksNothingIsLostAndNoHostExceedsTheAge) {
  struct Ages final : Observer {
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks) ++of[task.host];
    }
    std::map<std::int32_t, std::uint64_t> of;
  };
  for (std::uint64_t age = 1; age <= 5; ++age) {
    EngineOptions with_age = options();
    with_age.recycle_after_tasks = age;
    Engine engine(with_age);
    for (unsigned workers = 1; workers <= 4; ++workers) {
      for (const std::uint64_t tasks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 21, 50}) {
        for (const char* executor : {"process", "thread"}) {
          Ages ages;
          ::alarm(kWatchdogSeconds);
          const RunResult result = engine.run(
              plan({stage(engine.plugin("sim").value(), "noop", tasks, {.executor = executor, .workers = workers})}),
              ages);
          ::alarm(0);
          ASSERT_EQ(result.outcome, Outcome::succeeded) << age << " " << workers << " " << tasks << " " << result.why;
          ASSERT_EQ(result.stages[0].succeeded, tasks);
          for (const auto& [host, count] : ages.of) ASSERT_LE(count, age) << executor;
        }
      }
    }
  }
}

TEST(Recycling, R15_AHostThatHasGrownTooLargeIsReplacedBetweenTasksAndNoTaskFails) {
  EngineOptions small = options();
  small.recycle_above_bytes = 64 << 20;
  Engine engine(small);
  Account account;
  ::alarm(kWatchdogSeconds);
  // Each task leaks 8 MiB and takes 30 ms: a host has room for a few.
  const RunResult result = engine.run(
      plan({stage(engine.plugin("deed_at").value(), "leak", 60, {.executor = "process", .workers = 2})}), account);
  ::alarm(0);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_GT(account.hosts.size(), 3u);
}

}  // namespace
}  // namespace ropewalk
