// Ctrl-C, kill and careless parents.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Ten short tasks and two that ignore requests to stop.
std::string slow(const Folder& folder, const char* how) {
  return folder.file("slow.yaml", std::string(R"(
ropewalk: 1
name: slow
stages:
  - {name: s, task: )") + how + R"(, executor: process, workers: 2, foreach: {range: 10}}
)");
}

constexpr const char* kSleep = "sim.sleep, with: {seconds: 5000}";
constexpr const char* kStubborn = "sim.fail, with: {how: ignore_stop}";

/// Started, and two of its tasks run.
void wait_until_it_runs(const std::string& events) {
  ASSERT_TRUE(eventually([&] {
    const std::string text = read_file(events);
    return text.find("task_started", text.find("task_started") + 1) != std::string::npos;
  }));
}

TEST(Signals, S01_OneRequestsTheTasksToStopAndTheRunEndsByIt) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const Folder folder;
    const std::string events = folder.path("events");
    Program program(ropewalk_words({"run", "--json", "--events", events, slow(folder, kSleep)}));
    wait_until_it_runs(events);
    program.signal(number);
    const ProgramEnd ended = program.wait();
    EXPECT_EQ(ended.signal, number) << ended.err;
    EXPECT_THAT(ended.err,
                HasSubstr(number == SIGINT ? "finishing 2 running tasks; press Ctrl-C again to end them now\n"
                                           : "finishing 2 running tasks; a second signal ends them now\n"));
    const json run = json::parse(ended.out);
    EXPECT_EQ(run["outcome"], "cancelled");
    EXPECT_EQ(run["stages"][0]["tasks"], 10);
    EXPECT_EQ(run["stages"][0]["cancelled"], 2);
    EXPECT_EQ(run["stages"][0]["not_started"], 8);
    EXPECT_THAT(lines_of(read_file(events)).back(), HasSubstr("\"run_finished\""));
  }
}

TEST(Signals, S02_TwoKillTheTasksImmediately) {
  const Folder folder;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, slow(folder, kStubborn)}));
  wait_until_it_runs(events);
  program.signal(SIGINT);
  ASSERT_TRUE(program.said("finishing"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // sooner, it would count as one
  const auto second = std::chrono::steady_clock::now();
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT) << ended.err;
  EXPECT_LT(std::chrono::steady_clock::now() - second, std::chrono::seconds(9))
      << "it has waited for the end of their grace, which is ten seconds";
  EXPECT_THAT(ended.err, HasSubstr("ending 2 running tasks now\n"));
}

TEST(Signals, S01_OneEndsPlanningImmediately) {
  const Folder folder;
  const std::string workflow =
      folder.file("w.yaml", "ropewalk: 1\nstages:\n- {name: s, task: hangs_on_load.nothing}\n");
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    EXPECT_TRUE(eventually([&] {
      const std::string mark = folder.path("mark");
      std::filesystem::remove(mark);
      Program program(ropewalk_words({"run", "--plugins", ROPEWALK_TEST_PLUGINS, workflow}),
                      {.environment = {{"ROPEWALK_TEST_MARK", mark}}});
      const bool loading = eventually([&] { return std::filesystem::exists(mark); });
      program.signal(number);
      const ProgramEnd ended = program.wait();
      // The plugin has a limit of two seconds, which pass while a machine stands still. The test then tries again.
      if (ended.exit_code == 4) return false;
      EXPECT_TRUE(loading);
      EXPECT_EQ(ended.signal, number) << ended.err;
      EXPECT_EQ(ended.err, "");
      return true;
    }));
}

TEST(Signals, S11_AParentThatIgnoresSignalsChangesNothing) {
  const Folder folder;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, slow(folder, kSleep)}),
                  {.ignored_signals = {SIGINT, SIGCHLD, SIGPIPE}});
  wait_until_it_runs(events);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
}

TEST(Signals, S11_AParentThatBlocksSignalsChangesNothing) {
  for (const int number : {SIGINT, SIGTERM}) {
    const Folder folder;
    const std::string events = folder.path("events");
    Program program(ropewalk_words({"run", "--events", events, slow(folder, kSleep)}),
                    {.blocked_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGUSR1, SIGALRM}});
    wait_until_it_runs(events);
    program.signal(number);
    EXPECT_EQ(program.wait().signal, number);
  }
}

/// At any moment, the program ends by the signal or has ended successfully before. A begun run is reported to its end.
TEST(Signals, S01_AtAnyMomentOneEndsTheRunInOrder) {
  constexpr int kMoments = 40;
  const Folder folder;
  const std::string events = folder.path("events"), results = folder.path("results");
  const std::vector<std::string> words =
      ropewalk_words({"run", "--events", events, "--results", results, folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: many, task: sim.noop, executor: thread, workers: 2, foreach: {range: 20000}}
  - {name: each, task: sim.noop, executor: process-per-task, workers: 2, foreach: {range: 20}}
)")});
  const double whole_s = Program(words).wait().seconds;  // on this machine
  for (int moment = 0; moment < kMoments; ++moment) {
    std::filesystem::remove(events);
    std::filesystem::remove(results);
    Program program(words);
    std::this_thread::sleep_for(std::chrono::duration<double>(whole_s * moment / kMoments));
    program.signal(SIGINT);
    const ProgramEnd ended = program.wait();
    EXPECT_TRUE(ended.signal == SIGINT || ended.exit_code == 0)
        << moment << ": " << ended.exit_code << " " << ended.err;
    const std::vector<std::string> told = lines_of(read_file(events));
    if (told.empty()) continue;
    EXPECT_THAT(told.back(), HasSubstr("\"run_finished\"")) << moment;
    EXPECT_TRUE(std::filesystem::exists(results)) << moment;
  }
}

