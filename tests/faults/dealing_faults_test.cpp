// Hosts that are killed, delayed or never started at each store of the dealing protocol. At every such moment, each
// task ends exactly once, no task is blamed for another's fault, and nothing waits forever.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "faults/fail_at.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <set>
#include <sstream>
#include <thread>

#if ROPEWALK_FAILPOINTS

namespace ropewalk {
namespace {

using test::Account;
using test::FailAt;
using test::Mark;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000;

/// A run whose tasks each append a line to a file, so that effects can be compared with reports.
struct Dealing : test::Watched {
  struct Seen {
    RunResult result;
    Account account;
    std::map<std::uint64_t, int> done;  // lines of each task
    std::vector<std::uint64_t> failed;
  };
  Seen run(const std::string& points, std::uint64_t tasks, test::StageOptions how, std::int64_t grace_ns = 300 * kMs) {
    const test::Scratch folder;
    const std::string file = folder / "effects";
    const FailAt fail(points);
    Engine engine(options());
    how.with = {{.name = "file", .constant = file}};
    Seen seen;
    seen.result = engine.run(plan({stage(engine.plugin("zoo").value(), "effects", tasks, how)}), seen.account,
                             {.keep_results = true, .grace = std::chrono::nanoseconds(grace_ns)});
    // A worker that always has a next task never sleeps.
    EXPECT_TRUE(fail.hits() >= 1 || points.starts_with("sleep")) << points << ": nobody came by, so nothing was tested";
    std::istringstream lines(test::content(file));
    for (std::uint64_t index = 0, attempt = 0; lines >> index >> attempt;) ++seen.done[index];
    for (const auto& row : rows(seen.result)) {
      if (row.outcome != Outcome::succeeded)
        seen.failed.push_back(row.index);
      else
        EXPECT_EQ(row.value, Value(Map{{"index", static_cast<std::int64_t>(row.index)}})) << points;
    }
    for (std::uint64_t i = 0; i < tasks; ++i)
      EXPECT_EQ(seen.account.endings[i].times, 1) << points << ": task " << i << " must end exactly once";
    return seen;
  }
};

constexpr std::uint64_t kTasks = 12;

TEST_F(Dealing, W02_AHostKilledBeforeItBeginsATaskBlamesNoTask) {
  for (const char* point : {"begin.before_store", "sleep.before_wait"}) {
    for (int hit = 1; hit <= 14; ++hit) {
      const std::string points = std::string(point) + "=kill@" + std::to_string(hit);
      const Seen seen = run(points, kTasks, {.executor = "process", .workers = 2});
      EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << seen.result.why;
      for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(seen.done.at(i), 1) << points << " task " << i;
    }
  }
}

TEST_F(Dealing, W03_KilledBeforePublishingOnlyThatTaskRunsAgainAndNoHalfResultIsRead) {
  for (const char* point : {"begin.after_store", "result.before_write", "result.before_publish"}) {
    for (std::uint64_t hit = 1; hit <= kTasks; ++hit) {
      const std::string points = std::string(point) + "=kill@" + std::to_string(hit);
      Seen seen = run(points, kTasks, {.executor = "process", .workers = 2});
      EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << seen.result.why;
      // Its effects show that it is the only one that ran twice.
      int runs = 0;
      for (std::uint64_t i = 0; i < kTasks; ++i) {
        EXPECT_GE(seen.done[i], 1) << points << " task " << i;
        runs += seen.done[i];
      }
      EXPECT_EQ(runs, static_cast<int>(kTasks) + (std::string(point) == "begin.after_store" ? 0 : 1)) << points;
    }
  }
}

/// The kernel does not report the sender of SIGKILL. What is killed three times, at least twice alone, is likely to
/// send it.
TEST_F(Dealing, W01_AnAttemptThatIsKilledThreeTimesHasCrashedAndIsTriedAgainWhereThatIsWanted) {
  for (const char* executor : {"process", "process-per-task"}) {
    for (const unsigned retries : {0u, 1u}) {
      const test::Scratch folder;
      const std::string file = folder / "effects";
      Engine engine(options());
      Account account;
      const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "effects", kTasks,
                                                      {.executor = executor,
                                                       .workers = 2,
                                                       .with = {{.name = "file", .constant = file},
                                                                {.name = "die_at", .constant = std::int64_t{4}},
                                                                {.name = "first", .constant = std::int64_t{1}}},
                                                       .retries = {.max = retries}})}),
                                          account);
      EXPECT_EQ(result.stages[0].retried, retries) << executor;
      EXPECT_EQ(account.endings[4].outcome, retries == 0 ? Outcome::crashed : Outcome::succeeded) << executor;
      EXPECT_EQ(account.endings[4].detail, retries == 0 ? SIGKILL : 0) << executor;
      EXPECT_EQ(result.stages[0].succeeded, kTasks - 1 + retries) << executor;
      std::map<std::string, int> lines;
      std::istringstream effects(test::content(file));
      for (std::string line; std::getline(effects, line);) ++lines[line];
      EXPECT_EQ(lines["4 1"], 3) << executor;
      EXPECT_EQ(lines["4 2"], static_cast<int>(retries)) << executor;
      EXPECT_EQ(lines["3 1"], 1) << executor;
    }
  }
}

