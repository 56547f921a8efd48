// Processes killed from outside: the engine, the warden, the hosts. Also leftovers of tasks.

#include "abi/command.hpp"
#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace ropewalk {
namespace {

using test::Account;
using test::eventually;
using test::Given;
using test::kWatchdogSeconds;
using test::Mark;
using test::options;
using test::plan;
using test::Process;
using test::stage;
using testing::HasSubstr;

std::vector<Given> seconds(double seconds) { return {{.name = "seconds", .constant = seconds}}; }

struct WardenFaults : test::Watched {
  void expect_nothing_left() {
    EXPECT_TRUE(eventually([&] { return mark_.processes().empty(); })) << mark_.list();
    for (const Process& process : mark_.processes()) ::kill(process.pid, SIGKILL);
  }
  Mark mark_;
};

// --- the engine is killed ---

struct Victims {
  const char* executor;
  const char* plugin;
  const char* task;
  unsigned workers = 4;
};

struct EngineKilled : WardenFaults, testing::WithParamInterface<Victims> {};

/// Writes to a pipe of the parent once that many tasks run.
struct StartSignal final : Account {
  StartSignal(int fd, std::size_t wanted) : fd(fd), wanted(wanted) {}
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    const bool before = started < wanted;
    Account::tasks_started(t, stage, tasks);
    if (before && started >= wanted) (void)!::write(fd, "!", 1);
  }
  int fd;
  std::size_t wanted;
};

TEST_P(EngineKilled, E01_NoneOfItsProcessesIsLeft) {
  const unsigned workers = GetParam().workers;
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kWatchdogSeconds);
    ::close(channel[0]);
    Engine engine(options());
    StartSignal signal(channel[1], workers);
    const bool sleeps = std::string(GetParam().task) == "sleep";
    engine.run(plan({stage(engine.plugin(GetParam().plugin).value(), GetParam().task, workers * 16,
                           {.executor = GetParam().executor,
                            .workers = workers,
                            .with = sleeps ? seconds(5000) : std::vector<Given>()})}),
               signal);
    ::_exit(0);
  }
  ::close(channel[1]);
  pollfd started{.fd = channel[0], .events = POLLIN, .revents = 0};
  char byte = 0;
  ASSERT_EQ(::poll(&started, 1, static_cast<int>(std::chrono::milliseconds(test::kPatience).count())), 1);
  ASSERT_EQ(::read(channel[0], &byte, 1), 1) << "the child ended before its tasks ran";
  ::close(channel[0]);
  // A task may have begun before the last host has its name.
  const std::size_t hosts = std::string(GetParam().executor) == "thread" ? 1 : workers;
  EXPECT_TRUE(eventually([&] {
    return mark_.processes("ropewalk-warden").size() == 1 && mark_.processes("ropewalk-host").size() >= hosts;
  })) << mark_.list();
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  expect_nothing_left();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

