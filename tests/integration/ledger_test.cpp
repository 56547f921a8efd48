// Workloads that spend their workers' time in one known way, through the real program: the ledger names each of them.
// Assertions compare parts of one run with each other. Tasks end by the CPU time that they used or by what they slept,
// so the speed of the machine changes how long a run takes, and not which part is the largest.

#include "program.hpp"

#include <ropewalk/plan.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::vector<std::string> kParts{"user_s",    "system_s", "core_wait_s", "blocked_s", "dispatch_s",
                                      "starved_s", "start_s",  "tail_s",      "residual_s"};

/// The ledgers of a run, and what its summary said.
struct Measured {
  json stages;
  std::string summary;

  const json& ledger(std::size_t stage = 0) const { return stages.at(stage).at("ledger"); }
  double share(const std::string& part, std::size_t stage = 0) const {
    return ledger(stage).at(part).get<double>() / ledger(stage).at("total_s").get<double>();
  }
  double cpu(std::size_t stage = 0) const { return share("user_s", stage) + share("system_s", stage); }
  std::string largest(std::size_t stage = 0) const {
    return *std::max_element(kParts.begin(), kParts.end(), [&](const std::string& a, const std::string& b) {
      return ledger(stage).at(a).get<double>() < ledger(stage).at(b).get<double>();
    });
  }
};

/// Runs the stages, which may fail, and checks what holds for every ledger: the parts add up to workers x wall time.
Measured measure(const std::string& stages) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n" + stages);
  const ProgramEnd ended = ropewalk({"run", "-v", "--json", "--no-record", "--plugins", ROPEWALK_TEST_PLUGINS, file});
  Measured measured{.stages = {}, .summary = ended.err};
  const json run = json::parse(ended.out, nullptr, false);
  if (run.is_discarded()) {
    ADD_FAILURE() << ended.err;
    return measured;
  }
  measured.stages = run.at("stages");
  for (const json& stage : measured.stages) {
    const json& ledger = stage.at("ledger");
    double sum = 0;
    for (const std::string& part : kParts) {
      const double seconds = ledger.at(part);
      EXPECT_TRUE(seconds >= 0 || part == "residual_s") << part << " of " << stage.at("name");
      sum += seconds;
    }
    const double total = ledger.at("total_s");
    EXPECT_NEAR(sum, total, total * 1e-4) << stage.at("name");
    EXPECT_NEAR(total, stage.at("workers").get<double>() * stage.at("wall_s").get<double>(), total * 1e-3);
    EXPECT_LE(std::abs(ledger.at("residual_s").get<double>()), total * 0.01) << stage.dump(2);
  }
  return measured;
}

/// `workers`: 0 for the executor that has one.
std::string stage(const std::string& name, const std::string& task, const std::string& executor, unsigned workers,
                  const std::string& items, const std::string& with = "") {
  return fmt::format("  - {{name: {}, task: {}, executor: {}, {}foreach: {}, with: {{{}}}}}\n", name, task, executor,
                     workers == 0 ? "" : fmt::format("workers: {}, ", workers), items, with);
}

/// Whether its tasks hardly shared a core. The kernel divides CPU time by what its timer hits; where two processes take
/// turns in step with the timer, it may never hit one of them.
bool has_a_core(const Measured& run) { return run.share("core_wait_s") < 0.1; }

