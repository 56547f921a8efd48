// Stopping and pausing a run: in every phase, from a terminal, in a storm of signals, by a fault of the engine. Also
// that nothing is left afterwards.

#include "faults/processes.hpp"
#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

struct Stops : testing::Test {
  ~Stops() override {
    EXPECT_TRUE(eventually([&] { return mark.processes().empty(); })) << mark.list();
    for (const Process& process : mark.processes()) ::kill(process.pid, SIGKILL);
  }
  std::string workflow(const std::string& stage) const {
    return folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n  - {name: s, " + stage + "}\n");
  }
  /// Waits until that many of its tasks have begun.
  void wait_for_tasks(std::size_t count) const {
    ASSERT_TRUE(eventually([&] {
      const std::string text = read_file(events);
      std::size_t seen = 0;
      for (std::size_t at = 0; (at = text.find("\"task_started\"", at)) != std::string::npos; ++at) ++seen;
      return seen >= count;
    }));
  }
  const Mark mark;
  const Folder folder;
  const std::string events = folder.path("events");
};

constexpr const char* kTwoSleep =
    "task: sim.sleep, executor: process, workers: 2, foreach: {range: 10}, with: {seconds: 5000}";
/// Longer than the interval in which signals count as one.
void after_a_while() { std::this_thread::sleep_for(milliseconds(100)); }

/// As in /proc: T is stopped, Z has ended.
char state(pid_t pid) {
  const std::string stat = whole_file("/proc/" + std::to_string(pid) + "/stat");
  return stat.empty() ? '?' : stat.at(stat.rfind(')') + 2);
}

/// A pipe without a reader. The engine blocks when it is full.
struct UnreadPipe {
  UnreadPipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
  ~UnreadPipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

TEST_F(Stops, S03_ThreeExitImmediatelyEvenIfTheRunIsStuck) {
  const UnreadPipe pipe;
  Program program(
      ropewalk_words({"run", "--events", "-",
                      workflow("task: sim.noop, executor: thread, workers: 1, foreach: {range: 100000000}")}),
      {.standard_output = pipe.ends[1]});
  ASSERT_TRUE(program.said("stage s"));
  program.signal(SIGINT);
  ASSERT_TRUE(program.said("finishing"));
  after_a_while();
  program.signal(SIGINT);
  ASSERT_TRUE(program.said("ending"));
  after_a_while();
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
}

TEST_F(Stops, S04_SIGTERMIsFollowedByAGracePeriod) {
  const UnreadPipe pipe;
  Program program(
      ropewalk_words({"run", "--events", "-",
                      workflow("task: sim.noop, executor: thread, workers: 1, foreach: {range: 100000000}")}),
      {.standard_output = pipe.ends[1]});
  ASSERT_TRUE(program.said("stage s"));
  ASSERT_TRUE(eventually([&] { return ::fcntl(pipe.ends[0], F_GETPIPE_SZ) > 0; }));
  program.signal(SIGTERM);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGTERM) << ended.err;
}

TEST_F(Stops, S03_OneEndsTheCheckOfAPluginThatHangsOnLoadAndLeavesNoFolder) {
  for (const int signal : {SIGINT, SIGKILL}) {
    Program program(ropewalk_words({"plugins", "check", ROPEWALK_TEST_PLUGINS "/hangs_on_load.so"}),
                    {.environment = {{"TMPDIR", folder.path()}}});
    ASSERT_TRUE(eventually([&] { return !mark.processes("ropewalk-host").empty(); }));
    EXPECT_FALSE(std::filesystem::is_empty(folder.path()));
    program.signal(signal);
    EXPECT_EQ(program.wait().signal, signal);
    EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(folder.path()); }));
  }
}

TEST_F(Stops, S08_WhileStoppedTheHostsAreFrozenAndNoTimeoutIsReached) {
  Program program(ropewalk_words({"run", "--json", "--events", events,
                                  workflow("task: sim.spin, executor: process, workers: 2, timeout: 8s, foreach: "
                                           "{range: 2}, with: {seconds: 0.2}")}),
                  {.own_group = true});
  wait_for_tasks(2);
  const std::vector<Process> hosts = mark.processes("ropewalk-host");
  ASSERT_GE(hosts.size(), 2u);
  program.signal(SIGTSTP);
  EXPECT_TRUE(eventually([&] { return state(program.pid()) == 'T'; }));
  for (const Process& host : hosts) EXPECT_TRUE(eventually([&] { return state(host.pid) == 'T'; }));
  // as long as the timeout, which gives a busy machine enough time
  std::this_thread::sleep_for(std::chrono::seconds(8));
  program.signal(SIGCONT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err << ended.out;
}

struct Pauses : Stops, testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Stops, Pauses, testing::Bool());

/// The process that continues it does not always wait until it has stopped.
TEST_P(Pauses, S08_ManyDuringTheStartOfHostsLoseNothing) {
  Program program(
      ropewalk_words({"run", "--json", "--events", events,
                      workflow("task: sim.noop, executor: process-per-task, workers: 4, foreach: {range: 60}")}),
      {.own_group = true});
  wait_for_tasks(1);
  for (int i = 0; i < 40 && state(program.pid()) != 'Z'; ++i) {
    program.signal(SIGTSTP);
    EXPECT_TRUE(!GetParam() ||
                eventually([&] { return std::string("TZ").find(state(program.pid())) != std::string::npos; }));
    program.signal(SIGCONT);
  }
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out)["stages"][0]["succeeded"], 60);
}

