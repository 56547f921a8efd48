// Plugins and their files: what they leave behind, what happens to the file while it is in use, two that clash, and
// tasks that turn against the processes of the engine.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

namespace ropewalk {
namespace {

using test::Account;
using test::options;
using test::Mark;
using test::plan;
using test::rows;
using test::Scratch;
using test::stage;
using test::within;
using testing::HasSubstr;
using std::chrono::milliseconds;

constexpr const char* kExecutors[] = {"serial", "thread", "process", "thread-per-task", "process-per-task"};

struct PluginFaults : test::Watched {
  void expect_nothing_left() { EXPECT_TRUE(within(milliseconds(15000), [&] { return mark_.processes().empty(); })) << mark_.list(); }
  Mark mark_;
};

TEST_F(PluginFaults, P14_P15_WhatAPluginLeavesBehindHurtsNoTask) {
  for (const char* executor : kExecutors) {
    for (const char* what : {"static", "atexit", "at_quick_exit", "signal", "key", "thread_local"}) {
      SCOPED_TRACE(std::string(executor) + " " + what);
      Account account;
      {
        Engine engine(options());
        const RunResult result = engine.run(plan({stage(engine.plugin("leaver").value(), "leave", 6, {.executor = executor, .with = {{.name = "what", .constant = what}}})}), account, {.keep_results = true});
        EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
        for (const auto& row : rows(result)) EXPECT_EQ(row.outcome, Outcome::succeeded) << row.index << row.message;
        for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(account.endings[i].times, 1);
      }
    }
  }
  expect_nothing_left();
}

TEST_F(PluginFaults, P15_AHostThatEndsDoesNotRunWhatItsPluginRegistered) {
  Account account;
  EngineOptions young = options();
  young.recycle_after_tasks = 1;
  Engine recycling(young);
  for (const char* what : {"static", "atexit"}) {
    const RunResult result = recycling.run(plan({stage(recycling.plugin("leaver").value(), "leave", 4, {.executor = "process", .with = {{.name = "what", .constant = what}}})}), account);
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  }
  ASSERT_FALSE(account.ends.empty());
  for (const std::string& how : account.ends) EXPECT_EQ(how, "exited with code 0");
}

TEST_F(PluginFaults, P16_PluginsWithTheSameNamesInsideKeepTheirOwn) {
  Engine engine(options());
  for (const char* executor : kExecutors) {
    const RunResult result = engine.run(plan({stage(engine.plugin("twin_1").value(), "which", 4, {.name = "one", .executor = executor}),
                                              stage(engine.plugin("twin_2").value(), "which", 4, {.name = "two", .executor = executor})}),
                                        {.keep_results = true});
    for (std::uint32_t number : {0u, 1u})
      for (const auto& row : rows(result, number)) EXPECT_EQ(row.value, Value(Map{{"number", std::int64_t{number + 1}}, {"called", std::int64_t{number + 1}}})) << executor;
  }
}

TEST_F(PluginFaults, P17_ATaskThatKillsTheWardenBreaksTheRunAndLeavesNothing) {
  {
    Engine engine(options());
    Account account;
    const RunResult result = engine.run(plan({stage(engine.plugin("deed_at").value(), "do", 12, {.executor = "process", .workers = 3, .with = {{.name = "deed", .constant = "kill_parent"}, {.name = "at", .constant = std::int64_t{5}}}})}), account);
    EXPECT_TRUE(result.broken);
    EXPECT_THAT(result.why, HasSubstr("the warden, which keeps the hosts, was lost twice"));
    EXPECT_EQ(result.tasks(), 12u);
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
  }
  expect_nothing_left();
}

TEST_F(PluginFaults, C11_P07_ChildrenOfATaskAreGoneWithTheEngine) {
  for (const char* deed : {"fork_many", "fork_and_return", "fork_child_lingers"}) {
    Engine engine(options());
    const RunResult result = engine.run(plan({stage(engine.plugin("deed_at").value(), "do", 4, {.executor = "process", .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{1}}}})}));
    EXPECT_EQ(result.outcome, Outcome::succeeded) << deed << result.why;
  }
  expect_nothing_left();
}

/// Does something to a file when the first task has begun.
struct AtFirstTask final : Account {
  explicit AtFirstTask(std::function<void()> deed) : deed(std::move(deed)) {}
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    if (started == 0) deed();
    Account::tasks_started(t, stage, tasks);
  }
  std::function<void()> deed;
};

struct PluginFile : PluginFaults {
  PluginFile() { std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_); }
  RunResult run(const std::string& executor, AtFirstTask& account) {
    EngineOptions with_copy = options();
    with_copy.plugin_folders = {folder_.path()};
    Engine engine(with_copy);
    // Long enough that the second helping comes after the deed.
    return engine.run(plan({stage(engine.plugin("sim").value(), "sleep", 20, {.executor = executor, .with = {{.name = "seconds", .constant = 0.005}}})}), account);
  }
  Scratch folder_;
  const std::filesystem::path file_ = folder_ / "sim.so";
};

TEST_F(PluginFile, L07_ReplacedOrDeletedWhileItRunsItDoesNotMatter) {
  for (const char* executor : {"process", "thread"}) {
    AtFirstTask replaced([&] {
      std::filesystem::copy_file(ROPEWALK_BUILD "/tests/plugins/zoo.so", folder_ / "new");
      std::filesystem::rename(folder_ / "new", file_);
    });
    EXPECT_EQ(run(executor, replaced).outcome, Outcome::succeeded);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_, std::filesystem::copy_options::overwrite_existing);
    AtFirstTask deleted([&] { std::filesystem::remove(file_); });
    EXPECT_EQ(run(executor, deleted).outcome, Outcome::succeeded);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_);
  }
}

TEST_F(PluginFile, L07_OverwrittenInPlaceItCostsTasksButNeverTheEngine) {
  // What a process has mapped changes under it. The engine has mapped nothing of it.
  for (const char* executor : {"process", "thread"}) {
    AtFirstTask overwritten([&] { std::ofstream(file_, std::ios::binary | std::ios::trunc) << std::string(100'000, '\x90'); });
    const RunResult result = run(executor, overwritten);
    EXPECT_EQ(result.tasks(), 20u);
    for (const auto& [index, ending] : overwritten.endings) EXPECT_EQ(ending.times, 1) << index;
    EXPECT_EQ(result.broken, !result.why.empty());
    std::filesystem::remove(file_);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_);
  }
}

TEST_F(PluginFaults, R03_SystemCallsThatAreInterruptedAllTheTimeChangeNothing) {
  struct sigaction interrupt {}, before {};
  interrupt.sa_handler = [](int) {};  // without SA_RESTART: each wait, read and write may end with EINTR
  ASSERT_EQ(::sigaction(SIGPROF, &interrupt, &before), 0);
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    Engine engine(options());
    Account account;
    std::atomic<bool> over = false;
    const pthread_t engine_thread = ::pthread_self();
    std::thread storm([&] {
      while (!over) ::pthread_kill(engine_thread, SIGPROF), ::usleep(200);
    });
    const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "big_result", 30, {.executor = executor, .with = {{.name = "size", .constant = std::int64_t{300'000}}}})}), account, {.keep_results = true});
    over = true;
    storm.join();
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    for (const auto& row : rows(result)) EXPECT_EQ(row.value.as_map()->at("text"), Value(std::string(300'000, 'x')));
  }
  ::sigaction(SIGPROF, &before, nullptr);
}

}  // namespace
}  // namespace ropewalk
