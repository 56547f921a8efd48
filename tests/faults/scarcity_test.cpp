// A task or host for which the machine has no room waits until another one has ended: no task is lost, no attempt is
// counted, and one warning is reported. If nothing else runs, the failure is clear.

#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace ropewalk {
namespace {

using test::Account;
using test::FailAt;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

struct Tries {
  int begun = 0, refused = 0;
};
Tries tries_in(const test::Scratch& folder) {
  Tries tries;
  std::istringstream lines(test::content(folder / "tries"));
  for (std::string line; lines >> line;) ++(line == "begun" ? tries.begun : tries.refused);
  return tries;
}

test::StageOptions narrow(const test::Scratch& folder, const std::string& executor, unsigned workers, std::int64_t most,
                          std::int64_t lasts_ns = 5 * kMs) {
  return {.executor = executor,
          .workers = workers,
          .with = {{.name = "folder", .constant = folder.path().string()},
                   {.name = "most", .constant = most},
                   {.name = "lasts", .constant = static_cast<double>(lasts_ns) / 1e9}}};
}

struct EveryExecutor : test::Watched, testing::WithParamInterface<std::string> {};

TEST_P(EveryExecutor, R08_R09_ATaskWithoutRoomWaitsForOthersAndIsNotCharged) {
  const test::Scratch folder;
  Engine engine(options());
  Account account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("zoo").value(), "narrow", 40, narrow(folder, GetParam(), 8, 3))}), account,
                 {.keep_results = true});
  EXPECT_EQ(result.outcome, Outcome::succeeded)
      << result.why << (result.failures.empty() ? "" : result.failures[0].message);
  EXPECT_EQ(result.stages[0].succeeded, 40u);
  EXPECT_EQ(result.stages[0].retried, 0u);
  const Tries tries = tries_in(folder);
  EXPECT_EQ(tries.begun, 40);
  if (GetParam() == "serial") {
    EXPECT_THAT(account.warnings, IsEmpty());
    return;
  }
  EXPECT_GT(tries.refused, 0) << "so nothing was tested";
  EXPECT_THAT(account.warnings, ElementsAre(HasSubstr("(every place is taken); the others wait until one has ended")))
      << "it is said once";
}

TEST_P(EveryExecutor, R09_IfNothingElseRunsATaskWithoutRoomFailsWithTheReason) {
  const test::Scratch folder;
  Engine engine(options());
  Account account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("zoo").value(), "narrow", 6, narrow(folder, GetParam(), 2, 0))}), account,
                 {.keep_results = true});
  EXPECT_FALSE(result.broken) << result.why;
  EXPECT_EQ(result.stages[0].failed, 6u);
  for (const auto& [index, ending] : account.endings) {
    EXPECT_EQ(ending.times, 1) << index;
    EXPECT_EQ(ending.message, "every place is taken") << index;
  }
}

TEST_P(EveryExecutor, R09_ATaskWithoutRoomWaitsForTheOtherStagesOfItsRun) {
  const test::Scratch folder;
  Engine engine(options());
  const auto zoo = engine.plugin("zoo").value();
  // Longer than a lone task would wait.
  auto first = narrow(folder, "serial", 1, 1, 6000 * kMs), second = narrow(folder, GetParam(), 3, 1, 1 * kMs);
  first.name = "first", second.name = "second";
  Account account;
  const RunResult result = engine.run(plan({stage(zoo, "narrow", 1, first), stage(zoo, "narrow", 5, second)}), account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << (result.failures.empty() ? result.why : result.failures[0].message);
  EXPECT_EQ(tries_in(folder).begun, 6);
}

INSTANTIATE_TEST_SUITE_P(Scarcity, EveryExecutor,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct Scarcity : test::Watched {};

TEST_F(Scarcity, R09_AStoppedRunDoesNotWaitForRoom) {
  const test::Scratch folder;
  Engine engine(options());
  struct Stops : Account {
    explicit Stops(Engine& engine) : engine(engine) {}
    void warning(std::int64_t, const Warning&) override { engine.stop(StopLevel::ask); }
    Engine& engine;
  } account(engine);
  auto how = narrow(folder, "thread", 4, 1, 300 * kMs);
  const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "narrow", 12, how)}), account);
  EXPECT_EQ(result.tasks(), 12u);
  for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
  EXPECT_GT(result.stages[0].not_started, 0u);
  EXPECT_EQ(result.stages[0].failed, 0u);
}

