// Process-per-task: hosts forked from one that has the plugin loaded, and the effects of killing it or them.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <set>
#include <thread>

namespace ropewalk {
namespace {

using test::Account;
using test::eventually;
using test::Given;
using test::Mark;
using test::options;
using test::plan;
using test::Process;
using test::rows;
using test::stage;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Zygote : test::Watched {
  RunResult run(const char* plugin, const char* task, std::uint64_t tasks, std::vector<Given> with = {},
                unsigned workers = 2) {
    return run(plugin, task, tasks, std::move(with), workers, account_);
  }
  RunResult run(const char* plugin, const char* task, std::uint64_t tasks, std::vector<Given> with, unsigned workers,
                Account& account) {
    const Plan one = plan({stage(engine_->plugin(plugin).value(), task, tasks,
                                 {.executor = "process-per-task", .workers = workers, .with = std::move(with)})});
    RunResult result = engine_->run(one, account, {.keep_results = true});
    EXPECT_FALSE(result.broken) << result.why;
    EXPECT_EQ(account.endings.size(), tasks);
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
    return result;
  }
  /// Hosts that run no task: the zygotes.
  std::vector<pid_t> zygotes(const Account& account) const {
    std::vector<pid_t> found;
    for (const Process& host : mark_.processes("ropewalk-host"))
      if (!account.hosts.contains(host.pid)) found.push_back(host.pid);
    return found;
  }

  Mark mark_;
  std::unique_ptr<Engine> engine_ = std::make_unique<Engine>(options());
  Account account_;
};

/// Calls `act` once, when that many tasks run.
struct Once final : Account {
  Once(std::size_t wanted, std::function<void(const Account&)> act) : wanted(wanted), act(std::move(act)) {}
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    Account::tasks_started(t, stage, tasks);
    if (started >= wanted && !std::exchange(done, true)) act(*this);
  }
  std::size_t wanted;
  std::function<void(const Account&)> act;
  bool done = false;
};

std::int64_t number(const test::Row& row, const char* field) { return *row.value.as_map()->at(field).as_int(); }

TEST_F(Zygote, EachTaskHasItsOwnProcessWithOneThreadWhoseParentIsTheWarden) {
  constexpr std::uint64_t kTasks = 40;
  const RunResult result = run("zoo", "who", kTasks);
  std::set<std::int64_t> pids, parents;
  for (const auto& row : rows(result)) {
    pids.insert(number(row, "pid"));
    parents.insert(number(row, "parent"));
    EXPECT_EQ(number(row, "pid"), number(row, "thread"));
    EXPECT_EQ(number(row, "threads"), 1) << "a fork, not a fresh host, which has two";
    EXPECT_EQ(account_.endings[row.index].host, number(row, "pid"));
  }
  EXPECT_EQ(pids.size(), kTasks);
  const auto wardens = mark_.processes("ropewalk-warden");
  ASSERT_EQ(wardens.size(), 1u);
  EXPECT_THAT(parents, ElementsAre(wardens.front().pid));
  EXPECT_THAT(account_.warnings, IsEmpty());
}

TEST_F(Zygote, NoTaskInheritsDescriptorsOfOthersOrOfTheZygote) {
  const RunResult result = run("zoo", "who", 12, {}, 3);
  // Input, output twice, its socket, the bell, and the two of the listing.
  for (const auto& row : rows(result))
    EXPECT_LE(row.value.as_map()->at("descriptors").as_list()->size(), 7u) << row.index;
}

TEST_F(Zygote, EachTaskOpensItsOwnWorkerState) {
  const RunResult result = run("zoo", "count", 20);
  for (const auto& row : rows(result)) EXPECT_EQ(number(row, "nth"), 1) << row.index;
}

TEST_F(Zygote, LargeParametersAndResultsReachTheirTasks) {
  const std::string large(300'000, 'x');
  const RunResult result = run("sim", "echo", 8, {{.name = "value", .make = [&](const Value&, std::uint64_t index) {
                                                     return Value(large + std::to_string(index));
                                                   }}});
  ASSERT_EQ(result.stages.at(0).succeeded, 8u);
  for (const auto& row : rows(result))
    EXPECT_TRUE(*row.value.as_map()->at("value").as_text() == large + std::to_string(row.index)) << row.index;
}

TEST_F(Zygote, L06_APluginWithThreadsGetsFreshProcessesAndTheStageReportsItOnce) {
  const RunResult result = run("threads_on_load", "nothing", 6);
  EXPECT_EQ(result.stages.at(0).succeeded, 6u);
  EXPECT_EQ(account_.hosts.size(), 6u);
  EXPECT_THAT(account_.warnings,
              ElementsAre(HasSubstr("stage 'stage': plugin 'threads_on_load' starts threads when it is loaded")));
}

TEST_F(Zygote, C02_LeftoversOfATaskEndSoonAfterIt) {
  const RunResult result = run("deed_at", "do", 6, {{.name = "deed", .constant = "daemon"}});
  EXPECT_EQ(result.stages.at(0).succeeded, 6u);
  std::set<pid_t> daemons;
  for (const auto& row : rows(result))
    if (row.value.as_map() != nullptr && number(row, "daemon") > 0)
      daemons.insert(static_cast<pid_t>(number(row, "daemon")));
  ASSERT_FALSE(daemons.empty());
  // The engine lives on, and the zygote with it.
  EXPECT_TRUE(eventually([&] {
    for (const pid_t daemon : daemons)
      if (::kill(daemon, 0) == 0) return false;
    return true;
  })) << mark_.list();
}

TEST_F(Zygote, W01_ADyingTaskAffectsNoOther) {
  const RunResult result = run("zoo", "die_at", 24, {{.name = "at", .constant = std::int64_t{7}}}, 4);
  EXPECT_EQ(result.stages.at(0).succeeded, 23u);
  EXPECT_EQ(account_.endings[7].outcome, Outcome::crashed);
  EXPECT_EQ(account_.endings[7].detail, SIGKILL);
}

TEST_F(Zygote, W09_WhenItIsKilledRunningTasksContinueAndTheOthersGetNewHosts) {
  Once account(3, [&](const Account& so_far) {
    const std::vector<pid_t> found = zygotes(so_far);
    ASSERT_EQ(found.size(), 1u) << mark_.list();
    ::kill(found.front(), SIGKILL);
  });
  const RunResult result = run("sim", "sleep", 12, {{.name = "seconds", .constant = 0.2}}, 3, account);
  EXPECT_TRUE(account.done);
  EXPECT_EQ(result.stages.at(0).succeeded, 12u) << "nobody is to blame";
}

TEST_F(Zygote, W09_KillingItAtRandomMomentsLosesRepeatsOrBlamesNoTask) {
  constexpr std::uint64_t kTasks = 400;
  struct Progress final : Account {
    void tasks_finished(std::int64_t t, std::uint32_t stage, std::span<const TaskFinished> tasks) override {
      Account::tasks_finished(t, stage, tasks);
      done += tasks.size();
    }
    std::atomic<std::uint64_t> done = 0;
  } account;
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> kills = 0;
  ASSERT_TRUE(engine_->plugin("sim"));  // before: a plugin whose host dies during its description is rejected
  std::thread killer([&] {
    // The oldest host is the zygote, except for the moments without one, in which a task's own process is killed.
    std::uint64_t done = 0;
    for (unsigned round = 0; !over && kills < 25; ++round) {
      // After several more tasks have ended: a different number each time, at another point of the next ones.
      while (!over && account.done < done + 1 + round * 7 % 11)
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      done = account.done;
      pid_t oldest = 0;
      for (const Process& host : mark_.processes("ropewalk-host"))
        oldest = oldest == 0 ? host.pid : std::min(oldest, host.pid);
      if (oldest != 0 && ::kill(oldest, SIGKILL) == 0) ++kills;
    }
  });
  const RunResult result = run("sim", "sleep", kTasks, {{.name = "seconds", .constant = 0.002}}, 3, account);
  over = true;
  killer.join();
  EXPECT_GE(kills.load(), 1u);
  std::uint64_t crashed = 0;
  for (const auto& [index, ending] : account.endings) {
    if (ending.outcome == Outcome::succeeded) continue;
    ++crashed;
    EXPECT_EQ(ending.outcome, Outcome::crashed) << index << ": " << ending.message;
    EXPECT_EQ(ending.detail, SIGKILL) << index;
  }
  EXPECT_LE(crashed, kills.load());
  EXPECT_EQ(rows(result).size(), kTasks);
}

}  // namespace
}  // namespace ropewalk