INSTANTIATE_TEST_SUITE_P(
    Every, EngineKilled,
    testing::Values(Victims{"process", "sim", "sleep"}, Victims{"thread", "sim", "sleep"},
                    Victims{"process-per-task", "sim", "sleep"}, Victims{"process", "sim", "sleep", 300},
                    Victims{"process-per-task", "sim", "sleep", 300}, Victims{"process", "zoo", "sigterm_ignored"},
                    Victims{"process", "zoo", "stop_self"}, Victims{"process", "zoo", "spin_for_ever"}),
    [](const auto& info) {
      std::string name =
          std::string(info.param.executor) + "_" + info.param.task + (info.param.workers > 100 ? "_by_hundreds" : "");
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// --- what a task leaves behind ---

TEST_F(WardenFaults, C02_ADaemonLeftByATaskEndsWithTheEngine) {
  for (const char* executor : {"process", "thread", "process-per-task", "serial"}) {
    pid_t daemon = 0;
    {
      Engine engine(options());
      const RunResult result =
          engine.run(plan({stage(engine.plugin("deed_at").value(), "do", 6,
                                 {.executor = executor, .with = {{.name = "deed", .constant = "daemon"}}})}),
                     {.keep_results = true});
      EXPECT_EQ(result.stages.at(0).succeeded, 6u) << executor;
      for (const auto& row : test::rows(result))
        if (row.index == 0 && row.value.as_map() != nullptr)
          daemon = static_cast<pid_t>(*row.value.as_map()->at("daemon").as_int());
    }
    ASSERT_GT(daemon, 0) << executor;
    const auto left = mark_.processes();
    EXPECT_TRUE(left.empty()) << executor << ", daemon " << daemon
                              << ", left when the engine is gone: " << mark_.list();
    expect_nothing_left();
  }
}

TEST_F(WardenFaults, C01_C02_ChildrenOfEveryKindEndWithTheEngine) {
  {
    Engine engine(options());
    for (const char* task : {"setsid_child", "fork_child_lingers"})
      EXPECT_EQ(engine.run(plan({stage(engine.plugin("zoo").value(), task, 6, {.executor = "process"})}))
                    .stages.at(0)
                    .succeeded,
                6u)
          << task;
  }
  EXPECT_TRUE(mark_.processes().empty()) << mark_.list();
  expect_nothing_left();
}

// --- the hosts are killed ---

/// Calls `act` once, when that many tasks run; the hosts are known by then.
struct Once final : Account {
  Once(std::size_t wanted, std::function<void(const Account&)> act) : wanted(wanted), act(std::move(act)) {}
  void tick(std::int64_t) override { look(); }
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    Account::tasks_started(t, stage, tasks);
    look();
  }
  void look() {
    if (!done && started >= wanted) done = true, act(*this);
  }
  std::size_t wanted;
  std::function<void(const Account&)> act;
  bool done = false;
};

void expect_one_ending_each(Account& account, std::uint64_t tasks) {
  EXPECT_EQ(account.endings.size(), tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) EXPECT_EQ(account.endings[i].times, 1) << i;
}

TEST_F(WardenFaults, W09_WhenAllHostsAreKilledTheRunCompletesWithNewOnes) {
  constexpr std::uint64_t kTasks = 24;
  constexpr unsigned kWorkers = 4;
  for (const char* executor : {"process", "thread", "process-per-task", "thread-per-task"}) {
    SCOPED_TRACE(executor);
    Engine engine(options());
    Once account(kWorkers, [](const Account& so_far) {
      for (const std::int32_t pid : so_far.hosts) ::kill(pid, SIGKILL);
    });
    const RunResult result =
        engine.run(plan({stage(engine.plugin("sim").value(), "sleep", kTasks,
                               {.executor = executor, .workers = kWorkers, .with = seconds(0.1)})}),
                   account, {.keep_results = true});
    EXPECT_TRUE(account.done);
    EXPECT_FALSE(result.broken) << result.why;
    expect_one_ending_each(account, kTasks);
    EXPECT_EQ(test::rows(result).size(), kTasks);
    std::uint64_t crashed = 0;
    for (const auto& [index, ending] : account.endings) {
      if (ending.outcome == Outcome::succeeded) continue;
      ++crashed;
      EXPECT_EQ(ending.outcome, Outcome::crashed) << index << ": " << ending.message;
      EXPECT_EQ(ending.detail, SIGKILL) << index;
    }
    EXPECT_LE(crashed, kWorkers) << "only what was running may be blamed";
  }
  expect_nothing_left();
}

TEST_F(WardenFaults, W09_WhenEveryHostIsKilledAsItStartsTheRunEndsWithAReason) {
  struct KillAll final : Account {
    void host_started(std::int64_t t, const HostStarted& host) override {
      Account::host_started(t, host);
      ::kill(host.pid, SIGKILL);
    }
  } account;
  {
    Engine engine(options());
    const RunResult result = engine.run(
        plan({stage(engine.plugin("sim").value(), "sleep", 20, {.workers = 3, .with = seconds(0.2)})}), account);
    EXPECT_NE(result.outcome, Outcome::succeeded);
    EXPECT_TRUE(!result.broken || !result.why.empty());
    if (!result.broken) expect_one_ending_each(account, 20);
    // Three at a time, for ten seconds, with a pause of 80 ms each time, and fifty of them if a start takes long. Plus
    // those of the tasks.
    EXPECT_LE(account.hosts.size(), 3u * 125u + 50u + 20u * 9u) << "hosts are started without a brake";
  }
  expect_nothing_left();
}

// --- the warden is killed ---

TEST_F(WardenFaults, W09_WhenTheWardenIsKilledTheRunCompletesOrReportsThatItIsBroken) {
  constexpr std::uint64_t kTasks = 16;
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    SCOPED_TRACE(executor);
    {
      Engine engine(options());
      Once account(3, [&](const Account&) {
        const auto wardens = mark_.processes("ropewalk-warden");
        ASSERT_EQ(wardens.size(), 1u) << mark_.list();
        ::kill(wardens.front().pid, SIGKILL);
      });
      const RunResult result = engine.run(plan({stage(engine.plugin("sim").value(), "sleep", kTasks,
                                                      {.executor = executor, .workers = 3, .with = seconds(0.1)})}),
                                          account);
      EXPECT_TRUE(account.done);
      EXPECT_TRUE(!result.broken || !result.why.empty());
      expect_one_ending_each(account, kTasks);
      // One loss is survived: the engine remains usable.
      EXPECT_EQ(engine.run(plan({stage(engine.plugin("sim").value(), "noop", 5, {})})).stages.at(0).succeeded, 5u);
    }
    EXPECT_TRUE(mark_.processes().empty()) << mark_.list();
    expect_nothing_left();
  }
}