#if ROPEWALK_FAILPOINTS

TEST_F(Scarcity, R09_AThreadHostContinuesWithTheThreadsThatItGets) {
  const FailAt fail("host.thread=err:EAGAIN@3");
  Engine engine(options());
  Account account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("sim").value(), "sleep", 30,
                             {.executor = "thread", .workers = 4, .with = {{.name = "seconds", .constant = 0.002}}})}),
                 account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_EQ(account.hosts.size(), 1u);
  EXPECT_THAT(account.warnings, ElementsAre(HasSubstr("goes on with 2 workers in a host: it could start no more "
                                                      "threads: the limit of processes and threads is reached")));
}

TEST_F(Scarcity, R09_WithoutANewThreadTheLastOneRunsTheNextTask) {
  for (const char* points : {"host.next_thread=err:EAGAIN@3", "host.next_thread=err:EAGAIN@2+"}) {
    const FailAt fail(points);
    Engine engine(options());
    Account account;
    const RunResult result = engine.run(
        plan({stage(engine.plugin("zoo").value(), "who", 30, {.executor = "thread-per-task", .workers = 3})}), account,
        {.keep_results = true});
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_GE(fail.hits(), 3u);
    EXPECT_EQ(account.hosts.size(), 1u) << points;
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
  }
}

TEST_F(Scarcity, R09_AThreadEndedByATaskIsReplacedWhenThereIsRoom) {
  const FailAt fail("host.next_thread=err:EAGAIN@1,host.next_thread=err:EAGAIN@2,host.next_thread=err:EAGAIN@3");
  Engine engine(options());
  const RunResult result =
      engine.run(plan({stage(engine.plugin("zoo").value(), "thread_exit", 3, {.executor = "thread", .workers = 1})}));
  EXPECT_FALSE(result.broken) << result.why;
  EXPECT_EQ(result.stages[0].failed, 3u);
  EXPECT_EQ(result.stages[0].hosts, 1u);
}

TEST_F(Scarcity, W18_R09_AStageWithoutAHostWaitsWhileAnotherStageContinues) {
  const test::Scratch folder;
  // The first host describes the plugin and runs the first stage; many attempts to start the second one's fail.
  std::string points;
  // Each entry counts only the hits at which no earlier entry has acted.
  for (int entry = 0; entry < 15; ++entry)
    points += (points.empty() ? "" : ",") + std::string("warden.spawn=err:EAGAIN@2");
  const FailAt fail(points);
  Engine engine(options());
  const auto zoo = engine.plugin("zoo").value();
  // The first stage continues until a task of the second one has created a file.
  const std::vector<test::Given> until = {{.name = "folder", .constant = folder.path().string()},
                                          {.name = "limit", .constant = 50.0}};
  Account account;
  const RunResult result = engine.run(
      plan({stage(zoo, "rendezvous", 1, {.name = "first", .executor = "process", .workers = 1, .with = until}),
            stage(zoo, "effects", 1,
                  {.name = "second",
                   .executor = "process",
                   .workers = 1,
                   .with = {{.name = "file", .constant = (folder / "1").string()}}})}),
      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << (result.failures.empty() ? result.why : result.failures[0].message);
  EXPECT_GE(fail.hits(), 17u);
  EXPECT_THAT(account.warnings,
              ElementsAre(testing::AllOf(HasSubstr("waits until others give room for its hosts"),
                                         HasSubstr("the limit of processes and threads is reached"))));
}

#endif

}  // namespace
}  // namespace ropewalk