TEST_F(Dealing, W04_TheResultOfAHostKilledBeforeRingingIsFoundAndNothingRunsAgain) {
  for (std::uint64_t hit = 1; hit <= kTasks; ++hit) {
    const std::string points = "result.before_wake=kill@" + std::to_string(hit);
    const Seen seen = run(points, kTasks, {.executor = "process", .workers = 2});
    EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << seen.result.why;
    for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(seen.done.at(i), 1) << points << " task " << i;
  }
}

TEST_F(Dealing, W05_AThreadHostKilledAtEachStoreLosesNoTask) {
  for (const char* executor : {"thread", "thread-per-task"}) {
    for (const char* point : {"begin.before_store", "begin.after_store", "result.before_write", "result.before_publish",
                              "result.before_wake", "sleep.before_wait"}) {
      for (int hit = 1; hit <= 13; hit += 3) {
        const std::string points = std::string(point) + "=kill@" + std::to_string(hit);
        Seen seen = run(points, kTasks, {.executor = executor, .workers = 3});
        EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << seen.result.why;
        for (std::uint64_t i = 0; i < kTasks; ++i)
          EXPECT_LE(seen.done[i], 2) << points << " task " << i << " ran more than once beside being a suspect";
      }
    }
  }
}

TEST_F(Dealing, W05_RepeatedlyDyingHostsNeverStopTheOthers) {
  // Every third result kills its host while this lasts; the next host makes progress.
  std::string points;
  for (int hit = 3; hit <= 30; hit += 3)
    points += (points.empty() ? "" : ",") + std::string("result.before_wake=kill@") + std::to_string(hit);
  const Seen seen = run(points, 40, {.executor = "process", .workers = 3});
  EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << seen.result.why;
  EXPECT_GE(seen.account.hosts.size(), 11u);
  for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(seen.done.at(i), 1) << i;
}

TEST_F(Dealing, W16_AResultAfterTheTimeoutIsDiscarded) {
  // Late, but before the host is killed for it.
  Seen seen = run("result.before_publish=sleep:4000ms@3", kTasks, {.executor = "process", .timeout_ns = 500 * kMs},
                  300'000 * kMs);
  ASSERT_EQ(seen.failed.size(), 1u);
  EXPECT_EQ(seen.account.endings[seen.failed[0]].outcome, Outcome::timed_out);
  EXPECT_EQ(seen.account.endings[seen.failed[0]].message, "the task ran longer than its timeout of 500 ms");
  for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(seen.done.at(i), 1) << i;
}

TEST_F(Dealing, W16_TheLateResultOfOneAttemptIsNeverUsedForTheNext) {
  for (const std::int64_t grace_ns : {100 * kMs, 300'000 * kMs}) {  // the host is killed; it responds in time
    Seen seen = run("result.before_publish=sleep:4000ms@3", kTasks,
                    {.executor = "process", .timeout_ns = 500 * kMs, .retries = {.max = 1}}, grace_ns);
    EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << seen.result.why;
    EXPECT_EQ(seen.result.stages[0].retried, 1u);
    int twice = 0;
    for (std::uint64_t i = 0; i < kTasks; ++i) twice += seen.done.at(i) == 2;
    EXPECT_EQ(twice, 1);
  }
}

TEST_F(Dealing, W18_R09_WithoutAnyHostTheRunEndsWithTheCauseAndNothingHangs) {
  // The first host, which described the plugin, is replaced after one task; no other host can start.
  const FailAt fail("warden.spawn=err:EAGAIN@2+");
  EngineOptions young = options();
  young.recycle_after_tasks = 1;
  Engine engine(young);
  const RunResult result =
      engine.run(plan({stage(engine.plugin("zoo").value(), "effects", 6,
                             {.executor = "process", .with = {{.name = "file", .constant = "/dev/null"}}})}));
  EXPECT_TRUE(result.broken);
  EXPECT_THAT(result.why, HasSubstr("the limit of processes and threads is reached"));
  EXPECT_EQ(result.tasks(), 6u);
  EXPECT_EQ(result.stages[0].succeeded, 1u);
  EXPECT_EQ(result.stages[0].not_started, 5u);
}

TEST_F(Dealing, AHostOfOneTaskKeepsItsPlaceUntilItsTaskHasEndedThoughItIsToBeReplaced) {
  struct AtOnce final : Observer {
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted> tasks) override {
      most = std::max(most, running += tasks.size());
    }
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      running -= tasks.size();
    }
    std::size_t running = 0, most = 0;
  } at_once;
  EngineOptions young = options();
  young.recycle_after_tasks = 1;
  Engine engine(young);
  const RunResult result = engine.run(
      plan({stage(engine.plugin("sim").value(), "sleep", 8,
                  {.executor = "process-per-task", .workers = 1, .with = {{.name = "seconds", .constant = 0.02}}})}),
      at_once);
  EXPECT_EQ(result.stages[0].succeeded, 8u);
  EXPECT_EQ(at_once.most, 1u) << "the stage has one worker";
}