/// Nine of the tasks have ended, two run.
std::string partly_done(const Folder& folder) {
  return folder.file("partly.yaml", R"(
ropewalk: 1
name: partly
stages:
  - {name: done, task: sim.noop, foreach: {range: 9}}
  - {name: s, task: sim.sleep, executor: process, workers: 2, foreach: {range: 10}, with: {seconds: 5000}}
)");
}

/// Batch systems use some of them as warnings, and timers of the parent send others.
TEST(Signals, S10_EveryFatalSignalStopsTheRunAndLosesNoResult) {
  for (const int number :
       {SIGUSR2, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGPWR, SIGIO, SIGSTKFLT, SIGRTMIN, SIGRTMAX}) {
    const Folder folder;
    const std::string events = folder.path("events"), results = folder.path("results");
    Program program(ropewalk_words({"run", "--json", "--events", events, "--results", results, partly_done(folder)}));
    ASSERT_TRUE(eventually([&] {
      const std::string text = read_file(events);
      const std::size_t stage = text.find("\"stage\": \"s\""), first = text.find("task_started", stage);
      return stage != std::string::npos && first != std::string::npos &&
             text.find("task_started", first + 1) != std::string::npos;
    }));
    for (int i = 0; i < 3; ++i) program.signal(number);
    const ProgramEnd ended = program.wait();
    EXPECT_EQ(ended.signal, number) << ended.exit_code << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("ropewalk: stopping because of ")) << number;
    const json run = json::parse(ended.out);
    EXPECT_EQ(run["outcome"], "cancelled");
    EXPECT_EQ(run["stages"][0]["succeeded"], 9);
    EXPECT_EQ(run["stages"][1]["tasks"], 10);
    EXPECT_EQ(lines_of(read_file(results)).size(), 19u) << number;
  }
}

TEST(Signals, S11_AWarningIgnoredByTheParentIsIgnored) {
  const Folder folder;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, slow(folder, kSleep)}),
                  {.ignored_signals = {SIGUSR2, SIGXCPU, SIGALRM, SIGXFSZ}});
  wait_until_it_runs(events);
  for (const int number : {SIGUSR2, SIGXCPU, SIGALRM, SIGXFSZ}) program.signal(number);
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT);
  EXPECT_EQ(ended.err.find("because of"), std::string::npos) << ended.err;
}

TEST(Signals, AWarningBlockedByTheParentStillStopsTheRun) {
  const Folder folder;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, slow(folder, kSleep)}),
                  {.blocked_signals = {SIGUSR2, SIGXFSZ, SIGPROF}});
  wait_until_it_runs(events);
  program.signal(SIGUSR2);
  EXPECT_EQ(program.wait().signal, SIGUSR2);
}

/// The task signals its host and the warden, like a batch system that signals all processes of a job. If the kernel
/// filters signals to the warden, the task cannot send them.
TEST(Signals, WarningsToTheOtherProcessesOfARunAffectNoTask) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - name: s
    task: shell.run
    executor: process
    foreach: {range: 4}
    with:
      command: |
        read -r pid name state warden rest < /proc/$PPID/stat
        for signal in USR1 USR2 XCPU; do kill -$signal $PPID; done
        for signal in USR1 USR2 XCPU ALRM VTALRM PROF XFSZ PWR IO; do kill -$signal $warden 2>/dev/null || true; done
)");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("4 of 4 tasks succeeded"));
}

TEST(Signals, C09_CommandsInheritNoMaskAndNoIgnoredSignal) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: shell.run, with: {command: "grep -E 'Sig(Blk|Ign)' /proc/self/status | sort -u | cut -f 2 | tr '\\n' ' '"}}
)");
  const std::string results = folder.path("results");
  const ProgramEnd ended =
      ropewalk({"run", "--results", results, file}, {.ignored_signals = {SIGUSR2, SIGXFSZ, SIGALRM, SIGCHLD},
                                                     .blocked_signals = {SIGUSR1, SIGXFSZ, SIGPROF, SIGTERM}});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(read_file(results), HasSubstr("0000000000000000 0000000000000000"));
}

TEST(Signals, NohupIsRespected) {
  const Folder folder;
  const std::string file =
      folder.file("a.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.sleep, with: {seconds: 1}}\n");
  Program program(ropewalk_words({"run", file}), {.ignored_signals = {SIGHUP}});
  ASSERT_TRUE(program.said("stage s"));
  program.signal(SIGHUP);
  EXPECT_EQ(program.wait().exit_code, 0);
}

}  // namespace
}  // namespace ropewalk::test
