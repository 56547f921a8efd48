// Processes that stop answering while they live: a stopped or traced warden, a host whose program is replaced or whose
// connection is closed. Also processes that tasks leave behind in large numbers.

#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace ropewalk {
namespace {

using test::Account;
using test::eventually;
using test::FailAt;
using test::Mark;
using test::options;
using test::plan;
using test::Process;
using test::rows;
using test::stage;
using testing::HasSubstr;

constexpr std::uint64_t kTasks = 12, kAt = 5;

struct Peers : test::Watched {
  ~Peers() override {
    engine_.reset();
    EXPECT_TRUE(eventually([&] { return mark_.processes().empty(); })) << mark_.list();
    for (const Process& process : mark_.processes()) ::kill(process.pid, SIGKILL);
  }
  pid_t warden() const {
    const auto wardens = mark_.processes("ropewalk-warden");
    return wardens.size() == 1 ? wardens.front().pid : -1;
  }
  Plan deed(const std::string& what, const std::string& executor = "process", std::int64_t count = 0) {
    return plan({stage(engine_->plugin("peer_deeds").value(), "do", kTasks,
                       {.executor = executor,
                        .workers = 3,
                        .with = {{.name = "deed", .constant = what},
                                 {.name = "at", .constant = std::int64_t{kAt}},
                                 {.name = "count", .constant = count}}})});
  }
  bool can_trace_ = false;
  Mark mark_;
  std::unique_ptr<Engine> engine_ = std::make_unique<Engine>(options());
};

/// Calls `act` when three tasks run.
struct WhenTasksRun final : Account {
  explicit WhenTasksRun(std::function<void()> act) : act(std::move(act)) {}
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    Account::tasks_started(t, stage, tasks);
    if (started >= 3 && !std::exchange(done, true)) act();
  }
  std::function<void()> act;
  bool done = false;
};

Plan sleeps(Engine& engine, const std::string& executor = "process") {
  return plan({stage(engine.plugin("sim").value(), "sleep", kTasks,
                     {.executor = executor, .workers = 3, .with = {{.name = "seconds", .constant = 0.05}}})});
}

// --- the warden ---

TEST_F(Peers, P17_ATaskCannotKillStopOrTraceTheWardenOrTheEngineIfTheKernelHasFilters) {
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    SCOPED_TRACE(executor);
    auto of_one_thread =
        stage(engine_->plugin("peer_deeds").value(), "signals", 1, {.executor = executor, .workers = 1});
    const RunResult result = engine_->run(plan({of_one_thread}), {.keep_results = true});
    ASSERT_EQ(rows(result).size(), 1u);
    const auto row = rows(result).front();
    ASSERT_EQ(row.outcome, Outcome::succeeded) << row.message;
    if (!*row.value.as_map()->at("filtered").as_bool()) GTEST_SKIP() << "the kernel accepts no filter from this user";
    EXPECT_EQ(*row.value.as_map()->at("allowed").as_text(), "kill warden 0, signal a child");
  }
}

TEST_F(Peers, P17_AStoppedWardenIsContinuedAndNoTaskIsAffected) {
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    SCOPED_TRACE(executor);
    const pid_t before = warden();
    // The running tasks end, and the next host cannot be started or reaped by a stopped warden.
    WhenTasksRun account([&] {
      ::kill(warden(), SIGSTOP);
      for (const Process& host : mark_.processes("ropewalk-host")) ::kill(host.pid, SIGKILL);
    });
    const RunResult result = engine_->run(sleeps(*engine_, executor), account);
    EXPECT_TRUE(account.done);
    EXPECT_FALSE(result.broken) << result.why;
    EXPECT_EQ(account.endings.size(), kTasks);
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
    EXPECT_GE(result.stages.at(0).succeeded, kTasks - 3);
    if (before > 0) {
      EXPECT_EQ(warden(), before);
    }
  }
}

