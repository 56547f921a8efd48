// Stages with `finally` in the real program: after signals, in a resume, and what they read.

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

/// Two tasks that run until they are stopped, and a stage that writes how they ended. `more`: further stages.
std::string long_work(const Folder& folder, const std::string& task, const std::string& more = "") {
  return folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n  - {name: work, task: " + task +
                                   ", executor: process, workers: 2, foreach: {range: 4}}\n"
                                   "  - name: tidy\n    task: file.write\n    finally: true\n"
                                   "    with: {path: '" +
                                   folder.path("tidied") + "', text: \"${{ stages.work.outcome }}\"}\n" + more);
}
constexpr const char* kLongSleep = "sim.sleep, with: {seconds: 5000}";
constexpr const char* kDeafTask = "sim.fail, with: {how: ignore_stop}";

void wait_for(const std::string& events, const std::string& text, int count = 1) {
  ASSERT_TRUE(eventually([&] {
    const std::string all = read_file(events);
    std::size_t at = 0;
    for (int seen = 0; seen < count; ++seen, ++at)
      if ((at = all.find(text, at)) == std::string::npos) return false;
    return true;
  })) << read_file(events);
}
/// Longer than the interval in which signals count as one.
void pause_between_signals() { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }

TEST(FinallyStages, S01_S04_RunAfterASignalAndReadHowTheOthersEnded) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const Folder folder;
    const std::string events = folder.path("events");
    Program program(ropewalk_words({"run", "--json", "--events", events, long_work(folder, kLongSleep)}));
    wait_for(events, "task_started", 2);
    program.signal(number);
    const ProgramEnd ended = program.wait();
    EXPECT_EQ(ended.signal, number) << ended.err;
    const json run = json::parse(ended.out);
    EXPECT_EQ(run["outcome"], "cancelled");
    EXPECT_EQ(run["stages"][1]["outcome"], "succeeded");
    EXPECT_EQ(read_file(folder.path("tidied")), "cancelled");
  }
}

TEST(FinallyStages, S02_RunAfterTheSecondSignalToo) {
  const Folder folder;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, long_work(folder, kDeafTask)}));
  wait_for(events, "task_started", 2);
  program.signal(SIGINT);
  ASSERT_TRUE(program.said("finishing"));
  pause_between_signals();
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("ending 2 running tasks now; a third signal leaves without the 'finally' stages\n"));
  EXPECT_EQ(read_file(folder.path("tidied")), "cancelled");
}

TEST(FinallyStages, S02_ASecondSignalWhileOneRunsKillsItAndBeginsNoOther) {
  const Folder folder;
  const std::string events = folder.path("events");
  const std::string more = std::string("  - {name: hang, finally: true, task: ") + kDeafTask +
                           "}\n  - {name: never, task: sim.noop, finally: true}\n";
  Program program(ropewalk_words({"run", "--json", "--events", events, long_work(folder, kLongSleep, more)}));
  wait_for(events, "task_started", 2);
  program.signal(SIGINT);
  wait_for(events, R"("event": "task_started", "t": )", 4);
  pause_between_signals();
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT) << ended.err;
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["stages"][1]["outcome"], "succeeded");
  EXPECT_EQ(run["stages"][2]["outcome"], "cancelled");
  EXPECT_EQ(run["stages"][3]["outcome"], "not_started");
}

TEST(FinallyStages, S03_AThirdSignalLeavesWithoutThem) {
  const Folder folder;
  const std::string events = folder.path("events");
  const std::string workflow =
      folder.file("w.yaml", std::string("ropewalk: 1\nstages:\n  - {name: hang, finally: true, task: ") + kDeafTask +
                                "}\n  - {name: never, finally: true, task: sim.noop}\n");
  Program program(ropewalk_words({"run", "--events", events, workflow}));
  wait_for(events, "task_started");
  program.signal(SIGINT);
  ASSERT_TRUE(program.said("finishing"));
  pause_between_signals();
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT);
  EXPECT_EQ(read_file(events).find("\"stage\": \"never\", \"index\""), std::string::npos);
}

struct FinallyResumes : testing::Test {
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  const Folder folder;
};

TEST_F(FinallyResumes, E16_RunAgainOnlyIfSomethingElseRan) {
  const std::string workflow = folder.file(
      "w.yaml",
      "ropewalk: 1\nname: w\nparams: {path: {type: path, default: missing}}\nstages:\n"
      "  - {name: hash, task: file.checksum, foreach: [\"${{ params.path }}\", w.yaml], with: {path: \"${{ item "
      "}}\"}}\n"
      "  - {name: tell, task: sim.echo, finally: true, with: {value: \"${{ stages.hash.failures[0].message ?? 'good' "
      "}}\"}}\n"
      "  - {name: tidy, task: sim.noop, finally: true}\n");
  const ProgramEnd first = ropewalk({"run", workflow, "--results", "-"});
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_THAT(first.out, HasSubstr(R"("value": {"value": "cannot read 'missing': No such file or directory"})"));
  folder.file("missing", "there");
  const ProgramEnd second = ropewalk({"resume", "--results", "-"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr(R"("value": {"value": "good"})"));
  EXPECT_THAT(second.err, HasSubstr("stage 'tidy': 0 of 1 tasks kept; 1 runs because other stages ran\n"));
  const ProgramEnd third = ropewalk({"resume"});
  EXPECT_EQ(third.exit_code, 0) << third.err;
  EXPECT_THAT(third.err, HasSubstr("stage 'tidy': 1 of 1 tasks kept\n"));
  EXPECT_THAT(ropewalk({"why", "latest", "tell/0"}).out, HasSubstr("good"));
}

TEST_F(FinallyResumes, S01_AfterAStopTheRestRunsAndTheyRunAgain) {
  const std::string events = folder.path("events");
  const std::string workflow = long_work(folder, "sim.sleep, with: {seconds: \"${{ params.s }}\"}");
  folder.file("p.yaml", "params: {s: 5000}\n" + read_file(workflow));
  Program program(ropewalk_words({"run", "--events", events, folder.path("p.yaml")}), recording_in(folder));
  wait_for(events, "task_started", 2);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
  EXPECT_EQ(read_file(folder.path("tidied")), "cancelled");
  const ProgramEnd resumed = ropewalk({"resume", "--set", "s=0"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(read_file(folder.path("tidied")), "succeeded");
}

}  // namespace
}  // namespace ropewalk::test
