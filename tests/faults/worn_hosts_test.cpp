// A host that has become unusable affects no other: one in which a task found no memory runs nothing more, a leaking
// one is replaced between tasks, a retry uses another host, and no later stage gets such a host.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace ropewalk {
namespace {

using test::options;
using test::plan;
using test::stage;
using testing::HasSubstr;
using testing::IsEmpty;

/// The host of each attempt of each task.
struct Attempts : test::Account {
  void tasks_finished(std::int64_t now, std::uint32_t stage, std::span<const TaskFinished> tasks) override {
    Account::tasks_finished(now, stage, tasks);
    for (const TaskFinished& task : tasks) hosts_of[{stage, task.index}].push_back(task.host);
  }
  /// In the order of the attempts.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<std::int32_t>> hosts_of;
};

std::set<std::int32_t> distinct(const std::vector<std::int32_t>& hosts) { return {hosts.begin(), hosts.end()}; }

struct WornHosts : test::Watched, testing::WithParamInterface<std::string> {};

constexpr std::int64_t kMiB = 1 << 20;

TEST_P(WornHosts, R15_LeakedMemoryIsReclaimedBetweenTasksAndNoTaskIsLost) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  Engine engine(options());
  const auto zoo = engine.plugin("zoo").value();
  const std::vector<test::Given> with = {{.name = "size", .constant = 20 * kMiB}};
  const Limits limits{.memory_bytes = 200 * kMiB};
  Attempts account;
  const RunResult result = engine.run(
      plan({stage(zoo, "leak_memory", 40, {.name = "leak", .executor = GetParam(), .with = with, .limits = limits}),
            stage(zoo, "leak_memory", 8,
                  {.name = "after", .executor = GetParam(), .with = with, .needs = {0}, .limits = limits})}),
      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << (result.failures.empty() ? result.why : result.failures[0].message);
  EXPECT_EQ(result.stages[0].succeeded + result.stages[1].succeeded, 48u);
  for (const auto& [task, hosts] : account.hosts_of)
    EXPECT_EQ(hosts.size(), 1u) << "no attempt was lost on " << task.second;
  const auto replaced = testing::AllOf(HasSubstr("stage 'leak'"),
                                       HasSubstr(" MiB of 200 MiB of memory are in use); such a host is replaced"));
  const auto expected = GetParam() == "process-per-task"
                            ? testing::Matcher<const std::vector<std::string>&>(IsEmpty())
                            : testing::Matcher<const std::vector<std::string>&>(testing::Contains(replaced));
  EXPECT_THAT(account.warnings, expected);
}

TEST_P(WornHosts, R15_APluginThatLeaksAFifthOfItsLimitLosesNoTask) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  if (GetParam().starts_with("thread")) GTEST_SKIP() << "two of its tasks at once use up what half of the limit leaves";
  Engine engine(options());
  const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "leak_memory", 40,
                                                  {.executor = GetParam(),
                                                   .with = {{.name = "size", .constant = 40 * kMiB}},
                                                   .limits = {.memory_bytes = 200 * kMiB}})}));
  EXPECT_EQ(result.stages[0].succeeded, 40u) << (result.failures.empty() ? result.why : result.failures[0].message);
}

TEST_P(WornHosts, R11_AHostInWhichATaskFoundNoMemoryRunsNothingMore) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  if (GetParam().starts_with("thread")) GTEST_SKIP() << "only a host with one worker is refused memory";
  Engine engine(options());
  const auto zoo = engine.plugin("zoo").value();
  const Limits limits{.memory_bytes = 100 * kMiB};
  // Every third one requests more than is available.
  const auto size = [](const Value&, std::uint64_t index) { return Value(index % 3 == 2 ? 400 * kMiB : kMiB); };
  Attempts account;
  engine.run(
      plan({stage(zoo, "leak_memory", 12,
                  {.name = "some", .executor = GetParam(), .with = {{.name = "size", .make = size}}, .limits = limits}),
            stage(zoo, "leak_memory", 4,
                  {.name = "after",
                   .executor = GetParam(),
                   .with = {{.name = "size", .constant = kMiB}},
                   .needs = {0},
                   .after = After::any,
                   .limits = limits})}),
      account);
  std::set<std::int32_t> spent;
  for (const auto& [task, hosts] : account.hosts_of) {
    const bool wants_too_much = task.first == 0 && task.second % 3 == 2;
    ASSERT_EQ(hosts.size(), 1u);
    EXPECT_FALSE(spent.contains(hosts[0]) && task.first == 1) << "the next stage got a spent host";
    EXPECT_TRUE(!wants_too_much || spent.insert(hosts[0]).second) << "two tasks failed in one host";
  }
  EXPECT_EQ(spent.size(), 4u);
}

TEST_P(WornHosts, ARetryUsesAHostInWhichItsTaskHasNotFailed) {
  Engine engine(options());
  Attempts account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("sim").value(), "fail", GetParam() == "process" ? 24 : 1,
                             {.executor = GetParam(),
                              .workers = GetParam() == "process" ? 3u : 1u,
                              .with = {{.name = "first", .constant = std::int64_t{2}}},
                              .retries = {.max = 2}})}),
                 account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  for (const auto& [task, hosts] : account.hosts_of) {
    ASSERT_EQ(hosts.size(), 3u);
    EXPECT_EQ(distinct(hosts).size(), 3u) << "task " << task.second << " came back to a host where it had failed";
  }
}

INSTANTIATE_TEST_SUITE_P(Every, WornHosts,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct Retried : test::Watched {};

/// While other tasks of the stage run in the only possible host, it is not taken from them.
TEST_F(Retried, ReturnsToTheOnlyHostWhileItWorksForOthers) {
  const test::Scratch folder;
  Engine engine(options());
  const auto zoo = engine.plugin("zoo").value();
  // The first attempt fails immediately; then both tasks of the stage must run at the same time to succeed.
  Attempts account;
  const RunResult result = engine.run(plan({stage(zoo, "fail_then_meet", 2,
                                                  {.executor = "thread",
                                                   .workers = 2,
                                                   .with = {{.name = "folder", .constant = folder.path().string()}},
                                                   .retries = {.max = 1}})}),
                                      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << (result.failures.empty() ? result.why : result.failures[0].message);
  EXPECT_EQ(account.hosts.size(), 1u);
  EXPECT_EQ((account.hosts_of[{0, 1}].size()), 2u);
}

TEST_F(Retried, UsesAnIdleHostInsteadOfTheOneInWhichItFailed) {
  Engine engine(options());
  const auto sim = engine.plugin("sim").value();
  Attempts account;
  const RunResult result = engine.run(plan({stage(sim, "fail", 10,
                                                  {.executor = "process",
                                                   .workers = 1,
                                                   .with = {{.name = "first", .constant = std::int64_t{1}}},
                                                   .retries = {.max = 1, .delay_ns = 1'000'000}})}),
                                      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  // Tasks that start when the host has nothing else to do.
  EXPECT_NE(account.hosts_of.rbegin()->second.front(), account.hosts_of.rbegin()->second.back());
}

}  // namespace
}  // namespace ropewalk