TEST_F(Peers, P17_AWardenStoppedAtTheEndOfTheRunStillEnds) {
  engine_->run(sleeps(*engine_));
  ASSERT_EQ(::kill(warden(), SIGSTOP), 0);
  engine_.reset();
  EXPECT_TRUE(mark_.processes().empty()) << mark_.list();
}

TEST_F(Peers, P17_ATracedWardenIsReplacedAndEveryTaskSucceeds) {
  pid_t tracer = 0;
  WhenTasksRun account([&] {
    const pid_t traced = warden();
    int channel[2];
    ASSERT_EQ(::pipe(channel), 0);
    tracer = ::fork();
    if (tracer == 0) {
      const bool attached =
          ::ptrace(PTRACE_ATTACH, traced, nullptr, nullptr) == 0 && ::waitpid(traced, nullptr, __WALL) == traced;
      (void)!::write(channel[1], attached ? "+" : "-", 1);
      for (;;) ::pause();
    }
    char answer = 0;
    ASSERT_EQ(::read(channel[0], &answer, 1), 1);
    ::close(channel[0]);
    ::close(channel[1]);
    can_trace_ = answer == '+';
    // Without a warden they cannot be replaced.
    for (const Process& host : mark_.processes("ropewalk-host")) ::kill(host.pid, SIGKILL);
  });
  const RunResult result = engine_->run(sleeps(*engine_), account);
  ::kill(tracer, SIGKILL);
  ::waitpid(tracer, nullptr, 0);
  if (!can_trace_) GTEST_SKIP() << "this user may not trace a process of its own";
  EXPECT_FALSE(result.broken) << result.why;
  EXPECT_EQ(result.stages.at(0).succeeded, kTasks);
  engine_.reset();
}

TEST_F(Peers, P17_AWardenThatNeverAnswersIsReplacedAndEveryTaskSucceeds) {
  const FailAt point("warden.answer=sleep:3600000ms@1");
  const Plan one = plan({stage(engine_->plugin("sim").value(), "sleep", 60,
                               {.workers = 2, .with = {{.name = "seconds", .constant = 1.0}}})});
  Account account;
  const RunResult result = engine_->run(one, account);
  EXPECT_FALSE(result.broken) << result.why;
  EXPECT_EQ(result.stages.at(0).succeeded, 60u);
  EXPECT_GE(point.hits(), 2u) << "the second warden answers";
  engine_.reset();
}

// --- hosts ---

