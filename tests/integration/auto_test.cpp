// `executor: auto`, as a user runs it. Tasks wait or compute for so long that the machine does not decide what they
// are.

#include "program.hpp"

#include <ropewalk/plan.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// Runs of one stage in a folder, whose cache nobody else uses.
struct Auto : testing::Test {
  ProgramEnd go(std::vector<std::string> words) const {
    return ropewalk(std::move(words), recording_in(folder, {{"XDG_CACHE_HOME", folder.path("cache")}}));
  }
  /// `keys`: of the stage, besides its name.
  json run(const std::string& keys, std::vector<std::string> more = {}) {
    folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n  - {name: s, executor: auto, " + keys + "}\n");
    std::vector<std::string> words{"run", "w.yaml", "--json", "--plugins", plugins};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramEnd ended = go(std::move(words));
    summary = ended.err;
    const json told = json::parse(ended.out, nullptr, false);
    EXPECT_FALSE(told.is_discarded()) << ended.err;
    EXPECT_EQ(told["stages"][0]["executor"], "auto");
    return told["stages"][0];
  }
  std::vector<fs::path> choices() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder.path("cache/ropewalk/descriptions")))
      if (entry.path().filename().string().starts_with("auto-")) all.push_back(entry.path());
    return all;
  }
  static std::string mode(const json& choice) {
    return fmt::format("{} x{}", choice["executor"].get<std::string>(), choice["workers"].get<unsigned>());
  }

  Folder folder;
  std::string plugins = ROPEWALK_TEST_PLUGINS;
  std::string summary;
  const unsigned cores = usable_cores();
};

TEST_F(Auto, TasksThatWaitGetMoreWorkersThanCores) {
  const std::string keys = fmt::format("task: sim.sleep, foreach: {{range: {}}}, with: {{seconds: 0.1}}", 24 * cores);
  const json stage = run(keys, {"--events", "events"});
  EXPECT_EQ(stage["succeeded"], 24 * cores);
  const json& choice = stage["choice"];
  EXPECT_EQ(choice["executor"], "thread") << summary;
  EXPECT_GT(choice["workers"], cores);
  EXPECT_LE(choice["workers"], 16 * cores);
  EXPECT_EQ(stage["workers"], choice["workers"]);
  EXPECT_EQ(choice["remembered"], false);
  std::uint64_t attempts = 0;
  for (const json& each : choice["modes"]) attempts += each["attempts"].get<std::uint64_t>();
  EXPECT_EQ(attempts, 24 * cores) << "every task ran once";
  EXPECT_THAT(summary, HasSubstr("auto: stage 's' chose " + mode(choice) + ": tasks waited for "));
  EXPECT_THAT(summary, HasSubstr("s     auto: " + mode(choice)));

  json finished;
  for (const std::string& line : lines_of(read_file(folder.path("events")))) {
    const json event = json::parse(line);
    if (event["event"] == "stage_started") {
      EXPECT_EQ(event["executor"], "auto");
    }
    if (event["event"] == "stage_finished") finished = event;
  }
  EXPECT_EQ(finished["choice"], choice);
  const ProgramEnd shown = go({"show", "latest", "--json"});
  EXPECT_EQ(json::parse(shown.out)["stages"][0]["choice"], choice) << shown.err;
  EXPECT_THAT(go({"show", "latest"}).out, HasSubstr("auto: stage 's' chose " + mode(choice)));
  EXPECT_THAT(go({"why", "latest", "s/1"}).out, HasSubstr("auto chose " + mode(choice)));
  EXPECT_EQ(go({"report", "latest", "-o", "r.html"}).exit_code, 0);
  EXPECT_THAT(read_file(folder.path("r.html")), HasSubstr("auto: thread"));
  EXPECT_EQ(go({"repro", "latest", "s/1"}).exit_code, 0);
}

TEST_F(Auto, LimitsOfWorkersAreNeverExceeded) {
  const std::string keys = "task: sim.sleep, foreach: {range: 40}, with: {seconds: 0.02}";
  EXPECT_EQ(run(keys + ", workers: 3")["choice"]["workers"], 3);
  const json stage = run(keys, {"-j", "2"});
  EXPECT_LE(stage["choice"]["workers"], 2);
  EXPECT_LE(stage["concurrency"], 2.05);
}

TEST_F(Auto, LongTasksThatComputeRunInProcesses) {
  const json stage = run("task: sim.spin, workers: 2, foreach: {range: 12}, with: {seconds: 0.1}");
  EXPECT_EQ(mode(stage["choice"]), "process x2") << summary;
  EXPECT_EQ(stage["succeeded"], 12);
}

TEST_F(Auto, ATaskThatCrashesFailsAloneAndEndsTheSharedProcess) {
  const json stage = run("task: sim.fail, workers: 2, foreach: {range: 60}, with: {how: crash, rate: 0.1}");
  EXPECT_THAT(stage["choice"]["executor"], testing::StartsWith("process")) << summary;
  EXPECT_GT(stage["failed"], 0);
  EXPECT_EQ(stage["succeeded"].get<int>() + stage["failed"].get<int>(), 60);
  std::uint64_t died = 0;
  for (const json& each : stage["choice"]["modes"]) died += each["died"].get<std::uint64_t>();
  EXPECT_EQ(died, stage["failed"]);
}

TEST_F(Auto, CrashedTasksAreTriedAgain) {
  const json stage =
      run("task: sim.fail, workers: 2, retries: 1, foreach: {range: 60}, with: {how: crash, rate: 0.1, first: 1}");
  EXPECT_EQ(stage["succeeded"], 60);
  EXPECT_GT(stage["retried"], 0);
  EXPECT_THAT(stage["choice"]["executor"], testing::StartsWith("process")) << summary;
}

