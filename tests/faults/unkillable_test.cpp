// Hosts that survive SIGKILL: a process in a system call that never returns. That requires a broken device, so the
// warden is made to conceal a death instead: to the engine it is the same.

#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#if ROPEWALK_FAILPOINTS

namespace ropewalk {
namespace {

using test::Account;
using test::FailAt;
using test::options;
using test::plan;
using test::stage;
using test::Watched;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint64_t kTasks = 4;
const std::string kUnkillable =
    "its process is unkillable: SIGKILL has not ended it within 5 s, and the task may still run in it";

struct Unkillable : Watched {
  /// The first host to die does so unreported: that of index 0, which causes the fault.
  RunResult run(const std::string& deed, test::StageOptions how, std::int64_t hold_ms = 1) {
    const FailAt fail("warden.death=err:EIO@1");
    Engine engine(options());
    how.with = {{.name = "deed", .constant = deed},
                {.name = "at", .constant = std::int64_t{0}},
                {.name = "hold", .constant = static_cast<double>(hold_ms) / 1000}};
    const auto tasks = how.workers == 3 ? 3 : kTasks;
    return engine.run(plan({stage(engine.plugin("deed_at").value(), "do", tasks, how)}), account,
                      {.grace = std::chrono::nanoseconds(100 * kMs)});
  }
  Account account;
};

struct UnkillableOn : Unkillable, testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Every, UnkillableOn, testing::Values("thread", "process", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(UnkillableOn, C10_AHostThatDoesNotDieIsAbandonedAndItsTaskNotRunAgain) {
  const RunResult result =
      run("hang", {.executor = GetParam(), .workers = 1, .timeout_ns = 200 * kMs, .retries = {.max = 3}});
  EXPECT_FALSE(result.broken) << result.why;
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(result.stages[0].retried, 0u);
  ASSERT_EQ(account.endings.size(), kTasks);
  for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
  EXPECT_EQ(account.endings[0].outcome, Outcome::timed_out);
  EXPECT_EQ(account.endings[0].message, "the task ran longer than its timeout of 200 ms; " + kUnkillable);
  EXPECT_THAT(account.ends, testing::Contains("could not be killed"));
  EXPECT_EQ(result.stages[0].succeeded, kTasks - 1) << "another host goes on";
}

TEST_F(Unkillable, C10_OtherTasksInItsHostMayStillRunAndAreNotRunAgain) {
  const RunResult result =
      run("hog", {.executor = "thread", .workers = 3, .retries = {.max = 3}, .limits = {.memory_bytes = 64u << 20}},
          50'000);
  EXPECT_EQ(result.outcome, Outcome::failed);
  ASSERT_EQ(account.endings.size(), 3u);
  for (const auto& [index, ending] : account.endings) {
    EXPECT_EQ(ending.times, 1) << index;
    EXPECT_EQ(ending.outcome, Outcome::lost) << index;
    EXPECT_EQ(ending.message, kUnkillable) << index;
  }
}

TEST_F(Unkillable, C10_ARunThatIsStoppedEndsWithoutIt) {
  const FailAt fail("warden.death=err:EIO@1");
  Engine engine(options());
  struct Stop final : Account {
    explicit Stop(Engine& engine) : engine(engine) {}
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted>) override {
      engine.stop(StopLevel::kill);
    }
    Engine& engine;
  } stop(engine);
  const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "spin_for_ever", 1, {})}), stop,
                                      {.grace = std::chrono::nanoseconds(100 * kMs)});
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  ASSERT_EQ(stop.endings.size(), 1u);
  EXPECT_EQ(stop.endings[0].outcome, Outcome::cancelled);
  EXPECT_EQ(stop.endings[0].message, "the run was stopped while it ran; " + kUnkillable);
}

}  // namespace
}  // namespace ropewalk

#endif