struct PeersOn : Peers, testing::WithParamInterface<std::string> {
  /// Without a timeout, which thus cannot help.
  Account::Ending ending_of(const std::string& what) {
    SCOPED_TRACE(what);
    Account account;
    const RunResult result = engine_->run(deed(what, GetParam()), account, {.keep_results = true});
    EXPECT_FALSE(result.broken) << result.why;
    EXPECT_EQ(rows(result).size(), kTasks);
    for (const auto& row : rows(result)) {
      if (row.index == kAt) continue;
      EXPECT_EQ(row.outcome, Outcome::succeeded) << row.index << ": " << row.message;
    }
    for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(account.endings[i].times, 1) << i;
    last_ = account.endings[kAt].message;
    return account.endings[kAt];
  }
  std::string last_;
};
INSTANTIATE_TEST_SUITE_P(Every, PeersOn,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(PeersOn, W13_ATaskThatReplacesItsProgramFailsAndIsNotWaitedFor) {
  for (const char* what : {"exec_sleep", "swap_socket"}) {
    const Account::Ending ending = ending_of(what);
    EXPECT_EQ(ending.outcome, Outcome::failed) << what << ": " << ending.message;
    EXPECT_THAT(ending.message, HasSubstr("replaced the program of its process (exec)")) << what;
  }
  const Account::Ending ended = ending_of("exec_true");
  EXPECT_TRUE(ended.outcome == Outcome::exited || ended.outcome == Outcome::failed) << ended.message;
}

TEST_P(PeersOn, W13_ATaskThatClosesTheConnectionOfItsHostFailsAndIsNotWaitedFor) {
  const Account::Ending ending = ending_of("shut_socket");
  EXPECT_EQ(ending.outcome, Outcome::failed) << ending.message;
  EXPECT_THAT(ending.message, HasSubstr("closed the connection of its host to the engine"));
}

TEST_P(PeersOn, W13_AThreadThatATaskLeftWithoutSystemCallsRunsNoOtherTask) {
  for (int round = 0; round < 3; ++round) EXPECT_EQ(ending_of("refuse_calls").outcome, Outcome::succeeded) << last_;
}

struct StoppedOn : PeersOn {};
INSTANTIATE_TEST_SUITE_P(Every, StoppedOn, testing::Values("thread", "process", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(StoppedOn, S09_ATaskThatStopsItsProcessFailsWithoutATimeoutAndIsNotWaitedFor) {
  const Account::Ending ending = ending_of("stop_self");
  EXPECT_EQ(ending.outcome, Outcome::failed) << ending.message;
  EXPECT_EQ(ending.message, "the task's process was stopped and did not continue within 10 s");
}

TEST_F(Peers, S09_ATaskThatHasItsProcessTracedFailsWithoutATimeout) {
  Account account;
  engine_->run(deed("trace_self"), account);
  EXPECT_EQ(account.endings[kAt].message, "the task's process was stopped and did not continue within 10 s");
  EXPECT_EQ(account.endings.size(), kTasks);
}

#if ROPEWALK_FAILPOINTS

/// On a kernel that accepts no filter.
TEST_P(PeersOn, P17_ATaskThatStopsTheWardenStallsNoOther) {
  const FailAt point("warden.shield=err:EPERM");
  EXPECT_EQ(ending_of("stop_parent").outcome, Outcome::succeeded);
  const Account::Ending ending = ending_of("stop_parent_and_die");
  EXPECT_EQ(ending.outcome, Outcome::crashed) << ending.message;
  EXPECT_THAT(ending.message, HasSubstr("SIGABRT"));
}

TEST_P(PeersOn, P17_ATaskThatTracesTheWardenStallsNoOther) {
  const FailAt point("warden.shield=err:EPERM");
  EXPECT_EQ(ending_of("trace_parent").outcome, Outcome::succeeded);
}

#endif

// --- hosts that are struck from outside ---

struct StruckOn : PeersOn {
  /// The first task strikes when `victims` others run. Lines of each other task: how often it ran.
  void strike(int signal, std::int64_t victims, std::int64_t timeout_ns) {
    const test::Scratch folder;
    auto struck = stage(engine_->plugin("peer_deeds").value(), "strike", kTasks,
                        {.executor = GetParam(),
                         .workers = 3,
                         .with = {{.name = "folder", .constant = folder.path().string()},
                                  {.name = "signal", .constant = std::int64_t{signal}},
                                  {.name = "victims", .constant = victims}}});
    struck.timeout_ns = timeout_ns;
    Account account;
    const RunResult result = engine_->run(plan({struck}), account, {.grace = std::chrono::nanoseconds(100'000'000)});
    EXPECT_EQ(result.stages.at(0).succeeded, kTasks) << result.why;
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index << ": " << ending.message;
    std::int64_t runs = 0;
    for (std::uint64_t i = 1; i < kTasks; ++i) {
      const std::string lines = test::whole_file(folder.path() / ("task" + std::to_string(i)));
      runs += std::count(lines.begin(), lines.end(), '\n');
    }
    EXPECT_EQ(runs, static_cast<std::int64_t>(kTasks) - 1 + victims) << "those that were struck run again, no others";
  }
};
INSTANTIATE_TEST_SUITE_P(Every, StruckOn, testing::Values("process", "process-per-task"),
                         [](const auto& info) { return info.param == "process" ? "process" : "process_per_task"; });

TEST_P(StruckOn, W01_ATaskThatKillsTheHostsOfOthersCostsNobody) { strike(SIGKILL, 2, 0); }

TEST_P(StruckOn, W13_ATaskThatStopsTheHostsOfOthersCostsNobodyEvenIfTheirTimeoutIsShort) {
  strike(SIGSTOP, 2, 3'000'000'000);
}

TEST_P(StruckOn, W13_ATaskThatStopsTheHostsOfOthersCostsNobodyWithoutATimeout) { strike(SIGSTOP, 2, 0); }

// --- what tasks leave behind ---

TEST_P(PeersOn, C04_OrphansThatHaveEndedAreReapedWhileTheirTaskRuns) {
  EXPECT_EQ(ending_of("make_orphans").outcome, Outcome::succeeded) << last_;
}

TEST_P(PeersOn, C04_ChildrenThatATaskWaitsForKeepTheirStatus) {
  EXPECT_EQ(ending_of("wait_for_children").outcome, Outcome::succeeded) << last_;
}

struct OrphanOn : PeersOn {};
INSTANTIATE_TEST_SUITE_P(Every, OrphanOn, testing::Values("process", "process-per-task"),
                         [](const auto& info) { return info.param == "process" ? "process" : "process_per_task"; });

TEST_P(OrphanOn, C02_AnOrphanOfATaskThatRunsOutlivesOtherHostsAndIsGoneWithItsOwn) {
  EXPECT_EQ(ending_of("keep_orphan").outcome, Outcome::succeeded) << last_;
  engine_.reset();
  EXPECT_TRUE(mark_.processes().empty()) << mark_.list();
}

TEST_F(Peers, C02_ThousandsOfSessionsThatATaskLeavesAreGoneWithTheEngine) {
  Account account;
  const RunResult result = engine_->run(deed("", "process", 2000), account);
  EXPECT_EQ(result.stages.at(0).succeeded, kTasks) << result.why;
  engine_.reset();
  EXPECT_TRUE(mark_.processes().empty()) << mark_.processes().size() << " are left when the engine is gone";
}

TEST_F(Peers, C02_ShortLivedProcessesThatLeaveAnotherOneAreCaught) {
  const RunResult result = engine_->run(deed("leave_hoppers"));
  EXPECT_EQ(result.stages.at(0).succeeded, kTasks) << result.why;
  engine_.reset();
  EXPECT_TRUE(mark_.processes().empty()) << mark_.list();
}

TEST_F(Peers, E01_ThousandsOfSessionsEndAfterTheEngineIsKilled) {
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  engine_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(test::kWatchdogSeconds);
    engine_ = std::make_unique<Engine>(options());
    engine_->run(deed("", "process", 2000));
    (void)!::write(channel[1], "!", 1);
    for (;;) ::pause();
  }
  ::close(channel[1]);
  char byte = 0;
  ASSERT_EQ(::read(channel[0], &byte, 1), 1);
  ::close(channel[0]);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  // The destructor checks whether any is left.
}

#if ROPEWALK_FAILPOINTS

TEST_F(Peers, C10_AnUnkillableProcessIsReportedAfterTheRunAndNotWaitedFor) {
  testing::internal::CaptureStderr();  // which the warden shares
  {
    const FailAt point("warden.kill_stray=err:EPERM");
    // Each host runs one task, so the deaths of the others also examine what this one left behind.
    const RunResult result = engine_->run(deed("", "process-per-task", 2));
    EXPECT_EQ(result.stages.at(0).succeeded, kTasks) << result.why;
    engine_.reset();
  }
  const std::vector<Process> left = mark_.processes();
  EXPECT_EQ(left.size(), 2u) << mark_.list();
  for (const Process& process : left) ::kill(process.pid, SIGKILL);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("ropewalk: 2 processes \\(.*, .*\\) that tasks started could not be ended\n"));
}

// --- hosts that wait, and hosts that start ---

TEST_F(Peers, R16_OnlyAsManyHostsStartAtOnceAsTheMachineCanHandle) {
  // One host of the first start describes the plugin. All others stop where they are.
  const FailAt point("host.hello=sleep:3600000ms@2+");
  const std::size_t most = 4 * std::max(1u, std::thread::hardware_concurrency());
  struct Ticks final : Account {
    Ticks(Engine& engine, const Mark& mark) : engine(engine), mark(mark) {}
    void tick(std::int64_t) override {
      starting = std::max(starting, mark.processes("ropewalk-host").size());
      if (++ticks == 30) engine.stop(StopLevel::kill);
    }
    Engine& engine;
    const Mark& mark;
    std::size_t starting = 0;
    int ticks = 0;
  } account(*engine_, mark_);
  engine_->run(plan({stage(engine_->plugin("sim").value(), "sleep", 400,
                           {.workers = 200, .with = {{.name = "seconds", .constant = 0.1}}})}),
               account, {.grace = std::chrono::nanoseconds(100'000'000)});
  EXPECT_GE(account.starting, 2u);
  EXPECT_LE(account.starting, most + 1);
  engine_.reset();
}

#endif

/// How often the threads of these processes have gone to sleep.
std::uint64_t sleeps_of(const std::vector<Process>& processes) {
  std::uint64_t sum = 0;
  for (const Process& process : processes) {
    std::error_code error;
    for (const auto& thread :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process.pid) + "/task", error)) {
      const std::string status = test::whole_file(thread.path() / "status");
      const std::string name = "\nvoluntary_ctxt_switches:";
      if (const std::size_t at = status.find(name); at != std::string::npos)
        sum += std::strtoull(status.c_str() + at + name.size(), nullptr, 10);
    }
  }
  return sum;
}