class LedgerOn : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Executors, LedgerOn,
                         testing::Values("thread", "process", "thread-per-task", "process-per-task", "auto"),
                         [](const auto& executor) {
                           std::string name = executor.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(LedgerOn, SleepersAreBlocked) {
  const Measured run = measure(stage("nap", "sim.sleep", GetParam(), 3, "{range: 12}", "seconds: 0.2"));
  EXPECT_EQ(run.largest(), "blocked_s") << run.summary;
  EXPECT_THAT(run.summary, HasSubstr("stage 'nap': tasks were blocked for "));
}

TEST_P(LedgerOn, SpinnersUseTheCpuOrWaitForIt) {
  // One worker: beside other tests it waits for a core, and without them it has one.
  const Measured run = measure(stage("spin", "sim.spin", GetParam(), 1, "{range: 5}", "seconds: 0.1"));
  EXPECT_GT(run.cpu() + run.share("core_wait_s"), 0.6) << run.summary;
  EXPECT_GT(run.cpu(), 3 * run.share("blocked_s")) << run.summary;
  EXPECT_TRUE(!has_a_core(run) || run.share("user_s") > run.share("system_s")) << run.summary;
}

TEST_P(LedgerOn, SpinnersInTheKernelUseSystemTime) {
  const Measured run = measure(stage("kernel", "workload.system", GetParam(), 1, "{range: 2}", "seconds: 0.4"));
  EXPECT_GT(run.cpu(), 3 * run.share("blocked_s")) << run.summary;
  EXPECT_TRUE(!has_a_core(run) || run.share("system_s") > 2 * run.share("user_s")) << run.summary;
}

TEST_P(LedgerOn, MoreWorkersThanCoresWaitForThem) {
  const unsigned workers = 4 * usable_cores();
  const Measured run = measure(
      stage("crowd", "sim.spin", GetParam(), workers, fmt::format("{{range: {}}}", 2 * workers), "seconds: 0.1"));
  EXPECT_EQ(run.largest(), "core_wait_s") << run.summary;
  EXPECT_THAT(run.summary, HasSubstr(fmt::format("stage 'crowd': {} workers share {} core", workers, usable_cores())));
}

TEST_P(LedgerOn, ASlowFeederStarvesTheStageThatItFeeds) {
  const Measured run = measure(stage("fetch", "sim.sleep", "serial", 0, "{range: 12}", "seconds: 0.1") +
                               stage("hash", "sim.noop", GetParam(), 3, "{results: fetch}"));
  EXPECT_EQ(run.largest(0), "blocked_s") << run.summary;
  EXPECT_EQ(run.largest(1), "starved_s") << run.summary;
  EXPECT_EQ(run.ledger(1).at("fed_by"), "fetch");
  EXPECT_THAT(run.summary, HasSubstr(" of 3 workers were starved on average: stage 'fetch' feeds too slowly\n"));
}

TEST_P(LedgerOn, ALongLastTaskLeavesATail) {
  const Measured run =
      measure(stage("convert", "sim.sleep", GetParam(), 4, "[0, 0, 0, 0, 0, 1.5]", "seconds: \"${{ item }}\""));
  EXPECT_EQ(run.largest(), "tail_s") << run.summary;
  EXPECT_EQ(run.ledger().at("last_task").at("index"), 5);
  EXPECT_THAT(run.summary, testing::ContainsRegex("stage 'convert': the last task, convert/5 \\(1.5\\), ran 1.[0-9]* s "
                                                  "while [23] workers had nothing left to do\n"));
}

TEST_P(LedgerOn, WorkersBeyondTheTasksHaveNothingToDo) {
  const Measured run = measure(stage("few", "sim.sleep", GetParam(), 8, "{range: 2}", "seconds: 1"));
  EXPECT_EQ(run.largest(), "tail_s") << run.summary;
  EXPECT_THAT(run.summary, HasSubstr("stage 'few': 2 tasks for 8 workers: 6 had nothing to do\n"));
}

TEST_P(LedgerOn, TheDelayOfARetryStarves) {
  const Measured run = measure(
      fmt::format("  - {{name: again, task: sim.fail, executor: {}, workers: 2, foreach: {{range: 2}}, with: {{how: "
                  "transient, first: 1}}, retries: {{max: 1, delay: 1s}}}}\n",
                  GetParam()));
  EXPECT_EQ(run.largest(), "starved_s") << run.summary;
  EXPECT_THAT(run.summary,
              HasSubstr(" of 2 workers were starved on average: tasks waited for the delay of their retry\n"));
}

TEST_P(LedgerOn, SlowlyOpenedTaskTypesStart) {
  const Measured run = measure(stage("open", "workload.slow_open", GetParam(), 2, "{range: 8}"));
  EXPECT_EQ(run.largest(), "start_s") << run.summary;
  EXPECT_THAT(run.summary, HasSubstr("of the workers' time went into starting "));
}

TEST_P(LedgerOn, ATaskThatDiesUsedTheCpuUntilThen) {
  const Measured run = measure(stage("die", "workload.crash", GetParam(), 1, "{range: 3}", "seconds: 0.3"));
  EXPECT_EQ(run.stages.at(0).at("failed"), 3);
  EXPECT_GT(run.cpu() * run.ledger().at("total_s").get<double>(), 0.7) << "they used 0.9 s\n" << run.summary;
}

TEST(Ledger, OfATaskThatIsKilledForItsTimeoutHasTheCpuTimeUntilThen) {
  const Measured run = measure(
      "  - {name: late, task: workload.system, executor: process, workers: 1, with: {seconds: 100}, timeout: 1s}\n");
  EXPECT_EQ(run.stages.at(0).at("failed"), 1);
  EXPECT_GT(run.cpu() * run.ledger().at("total_s").get<double>(), 1) << run.summary;
  EXPECT_TRUE(!has_a_core(run) || run.share("system_s") > run.share("user_s")) << run.summary;
}

TEST(Ledger, OfTasksThatAStopKillsHasWhatTheyUsedAndHowLongTheyHadNoCore) {
  const unsigned workers = 4 * usable_cores();
  for (const char* executor : {"thread", "process", "process-per-task"}) {
    const Folder folder;
    const std::string file =
        folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n" + stage("crowd", "workload.endless", executor, workers,
                                                                        fmt::format("{{range: {}}}", workers),
                                                                        "mark: \"mark-${{ item }}\""));
    Program program(ropewalk_words({"run", "--json", "--no-record", "--plugins", ROPEWALK_TEST_PLUGINS, file}),
                    {.folder = folder.path()});
    for (unsigned task = 0; task < workers; ++task)
      EXPECT_TRUE(eventually([&] { return std::filesystem::exists(folder.path(fmt::format("mark-{}", task))); }));
    program.signal(SIGINT);
    EXPECT_TRUE(program.said("finishing"));
    program.signal(SIGINT);
    const ProgramEnd ended = program.wait();
    const json document = json::parse(ended.out, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << ended.err;
    const Measured run{.stages = document.at("stages"), .summary = ended.err};
    EXPECT_GT(run.share("core_wait_s"), run.cpu()) << run.ledger().dump(2);
    EXPECT_GT(run.cpu(), run.share("blocked_s")) << run.ledger().dump(2);
  }
}