/// A host finds its first items on its board. It may have run them before the engine learns that it lives.
TEST_F(WardenFaults, W09_AHostThatHasRunATaskIsReportedEvenIfItsWardenDiedBeforeNamingIt) {
  const test::Scratch folder;
  const std::string log = folder / "log";
  // the first one described the plugin
  const test::FailAt point("warden.before_told=sleep:500ms@2,warden.at_told=kill@2");
  Engine engine(options());
  Account account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("shell").value(), "run", 40,
                             {.workers = 2, .with = {{.name = "command", .constant = "echo $PPID >> " + log}}})}),
                 account);
  EXPECT_EQ(result.stages.at(0).succeeded, 40u) << result.why;
  std::ifstream lines(log);
  std::size_t effects = 0;
  for (std::int32_t host = 0; lines >> host; ++effects) EXPECT_TRUE(account.hosts.contains(host)) << host;
  EXPECT_GE(effects, 40u);
  EXPECT_GE(account.ends.size(), 2u);
}

TEST_F(WardenFaults, W09_WhenEveryWardenIsKilledTheRunEnds) {
  {
    Engine engine(options());
    struct KillWardens final : Account {
      explicit KillWardens(const Mark& mark) : mark(mark) {}
      void tick(std::int64_t) override {
        for (const Process& warden : mark.processes("ropewalk-warden")) ::kill(warden.pid, SIGKILL), ++killed;
      }
      const Mark& mark;
      int killed = 0;
    } account(mark_);
    const RunResult result = engine.run(
        plan({stage(engine.plugin("sim").value(), "sleep", 30, {.workers = 2, .with = seconds(1)})}), account);
    EXPECT_GE(account.killed, 1);
    EXPECT_NE(result.outcome, Outcome::succeeded);
    EXPECT_TRUE(!result.broken || !result.why.empty());
  }
  expect_nothing_left();
}

TEST_F(WardenFaults, W09_HundredsOfHostsKilledTogetherAreAllReported) {
  constexpr std::uint64_t kTasks = 700;
  constexpr unsigned kHosts = 300;
  for (const char* executor : {"process", "process-per-task"}) {
    SCOPED_TRACE(executor);
    Engine engine(options());
    Once account(kHosts, [&](const Account&) {
      for (const Process& host : mark_.processes("ropewalk-host")) ::kill(host.pid, SIGKILL);
    });
    const RunResult result = engine.run(
        plan({stage(engine.plugin("sim").value(), "sleep", kTasks,
                    {.executor = executor, .workers = kHosts, .with = seconds(0.5), .retries = {.max = 3}})}),
        account);
    EXPECT_TRUE(account.done);
    EXPECT_EQ(result.stages.at(0).succeeded, kTasks) << result.why;
  }
}