TEST_F(Auto, TasksThatMayNotShareAProcessNeverDo) {
  const std::string items = ", foreach: {range: 30}, with: {seconds: 0.02}";
  for (const std::string& keys :
       {std::string("task: workload.alone"), std::string("task: sim.sleep, limits: {cpu_time: 5s}"),
        std::string("task: sim.sleep, limits: {memory: 1GB}"), std::string("task: workload.lock, timeout: 60s")}) {
    const json stage = run(keys + items);
    EXPECT_EQ(stage["succeeded"], 30);
    for (const json& each : stage["choice"]["modes"]) EXPECT_EQ(each["executor"], "process") << keys;
    EXPECT_THAT(summary, Not(HasSubstr("warning"))) << keys;
  }
}

TEST_F(Auto, ASingleTaskStartsASingleProcess) {
  const json stage = run("task: sim.echo, with: {value: 1}");
  EXPECT_EQ(stage["hosts"], 1);
  EXPECT_EQ(stage["choice"]["why"], "a single task needs a single process");
}

TEST_F(Auto, ShortTasksStartNoSecondProcess) {
  const json stage = run("task: sim.noop, workers: 2, foreach: {range: 1000}");
  EXPECT_EQ(stage["succeeded"], 1000);
  for (const json& each : stage["choice"]["modes"]) EXPECT_EQ(each["executor"], "thread") << summary;
  EXPECT_EQ(stage["hosts"], 1);
}

TEST_F(Auto, TheNextRunRemembersUntilItsPluginChanges) {
  plugins = folder.path("plugins");
  fs::create_directory(plugins);
  fs::copy_file(ROPEWALK_TEST_PLUGINS "/workload.so", plugins + "/workload.so");
  const std::string keys = "task: workload.alone, foreach: {range: 40}, with: {seconds: 0.05}";
  const json first = run(keys);
  EXPECT_EQ(first["choice"]["remembered"], false);
  ASSERT_EQ(choices().size(), 1u);
  const json second = run(keys);
  EXPECT_EQ(second["choice"]["remembered"], true) << summary;
  EXPECT_EQ(mode(second["choice"]), mode(first["choice"]));
  EXPECT_EQ(second["choice"]["modes"].size(), 1u) << "no canaries";
  EXPECT_THAT(summary, HasSubstr("as in an earlier run of this stage"));
  std::ofstream(plugins + "/workload.so", std::ios::app) << "\n";  // as another build would, it has other bytes
  EXPECT_EQ(run(keys)["choice"]["remembered"], false);
  EXPECT_EQ(run(keys)["choice"]["remembered"], true);
}

TEST_F(Auto, ADamagedMemoryIsIgnoredAndReplaced) {
  const std::string keys = "task: workload.alone, foreach: {range: 40}, with: {seconds: 0.05}";
  run(keys);
  ASSERT_EQ(choices().size(), 1u);
  for (const std::string& damage : {std::string(), std::string("nonsense"), std::string(100'000, 'x')}) {
    std::ofstream(choices().front(), std::ios::trunc) << damage;
    const json stage = run(keys);
    EXPECT_EQ(stage["choice"]["remembered"], false);
    EXPECT_EQ(stage["succeeded"], 40);
    EXPECT_EQ(run(keys)["choice"]["remembered"], true);
  }
}

TEST_F(Auto, ResultsAreThoseOfOtherExecutors) {
  folder.file("w.yaml",
              "ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, foreach: {range: 3000}, with: {value: '${{ item * "
              "item }}'}}\n"
              "  - {name: b, task: shell.run, foreach: [1, 2, 3, 4, 5, 6, 7, 8], with: {argv: [sh, -c, 'exit ${{ item "
              "% 3 }}']}}\n");
  std::vector<std::string> results;
  for (const char* executor : {"serial", "auto", "auto"}) {
    EXPECT_EQ(go({"run", "-q", "w.yaml", "--executor", executor, "--results", "results"}).exit_code, 1);
    results.push_back(read_file(folder.path("results")));
  }
  EXPECT_EQ(lines_of(results[0]).size(), 3008u);
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], results[0]);
}

TEST_F(Auto, CanBeNamedWhereverAnExecutorCan) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {range: 5}}\n");
  EXPECT_THAT(go({"run", "w.yaml", "--dry-run", "--executor", "a=auto"}).out, HasSubstr("a: sim.noop on auto x"));
  const ProgramEnd compared = go({"compare", "w.yaml", "--executor", "thread,auto", "--workers", "2", "--runs", "2"});
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("\nauto x2       2 "));
  EXPECT_EQ(go({"map", "sim.noop", "--range", "5", "--executor", "auto"}).exit_code, 0);
  folder.file(".ropewalk.yaml", "executor: auto\n");
  EXPECT_EQ(go({"validate", "w.yaml"}).exit_code, 0);
}

TEST_F(Auto, AResumedRunChoosesAgain) {
  folder.file("w.yaml",
              "ropewalk: 1\nstages:\n  - {name: a, executor: auto, task: shell.run, foreach: {range: 12}, with: "
              "{argv: [sh, -c, 'sleep 0.02; test $0 != 7 || test -e there', '${{ item }}']}}\n");
  EXPECT_EQ(go({"run", "w.yaml", "-q"}).exit_code, 1);
  folder.file("there", "");
  const ProgramEnd resumed = go({"resume", "--json"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const json stage = json::parse(resumed.out)["stages"][0];
  EXPECT_EQ(stage["succeeded"], 12);
  EXPECT_EQ(stage["kept"], 11);
  EXPECT_TRUE(stage.contains("choice"));
}

}  // namespace
}  // namespace ropewalk::test