TEST(Ledger, ALockThatTasksSleepOnBlocksAndPromisesNothing) {
  const Measured run = measure(stage("fight", "workload.lock", "thread", 4, "{range: 8}", "seconds: 0.1"));
  EXPECT_EQ(run.largest(), "blocked_s") << run.summary;
  const bool idle = run.ledger().value("idle_cores", 0.0) >= 0.5;
  EXPECT_THAT(run.summary, HasSubstr("stage 'fight': tasks were blocked for "));
  EXPECT_EQ(run.summary.find("more workers help unless they wait for each other\n") != std::string::npos, idle)
      << "a promise needs an idle core\n"
      << run.summary;
}

TEST(Ledger, ALockThatTasksSpinOnUsesTheCpuOrWaitsForIt) {
  const Measured run = measure(stage("fight", "workload.spin_lock", "thread", 2, "{range: 8}", "seconds: 0.05"));
  EXPECT_GT(run.cpu() + run.share("core_wait_s"), 2 * run.share("blocked_s")) << run.summary;
}

TEST(Ledger, CommandsAreTheCpuTimeOfTheirTasks) {
  const Measured run = measure(stage("command", "shell.run", "thread", 1, "{range: 3}",
                                     "command: \"i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done\""));
  EXPECT_GT(run.cpu(), run.share("dispatch_s") + run.share("start_s")) << run.summary;
}

TEST(Ledger, CommandsThatFightForCoresArePromisedNothing) {
  const unsigned workers = 4 * usable_cores();
  const Measured run = measure(stage("crowd", "shell.run", "thread", workers, fmt::format("{{range: {}}}", workers),
                                     "command: \"i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done\""));
  EXPECT_THAT(run.summary, testing::Not(HasSubstr("more workers help"))) << run.ledger().dump(2);
}

TEST(Ledger, AProcessForEachTaskIsStarted) {
  const Measured run = measure(stage("forks", "sim.noop", "process-per-task", 2, "{range: 300}"));
  EXPECT_GT(run.share("start_s") + run.share("dispatch_s"), 0.8) << run.summary;
  EXPECT_GT(run.share("start_s"), 0.2) << run.summary;
  EXPECT_GT(run.ledger().at("metg_s").get<double>(), 0);
}