TEST_F(Dealing, W05_AZygoteOrItsChildKilledAtEachStepLosesNothing) {
  for (const char* point : {"zygote.before_fork", "zygote.after_fork", "forked.at_birth"}) {
    for (int hit = 1; hit <= 12; hit += 2) {
      const std::string points = std::string(point) + "=kill@" + std::to_string(hit);
      const Seen seen = run(points, kTasks, {.executor = "process-per-task", .workers = 3});
      EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << ": " << seen.result.why;
      EXPECT_TRUE(seen.result.failures.empty()) << points;
      // A child that the zygote could no longer report is killed; its begun task runs again.
      int again = 0;
      for (std::uint64_t i = 0; i < kTasks; ++i) again += seen.done.at(i) - 1;
      EXPECT_LE(again, std::string(point) == "zygote.after_fork" ? 1 : 0) << points;
    }
  }
}

TEST_F(Dealing, R09_AZygoteThatTemporarilyCannotForkLosesNothing) {
  for (const char* points :
       {"zygote.fork=err:EAGAIN@1", "zygote.fork=err:EAGAIN@4", "zygote.fork=err:ENOMEM@2,zygote.fork=err:ENOMEM@5"}) {
    const Seen seen = run(points, kTasks, {.executor = "process-per-task", .workers = 3});
    EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << ": " << seen.result.why;
    for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_EQ(seen.done.at(i), 1) << points << " task " << i;
  }
}

TEST_F(Dealing, W18_AZygoteThatCanNeverForkEndsTheRunWithTheReason) {
  const FailAt fail("zygote.fork=err:EAGAIN");
  Engine engine(options());
  const RunResult result =
      engine.run(plan({stage(engine.plugin("zoo").value(), "effects", 6,
                             {.executor = "process-per-task", .with = {{.name = "file", .constant = "/dev/null"}}})}));
  EXPECT_TRUE(result.broken);
  EXPECT_THAT(result.why, HasSubstr("the limit of processes and threads is reached"));
  EXPECT_EQ(result.stages[0].succeeded + result.stages[0].not_started, 6u);
}

TEST_F(Dealing, W18_R09_IfFewerHostsCanStartTheyDoAllTheWork) {
  for (const char* points : {"warden.spawn=err:EAGAIN@2+", "warden.spawn=err:EAGAIN@3+", "warden.spawn=err:ENOMEM@2",
                             "host.thread=err:EAGAIN@1", "host.thread=err:EAGAIN@2"}) {
    Seen seen = run(points, 40, {.executor = "process", .workers = 4});
    EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << points << ": " << seen.result.why;
    for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(seen.done[i], 1) << points << " task " << i;
  }
}