TEST_F(Stops, S10_USR1ReportsRunningTasksAndTheRunContinues) {
  Program program(ropewalk_words(
      {"run", "--events", events,
       workflow(
           "task: sim.sleep, executor: process, workers: 2, foreach: [first, second, third], with: {seconds: 50}")}));
  wait_for_tasks(2);
  program.signal(SIGUSR1);
  ASSERT_TRUE(program.said("2 running tasks"));
  // A task is in the list from the first tick that sees it.
  ASSERT_TRUE(eventually([&] {
    after_a_while();
    program.signal(SIGUSR1);
    return program.said("s/1 (second) attempt 1, running for ");
  }));
  program.signal(SIGQUIT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGQUIT);
  EXPECT_THAT(ended.err,
              AllOf(ContainsRegex("ropewalk: run [-0-9a-f]+, 2 running tasks\n  stage s: 0/3 done\n"),
                    ContainsRegex("    s/0 \\(first\\) attempt 1, running for [0-9.]+ m?s, host [0-9]+, worker 0\n")));
}

TEST_F(Stops, S10_USR1SaysHowFarATaskHasComeAndEventsTellIt) {
  const std::string release = folder.path("release");
  Program program(ropewalk_words({"run", "--plugins", ROPEWALK_TEST_PLUGINS, "--events", events,
                                  workflow("task: zoo.talk, executor: process, workers: 1, foreach: [first], "
                                           "with: {lines: 3, until: '" +
                                           release + "'}")}));
  ASSERT_TRUE(eventually(
      [&] { return read_file(events).find("\"fraction\": 1.0, \"text\": \"talking\"}") != std::string::npos; }));
  ASSERT_TRUE(eventually([&] {
    after_a_while();
    program.signal(SIGUSR1);
    return program.said(", worker 0, 100 %: talking\n");
  }));
  std::ofstream(release) << "go on";
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(read_file(events), ContainsRegex("\"event\": \"task_progress\", \"t\": [0-9.]+, \"stage\": \"s\", "
                                               "\"index\": 0, \"item\": \"first\", \"attempt\": 1, \"fraction\": "));
}

TEST_F(Stops, S10_USR1SeparatesTasksWaitingForARetryFromRunningOnes) {
  Program program(ropewalk_words(
      {"run", "--events", events,
       workflow("task: sim.fail, foreach: {range: 5}, retries: {max: 1, delay: 1h}, with: {how: error}")}));
  wait_for_tasks(5);
  std::jthread signals([&](const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(milliseconds(150))) program.signal(SIGUSR1);
  });
  EXPECT_TRUE(program.said("stage s: 0/5 done, 5 retried, 5 waiting to retry (the next in 59m"));
  EXPECT_TRUE(program.said("0 running tasks"));
  signals.request_stop();
  signals.join();
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT);
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: finishing 0 running tasks; press Ctrl-C again to end them now\n"));
}

TEST_F(Stops, S14_ACrashOfTheEngineIsReportedAsItsOwn) {
  Program program(ropewalk_words({"run", "--events", events, workflow(kTwoSleep)}));
  wait_for_tasks(2);
  program.signal(SIGSEGV);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGSEGV);
  EXPECT_THAT(ended.err, ContainsRegex("ropewalk [0-9.]+: the engine itself crashed: SIGSEGV, thread [0-9]+\n"
                                       "This is a fault of ropewalk, not of a task or a plugin"));
  EXPECT_THAT(ended.err, HasSubstr("[0x"));
}

TEST_F(Stops, S15_AStormOfSignalsLosesNoShutdown) {
  Program program(ropewalk_words({"run", "--events", events, workflow(kTwoSleep)}));
  wait_for_tasks(2);
  std::atomic<bool> over = false;
  std::thread storm([&] {
    while (!over) ::kill(program.pid(), SIGUSR1), ::kill(program.pid(), SIGWINCH);
  });
  program.signal(SIGTERM);
  const bool heard = program.said("stopping: finishing");
  // Still a zombie, so its pid cannot be reused: the storm ends before it is reaped.
  EXPECT_TRUE(eventually([&] {
    return whole_file("/proc/" + std::to_string(program.pid()) + "/stat").find(") Z ") != std::string::npos;
  }));
  over = true;
  storm.join();
  EXPECT_TRUE(heard);
  EXPECT_EQ(program.wait().signal, SIGTERM);
}

TEST_F(Stops, E01_AKilledEngineLeavesNoFileBesideItsResults) {
  const std::string results = folder.path("out/results");
  folder.file("out/results", "old\n");
  Program program(ropewalk_words({"run", "--results", results, "--events", events, workflow(kTwoSleep)}));
  wait_for_tasks(2);
  program.signal(SIGKILL);
  EXPECT_EQ(program.wait().signal, SIGKILL);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("out")))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::ElementsAre("results"));
  EXPECT_EQ(read_file(results), "old\n");
}

}  // namespace
}  // namespace ropewalk::test