TEST_F(Peers, R16_HostsWithoutWorkSleepWithoutWaking) {
  engine_->run(sleeps(*engine_));
  struct Ticks final : Account {
    Ticks(Engine& engine, std::vector<Process> idle) : engine(engine), idle(std::move(idle)) {}
    void tick(std::int64_t) override {
      ++ticks;
      if (ticks == 5) before = sleeps_of(idle);
      if (ticks == 25) after = sleeps_of(idle), engine.stop(StopLevel::kill);
    }
    Engine& engine;
    std::vector<Process> idle;
    std::uint64_t before = 0, after = 0;
    int ticks = 0;
  } account(*engine_, mark_.processes("ropewalk-host"));
  ASSERT_GE(account.idle.size(), 1u);
  // A task of another plugin, which has its own host.
  engine_->run(plan({stage(engine_->plugin("shell").value(), "run", 1,
                           {.with = {{.name = "command", .constant = "sleep 100000"}}})}),
               account, {.grace = std::chrono::nanoseconds(100'000'000)});
  EXPECT_NE(account.before, 0u);
  // A thread that was not yet asleep goes to sleep once.
  EXPECT_LE(account.after, account.before + 2 * account.idle.size())
      << "within twenty ticks, of " << account.idle.size() << " hosts";
}

TEST_F(Peers, R08_IdleHostsOfOtherKeysEndBeyondALimit) {
  constexpr unsigned kStages = 120;
  std::vector<PlannedStage> stages;
  for (unsigned i = 0; i < kStages; ++i) {
    stages.push_back(stage(engine_->plugin("sim").value(), "noop", 1, {.name = "s" + std::to_string(i), .workers = 1}));
    if (i != 0) stages.back().needs = {i - 1};
    stages.back().env = {{"STAGE", std::to_string(i)}};
  }
  struct Most final : Account {
    explicit Most(const Mark& mark) : mark(mark) {}
    void stage_started(std::int64_t, const StageStarted&) override {
      most = std::max(most, mark.processes("ropewalk-host").size());
    }
    const Mark& mark;
    std::size_t most = 0;
  } account(mark_);
  const RunResult result = engine_->run(plan(std::move(stages)), account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_GE(account.most, 20u) << "hosts are kept for the next stage";
  EXPECT_LE(account.most, 100u) << "32, and those that are on their way out";
  engine_.reset();
}

}  // namespace
}  // namespace ropewalk