TEST_F(Dealing, R09_ALongRunningTaskIsNotAbandonedBecauseHostsCannotStart) {
  const FailAt fail("warden.spawn=err:EAGAIN@2+");
  Engine engine(options());
  Account account;
  const RunResult result =
      engine.run(plan({stage(engine.plugin("sim").value(), "sleep", 6,
                             {.executor = "process", .workers = 6, .with = {{.name = "seconds", .constant = 0.15}}})}),
                 account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_THAT(account.warnings,
              testing::ElementsAre(HasSubstr(
                  "goes on with 1 host: a host could not be started: the limit of processes and threads is reached")));
}

TEST_F(Dealing, R09_AThreadHostWithoutItsThreadsIsReplaced) {
  const Seen seen = run("host.thread=err:EAGAIN@3", kTasks, {.executor = "thread", .workers = 4});
  EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << seen.result.why;
}

TEST_F(Dealing, R07_R10_IfOnlySomeBoardsFitTheyDoAllTheWorkAndOneWarningIsReported) {
  for (int hit = 1; hit <= 4; ++hit) {
    const test::Scratch folder;
    Engine engine(options());
    const auto plugin = engine.plugin("zoo").value();
    const FailAt fail("board.memory=err:ENOMEM@" + std::to_string(hit) + "+", FailAt::Here::yes);
    Account account;
    const RunResult result =
        engine.run(plan({stage(plugin, "effects", 20,
                               {.executor = "process",
                                .workers = 4,
                                .with = {{.name = "file", .constant = (folder / "effects").string()}}})}),
                   account);
    if (hit == 1) {
      EXPECT_TRUE(result.broken);
      EXPECT_THAT(result.why, HasSubstr("Cannot allocate memory"));
      EXPECT_EQ(result.stages[0].not_started, 20u);
    } else {
      EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
      EXPECT_THAT(account.warnings,
                  testing::ElementsAre(HasSubstr("goes on with " + std::to_string(hit - 1) + " host")));
    }
  }
}

TEST_F(Dealing, R01_R05_ResultsBeyondTheDiskEndTheRunWithTheReason) {
  for (const char* error : {"ENOSPC", "EIO"}) {
    Engine engine(options());
    const auto plugin = engine.plugin("zoo").value();
    const FailAt fail(std::string("spool.write=err:") + error, FailAt::Here::yes);
    Account account;
    const RunResult result = engine.run(
        plan({stage(plugin, "big_result", 200,
                    {.executor = "process", .with = {{.name = "size", .constant = std::int64_t{100'000}}}})}),
        account, {.keep_results = true});
    EXPECT_TRUE(result.broken);
    EXPECT_THAT(result.why, HasSubstr(std::string(error) == "EIO" ? "Input/output error" : "No space left"));
    std::uint64_t times = 0;
    for (const auto& [index, ending] : account.endings) times += ending.times;
    EXPECT_EQ(times, result.tasks()) << "each task has ended once, as what it was";
  }
}

TEST_F(Dealing, W03_R10_LargeResultsSurviveAHostKilledAroundSendingThem) {
  for (const char* action : {"blob.before_send=kill@2", "blob.after_send=kill@2", "board.blob=err:ENOMEM@2"}) {
    const FailAt fail(action);
    Engine engine(options());
    const auto plugin = engine.plugin("zoo").value();
    Account account;
    const RunResult result = engine.run(
        plan({stage(plugin, "big_result", 6,
                    {.executor = "process", .with = {{.name = "size", .constant = std::int64_t{2'000'000}}}})}),
        account, {.keep_results = true});
    int failed = 0;
    for (const auto& row : rows(result)) {
      EXPECT_EQ(account.endings[row.index].times, 1);
      if (row.outcome != Outcome::succeeded)
        ++failed;
      else
        EXPECT_EQ(row.value.as_map()->at("text"), Value(std::string(2'000'000, 'x')));
    }
    // What was killed once runs again. Without memory for its result a task fails.
    EXPECT_EQ(failed, std::string(action).starts_with("board.") ? 1 : 0) << action;
  }
}

TEST_F(Dealing, R10_ParametersBeyondMemoryEndTheRunWithTheReason) {
  Engine engine(options());
  const auto plugin = engine.plugin("zoo").value();
  const FailAt fail("board.blob=err:ENOMEM", FailAt::Here::yes);
  const RunResult result =
      engine.run(plan({stage(plugin, "every_type", 4,
                             {.executor = "process", .with = {{.name = "text", .make = [](const Value&, std::uint64_t) {
                                                                 return Value(std::string(2'000'000, 'y'));
                                                               }}}})}));
  EXPECT_TRUE(result.broken);
  EXPECT_THAT(result.why, HasSubstr("no memory for the parameters"));
  EXPECT_EQ(result.tasks(), 4u);
}

TEST_F(Dealing, W09_AHostKilledBeforeItsHelloIsReplaced) {
  for (int hit = 2; hit <= 4; ++hit) {
    const Seen seen = run("host.hello=kill@" + std::to_string(hit), kTasks, {.executor = "process", .workers = 3});
    EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << hit << seen.result.why;
  }
}

/// Acts at `times` consecutive hits from `first` on. Each entry counts the hits at which no earlier entry acted.
std::string at_hits(const std::string& point_and_action, int first, int times) {
  std::string points;
  for (int i = 0; i < times; ++i) points += (i == 0 ? "" : ",") + point_and_action + "@" + std::to_string(first);
  return points;
}

/// Sends a signal to each host as soon as it reaches the failpoint.
class Killer {
 public:
  Killer(const FailAt& fail, const Mark& mark, int signal, std::uint64_t times)
      : thread_([=, this, &fail, &mark] {
          for (std::uint64_t killed = 0; killed < times && !over_;
               std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
            if (fail.hits() <= killed) continue;
            ++killed;
            for (const test::Process& host : mark.processes("ropewalk-host")) ::kill(host.pid, signal);
          }
        }) {}
  ~Killer() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

TEST_F(Dealing, W09_HostsKilledFromOutsideBeforeTheyBeginATaskDoNotFailTheStageWhateverTheSignal) {
  for (const int signal : {SIGABRT, SIGHUP}) {
    SCOPED_TRACE(::strsignal(signal));
    constexpr int kKilled = 16;  // takes over a second: the pauses between their starts alone are 1.1 s
    const Mark mark;
    const FailAt fail(at_hits("begin.before_store=sleep:6000000ms", 1, kKilled));
    Engine engine(options());
    const auto plugin = engine.plugin("zoo").value();
    const Killer killer(fail, mark, signal, kKilled);
    const test::Scratch folder;
    Account account;
    const RunResult result =
        engine.run(plan({stage(plugin, "effects", kTasks,
                               {.executor = "process",
                                .workers = 1,
                                .with = {{.name = "file", .constant = (folder / "effects").string()}}})}),
                   account);
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_THAT(account.warnings, testing::IsEmpty());
    EXPECT_GE(account.ends.size(), std::size_t{kKilled});
  }
}

TEST_F(Dealing, W09_WhenEveryHostIsKilledFromOutsideTheCauseTheCountAndTheFixAreReported) {
  for (const char* executor : {"process", "thread"}) {
    SCOPED_TRACE(executor);
    const test::Scratch folder;
    // the first host describes the plugin and runs five tasks; the next ones are killed
    const FailAt fail("host.hello=kill@2+");
    EngineOptions young = options();
    young.recycle_after_tasks = 5;
    Engine engine(young);
    Account account;
    const RunResult result =
        engine.run(plan({stage(engine.plugin("zoo").value(), "effects", kTasks,
                               {.executor = executor,
                                .workers = 2,
                                .with = {{.name = "file", .constant = (folder / "effects").string()}}})}),
                   account, {.keep_results = true});
    EXPECT_TRUE(result.broken);
    EXPECT_THAT(result.why,
                testing::MatchesRegex(
                    "stage '.*': [0-9]+ of [0-9]+ hosts in a row were killed from outside before they began a task, "
                    "and no task has begun or ended for [0-9.]+ s; the last host was killed by "
                    // Tests beside this one exhaust memory, and the kernel counts such deaths for all processes.
                    "(SIGKILL; find out what kills processes named ropewalk-host .*, stop it, and start the run again"
                    "|the kernel, because the machine had no memory left; use fewer .*)"));
    EXPECT_EQ(result.stages.at(0).succeeded, 5u);
    EXPECT_EQ(result.stages.at(0).not_started, kTasks - 5);
    std::set<std::uint64_t> ran;
    std::istringstream lines(test::content(folder / "effects"));
    for (std::uint64_t index = 0, attempt = 0; lines >> index >> attempt;)
      EXPECT_TRUE(ran.insert(index).second) << index << " ran twice";
    for (const auto& [index, ending] : account.endings)
      EXPECT_EQ(ending.outcome, ran.contains(index) ? Outcome::succeeded : Outcome::not_started) << index;
    EXPECT_EQ(account.endings.size(), kTasks);
  }
}

TEST_F(Dealing, L06_PluginIsLoadedAgainUpToThreeTimesWhenItsHostIsKilledFromOutside) {
  for (int kills = 1; kills <= 3; ++kills) {
    const FailAt fail(at_hits("host.hello=kill", 1, kills));
    Engine engine(options());
    const auto plugin = engine.plugin("zoo");
    EXPECT_TRUE(plugin.has_value()) << kills << ": " << plugin.error().list.front().message;
    EXPECT_EQ(fail.hits(), kills + 1u);
  }
}

TEST_F(Dealing, L06_AfterFourKilledHostsTheErrorBlamesTheKillerNotThePlugin) {
  const FailAt fail("host.hello=kill");
  Engine engine(options());
  const auto plugin = engine.plugin("zoo");
  ASSERT_FALSE(plugin.has_value());
  const Error error = plugin.error().list.front();
  EXPECT_EQ(error.code, "P111");
  EXPECT_EQ(error.message,
            "plugin 'zoo.so' could not be loaded: the process that loads it was killed from outside 4 times; the last "
            "one was killed by SIGKILL");
  ASSERT_FALSE(error.notes.empty());
  EXPECT_THAT(error.notes.front(), HasSubstr("find out what kills processes named ropewalk-host"));
  EXPECT_EQ(fail.hits(), 4u);
}

TEST_F(Dealing, L06_PluginIsLoadedAgainWhenTheWardenDiesWithItsHost) {
  const FailAt fail("warden.at_told=kill@1,host.hello=sleep:500ms@1");  // the first host is still loading
  Engine engine(options());
  const auto plugin = engine.plugin("zoo");
  EXPECT_TRUE(plugin.has_value()) << plugin.error().list.front().message;
}

TEST_F(Dealing, L06_PluginIsNotBlamedWhenEveryWardenDies) {
  const FailAt fail("warden.at_told=kill,host.hello=sleep:6000000ms");
  Engine engine(options());
  const auto plugin = engine.plugin("zoo");
  ASSERT_FALSE(plugin.has_value());
  EXPECT_EQ(plugin.error().list.front().code, "R101");
}

TEST_F(Dealing, W13_AHostStoppedDuringItsStartDelaysNoOther) {
  // After the host that describes the plugin; longer than the watchdog waits.
  const Seen seen = run("warden.before_exec=sleep:6000000ms@2", kTasks, {.executor = "process", .workers = 2});
  EXPECT_EQ(seen.result.outcome, Outcome::succeeded) << seen.result.why;
}

TEST_F(Dealing, W19_HostsOutliveTheThreadThatStartedThem) {
  Engine engine(options());
  const auto who = [&] {
    Account account;
    const RunResult result =
        engine.run(plan({stage(engine.plugin("zoo").value(), "who", 6, {.executor = "process", .workers = 2})}),
                   account, {.keep_results = true});
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_TRUE(account.ends.empty()) << account.ends[0];
    std::set<std::int64_t> pids;
    for (const auto& row : rows(result)) pids.insert(*row.value.as_map()->at("pid").as_int());
    return pids;
  };
  std::set<std::int64_t> before;
  std::thread([&] { before = who(); }).join();
  const std::set<std::int64_t> after = who();
  EXPECT_EQ(std::includes(before.begin(), before.end(), after.begin(), after.end()), true) << "the same hosts go on";
}

TEST_F(Dealing, W12_WhenMemoryRunsOutAHostIsKilledBeforeTheEngine) {
  const Mark mark;
  Engine engine(options());
  (void)engine.plugin("zoo").value();
  const std::string own = test::whole_file("/proc/self/oom_score_adj");
  for (const test::Process& process : mark.processes("ropewalk-host"))
    EXPECT_EQ(test::whole_file("/proc/" + std::to_string(process.pid) + "/oom_score_adj"), "500\n");
  for (const test::Process& process : mark.processes("ropewalk-warden"))
    EXPECT_EQ(test::whole_file("/proc/" + std::to_string(process.pid) + "/oom_score_adj"), own);
  EXPECT_EQ(mark.processes().size(), 2u) << mark.list();
}

}  // namespace
}  // namespace ropewalk

#endif