TEST(Ledger, AThreadForEachTaskIsStarted) {
  const Measured run = measure(stage("threads", "sim.noop", "thread-per-task", 2, "{range: 500}"));
  EXPECT_EQ(run.largest(), "start_s") << run.summary;
  EXPECT_THAT(run.summary, HasSubstr("starting a thread for each task; 'executor: thread' starts one for each worker"));
}

TEST(Ledger, EmptyTasksWaitForTheEngineWhichSaysWhatTheyCost) {
  for (const char* executor : {"serial", "thread", "process"}) {
    const Measured run =
        measure(stage("empty", "sim.noop", executor, executor == std::string("serial") ? 0 : 2, "{range: 100000}"));
    EXPECT_EQ(run.largest(), "dispatch_s") << run.summary;
    EXPECT_THAT(run.summary, HasSubstr("are short for what a worker loses between two of them"));
    const double engine_s = run.ledger().at("engine_s_per_task"), metg_s = run.ledger().at("metg_s");
    EXPECT_GT(engine_s, 0);
    EXPECT_LE(engine_s * 100'000, 1.2 * run.stages.at(0).at("wall_s").get<double>()) << "it has one thread";
    EXPECT_NEAR(metg_s * 100'000, run.ledger().at("dispatch_s").get<double>(), metg_s * 1000);
    EXPECT_THAT(run.summary, HasSubstr("residual  engine    METG"));
  }
}

TEST(Ledger, AFewTasksDoNotSayWhatATaskCosts) {
  const Measured run = measure(stage("few", "sim.noop", "thread", 2, "{range: 20}"));
  EXPECT_FALSE(run.ledger().contains("engine_s_per_task"));
  EXPECT_FALSE(run.ledger().contains("metg_s"));
  EXPECT_THAT(run.summary, testing::Not(HasSubstr("METG")));
}

TEST(Ledger, OfARecordedRunIsShownAgain) {
  const Folder folder;
  const std::string file =
      folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n" +
                                stage("nap", "sim.sleep", "thread", 2, "[0.1, 0.3]", "seconds: \"${{ item }}\""));
  const ProgramEnd live = ropewalk({"run", "--record", "-v", "--json", file}, {.folder = folder.path()});
  const ProgramEnd shown = ropewalk({"show", "latest", "-v"}, {.folder = folder.path()});
  const auto table = [](const std::string& text) {
    const std::size_t from = text.find("stage  workers x time"), to = text.find("succeeded:", from);
    return from == std::string::npos ? std::string() : text.substr(from, to - from);
  };
  EXPECT_THAT(table(live.err), HasSubstr("\nstage 'nap': "));
  EXPECT_EQ(table(shown.out), table(live.err));
  const ProgramEnd again = ropewalk({"show", "latest", "--json"}, {.folder = folder.path()});
  EXPECT_EQ(json::parse(again.out).at("stages").at(0).at("ledger"),
            json::parse(live.out).at("stages").at(0).at("ledger"));
  EXPECT_EQ(table(ropewalk({"show", "latest"}, {.folder = folder.path()}).out), "") << "-v shows it";
}

TEST(Ledger, OfAResumedRunIsThatOfTheLastSession) {
  const Folder folder;
  folder.file("w.yaml",
              "ropewalk: 1\nname: w\nstages:\n  - {name: s, task: shell.run, executor: thread, workers: 2, "
              "foreach: {range: 2}, with: {command: \"sleep 0.5; test -e go\"}}\n");
  EXPECT_EQ(ropewalk({"run", "--record", "w.yaml"}, {.folder = folder.path()}).exit_code, 1);
  folder.file("go", "");
  const ProgramEnd resumed = ropewalk({"resume", "--json"}, {.folder = folder.path()});
  const json stage = json::parse(resumed.out).at("stages").at(0);
  EXPECT_NEAR(stage.at("ledger").at("total_s").get<double>(), 2 * stage.at("wall_s").get<double>(), 0.01);
}

}  // namespace
}  // namespace ropewalk::test