TEST_F(WardenFaults, W13_AStoppedHostNeverBlocksTheEngine) {
  Engine engine(options());
  struct Stopping final : Account {
    explicit Stopping(const Mark& mark) : mark(mark) {}
    void tasks_finished(std::int64_t t, std::uint32_t stage, std::span<const TaskFinished> tasks) override {
      Account::tasks_finished(t, stage, tasks);
      if (endings.size() < 100 || ticks != 0 || stopped != 0) return;
      stopped = mark.processes("ropewalk-host").front().pid;
      ::kill(stopped, SIGSTOP);
    }
    void tick(std::int64_t) override {
      if (stopped != 0 && ++ticks == 3) ::kill(stopped, SIGCONT);
    }
    const Mark& mark;
    pid_t stopped = 0;
    int ticks = 0;
  } account(mark_);
  const std::string text(100'000, 'x');  // more than the board takes: each task's parameters are a message
  const Plan one = plan({stage(
      engine.plugin("sim").value(), "echo", 3000,
      {.workers = 1, .with = {{.name = "value", .make = [&](const Value&, std::uint64_t) { return Value(text); }}}})});
  const RunResult result = engine.run(one, account);
  EXPECT_EQ(result.stages.at(0).succeeded, 3000u) << result.why;
  EXPECT_GE(account.ticks, 3);
}

TEST_F(WardenFaults, W09_AWardenKilledBetweenTwoRunsIsReplaced) {
  Engine engine(options());
  const Plan one = plan({stage(engine.plugin("sim").value(), "noop", 10, {})});
  EXPECT_EQ(engine.run(one).stages.at(0).succeeded, 10u);
  const auto wardens = mark_.processes("ropewalk-warden");
  ASSERT_EQ(wardens.size(), 1u);
  ::kill(wardens.front().pid, SIGKILL);
  EXPECT_TRUE(eventually([&] { return mark_.processes().empty(); })) << "hosts outlive their warden: " << mark_.list();
  Account account;
  const RunResult result = engine.run(one, account);
  EXPECT_FALSE(result.broken) << result.why;
  expect_one_ending_each(account, 10);
  EXPECT_EQ(result.stages.at(0).succeeded, 10u);
}

TEST_F(WardenFaults, C02_WhenTheWardenIsKilledLeftoversOfATaskEndWithTheEngine) {
  {
    Engine engine(options());
    Once account(3, [&](const Account&) {
      for (const Process& warden : mark_.processes("ropewalk-warden")) ::kill(warden.pid, SIGKILL);
    });
    engine.run(plan({stage(engine.plugin("deed_at").value(), "do", 8,
                           {.workers = 2,
                            .with = {{.name = "deed", .constant = "daemon"}, {.name = "hold", .constant = 0.2}}})}),
               account);
    EXPECT_TRUE(account.done);
  }
  expect_nothing_left();
}

// --- started by hand ---

Ran run_by_hand(const std::string& command) { return run_command(command + " </dev/null"); }

TEST_F(WardenFaults, I05_AHostOrWardenStartedByHandExplainsItself) {
  for (const char* program : {"ropewalk-host", "ropewalk-warden"}) {
    for (const char* arguments : {"", "--help", "x", "1", "2 x", "99999999999 x", "3 x y z", "9"}) {
      const Ran said = run_by_hand(quoted(std::string(ROPEWALK_BUILD "/bin/") + program) + " " + arguments);
      EXPECT_EQ(said.code, 2) << program << " " << arguments;
      EXPECT_THAT(said.output, testing::AllOf(HasSubstr(program), HasSubstr("starts it by itself"))) << arguments;
    }
  }
}

TEST_F(WardenFaults, I05_AHostWithoutAnEngineAtTheOtherEndExplainsItself) {
  for (const char* descriptor : {"", "9</dev/null"}) {
    const Ran said = run_by_hand(quoted(ROPEWALK_BUILD "/bin/ropewalk-host") + " 9 " +
                                 quoted(ROPEWALK_BUILD "/plugins/sim.so") + " " + descriptor);
    EXPECT_EQ(said.code, 2) << descriptor;
    EXPECT_THAT(said.output, HasSubstr("ropewalk-host")) << descriptor;
  }
}

}  // namespace
}  // namespace ropewalk
