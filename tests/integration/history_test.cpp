// The commands on recorded runs: runs, show, why, diff, clean and repro, on records of real runs, whole and damaged.

#include "program.hpp"

#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

namespace fs = std::filesystem;

constexpr const char* kMixed = R"(ropewalk: 1
name: mixed
params: {greeting: hello}
stages:
  - {name: greet, task: shell.run, executor: process, foreach: [a, b, c], with: {argv: [sh, -c, 'echo "$1 $2"; test $2 != b', sh, "${{ params.greeting }}", "${{ item }}"]}}
  - {name: double, task: sim.echo, needs: [greet], after: any, foreach: {range: 4}, with: {value: "${{ item * 2 }}"}}
)";

struct History : testing::Test {
  History() { folder.file("mixed.yaml", kMixed); }

  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  /// The output of a command that must succeed.
  std::string said(std::vector<std::string> words) const {
    const ProgramEnd ended = ropewalk(std::move(words));
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ended.out;
  }
  /// The names of the recorded runs, newest first.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    const auto listed = nlohmann::json::parse(said({"runs", "--json"}));
    for (const auto& run : listed["runs"]) all.push_back(run["name"].get<std::string>());
    return all;
  }
  fs::path newest() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder.path(".ropewalk/runs"))) all.push_back(entry.path());
    return *std::max_element(all.begin(), all.end());
  }
  /// Everything below the folder of records: names, times and bytes. Not run.db-shm, memory by which SQLite's readers
  /// and writers agree.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path(".ropewalk"))) {
      if (entry.path().filename() == "run.db-shm") continue;
      struct stat about {};
      ::lstat(entry.path().c_str(), &about);
      all[entry.path()] = std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) + " " +
                          (entry.is_regular_file() ? read_file(entry.path()) : "");
    }
    return all;
  }
  const Folder folder;
};

/// The summary of a live run: what follows its progress lines.
std::string summary_in(const std::string& err) {
  std::smatch title;
  EXPECT_TRUE(std::regex_search(err, title, std::regex("stage +executor +tasks"))) << err;
  return err.substr(static_cast<std::size_t>(title.position()));
}

TEST_F(History, ShowGivesTheSummaryDocumentAndResultsOfTheLiveRun) {
  const ProgramEnd live = ropewalk({"run", "mixed.yaml", "--json", "--results", "live.jsonl"});
  EXPECT_EQ(live.exit_code, 1);
  EXPECT_EQ(said({"show", "latest", "--json"}), live.out);
  EXPECT_EQ(said({"show", "latest", "--results", "later.jsonl"}), "");
  EXPECT_EQ(read_file(folder.path("later.jsonl")), read_file(folder.path("live.jsonl")));
  EXPECT_EQ(said({"show", "latest", "--results", "-"}), read_file(folder.path("live.jsonl")));

  const std::string shown = said({"show", "latest"});
  EXPECT_THAT(shown, MatchesRegex("run [a-z]+-[a-z]+ of mixed \\(mixed.yaml\\), started [-0-9]+ [:0-9]+\n\nstage .*"));
  EXPECT_EQ(shown.substr(shown.find("\n\n") + 2), summary_in(live.err));
}

TEST_F(History, OfAFailedRunEndsWithTheCommandThatExplainsTheFirstFailure) {
  const ProgramEnd live = ropewalk({"run", "mixed.yaml"});
  ASSERT_EQ(names().size(), 1u);
  EXPECT_THAT(live.err, HasSubstr("\nfailed: 6 of 7 tasks succeeded"));
  EXPECT_THAT(live.err,
              EndsWith("\n  ropewalk why " + names()[0] + " greet/1\n  ropewalk resume " + names()[0] + "\n"));
  const ProgramEnd why = ropewalk({"why", names()[0], "greet/1"});
  EXPECT_EQ(why.exit_code, 0) << why.err;
  folder.file("good.yaml", "ropewalk: 1\nstages: [{name: e, task: sim.noop}]\n");
  EXPECT_THAT(ropewalk({"run", "good.yaml"}).err,
              AllOf(Not(HasSubstr("ropewalk why")), Not(HasSubstr("ropewalk resume"))));
}

TEST_F(History, CommandsThatContinueNameTheFolderOfRecords) {
  const ProgramEnd live = ropewalk({"run", "mixed.yaml", "--record-dir", "my records"});
  EXPECT_THAT(live.err, HasSubstr(" greet/1 --record-dir 'my records'\n"));
  EXPECT_THAT(said({"why", "latest", "greet/1", "--record-dir", "my records"}), StartsWith("greet/1 (b) of run "));
}

TEST_F(History, RunsListsTheNewestFirstWithWorkflowStartOutcomeTasksAndWall) {
  EXPECT_EQ(ropewalk({"runs"}).err, "ropewalk: no run is recorded here; 'ropewalk run FILE' records one\n");
  folder.file("good.yaml", "ropewalk: 1\nname: good\nstages: [{name: e, task: sim.noop, foreach: {range: 1200}}]\n");
  ropewalk({"run", "good.yaml", "-q"});
  ropewalk({"run", "mixed.yaml", "-q"});
  // Runs of one second are in the order of their names.
  std::vector<std::string> rows = lines_of(said({"runs"}));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0], MatchesRegex("run +workflow +started +outcome +tasks +wall"));
  std::sort(rows.begin() + 1, rows.end(),
            [](const std::string& a, const std::string& b) { return a.find(" good ") < b.find(" good "); });
  EXPECT_THAT(
      rows[1],
      MatchesRegex("[a-z]+-[a-z]+ +good +20[0-9]+-[0-9]+-[0-9]+ [0-9]+:[0-9]+:[0-9]+ +succeeded +1,200 +[0-9.]+ m?s"));
  EXPECT_THAT(
      rows[2],
      MatchesRegex("[a-z]+-[a-z]+ +mixed +20[0-9]+-[0-9]+-[0-9]+ [0-9]+:[0-9]+:[0-9]+ +failed +7 +[0-9.]+ m?s"));
  const auto document = nlohmann::json::parse(said({"runs", "--json"}));
  EXPECT_EQ(document["schema"], 1);
  EXPECT_EQ(document["runs"].size(), 2u);
  for (const auto& run : document["runs"]) {
    EXPECT_EQ(run["tasks"], run["workflow"] == "good" ? 1200 : 7);
    EXPECT_EQ(run["state"], run["workflow"] == "good" ? "succeeded" : "failed");
    EXPECT_TRUE(fs::exists(folder.path(run["folder"].get<std::string>() + "/run.db")));
  }
}

TEST_F(History, ARunIsFoundByNameIdBeginningAndPath) {
  ropewalk({"run", "mixed.yaml", "-q"});
  const std::string name = names()[0], id = newest().filename();
  for (const std::string& word : {std::string("latest"), name, id, name.substr(0, 3), id.substr(0, 10),
                                  newest().string(), (newest() / "run.db").string(), "./.ropewalk/runs/" + id})
    EXPECT_THAT(said({"show", word}), StartsWith("run " + name + " of mixed")) << word;
  const ProgramEnd misspelt = ropewalk({"show", name + "x"});
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err,
              AllOf(HasSubstr("error[C116]: there is no run '" + name + "x'; did you mean '" + name + "'?"),
                    HasSubstr("'ropewalk runs' lists the recorded runs")));
  fs::copy(newest(), newest().parent_path() / ("20000101-000000-" + name + "-copy"), fs::copy_options::recursive);
  EXPECT_EQ(ropewalk({"show", name.substr(0, 3)}).exit_code, 2);
  EXPECT_THAT(ropewalk({"show", name.substr(0, 3)}).err, HasSubstr("error[C117]: 2 runs begin with"));
}

TEST_F(History, ACopiedRecordIsShownByItsPath) {
  ropewalk({"run", "mixed.yaml", "-q"});
  fs::copy_file(newest() / "run.db", folder.path("moved.db"));
  fs::remove_all(folder.path(".ropewalk"));
  EXPECT_THAT(said({"show", "moved.db"}), HasSubstr("failed: 6 of 7 tasks succeeded"));
  EXPECT_THAT(said({"why", "moved.db", "greet/0"}), HasSubstr("greet/0 (a) of run "));
}

TEST_F(History, WhyTellsTheWholeStoryOfATask) {
  folder.file("retry.yaml", R"(ropewalk: 1
name: retry
stages:
  - {name: try, task: shell.run, executor: process, retries: 1, foreach: [x], with: {argv: [sh, -c, 'echo "attempt of $1"; echo trouble >&2; mkdir first 2>/dev/null && exit 3; exit 0', sh, "${{ item }}"]}}
)");
  ropewalk({"run", "retry.yaml", "-q"});
  const std::string story = said({"why", "latest", "try/0"});
  EXPECT_THAT(story, MatchesRegex("try/0 \\(x\\) of run [a-z]+-[a-z]+: succeeded at attempt 2\n.*"));
  EXPECT_THAT(story, HasSubstr("\ntask        shell.run on process x"));
  EXPECT_THAT(story, HasSubstr("\nplugin      shell "));
  EXPECT_THAT(story, HasSubstr("\nitem        \"x\"\n"));
  EXPECT_THAT(story, HasSubstr("argv: [\"sh\", \"-c\", "));
  EXPECT_THAT(story, HasSubstr("\nattempt 1: failed\n"));
  EXPECT_THAT(story, HasSubstr("  message   'sh' exited with code 3: trouble\n"));
  EXPECT_THAT(story, HasSubstr("      | attempt of x\n"));
  EXPECT_THAT(story, HasSubstr("\nattempt 2: succeeded\n  it ran again because attempt 1 failed\n"));
  EXPECT_THAT(story, testing::ContainsRegex("  host      process [0-9]+, worker [0-9]+, on "));
}

TEST_F(History, WhyShowsBothValuesOfWhatMadeATaskRunAgain) {
  folder.file("quality.yaml",
              "ropewalk: 1\nparams: {quality: 80}\nstages:\n  - {name: e, task: sim.echo, foreach: {range: 3}, with: "
              "{value: '${{ item * params.quality }}'}}\n");
  ropewalk({"run", "quality.yaml", "-q"});
  const ProgramEnd ended = ropewalk({"resume", "--set", "quality=90"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'e': 1 of 3 tasks kept; 2 run because param 'quality' changed (80 -> 90)\n"));
  const std::string story = said({"why", "latest", "e/2"});
  EXPECT_THAT(story, HasSubstr("e/2 of run "));
  EXPECT_THAT(story,
              HasSubstr("\nattempt 2: succeeded\n  it ran again in session 2 because of what differs from session "
                        "1:\n      value: 160 -> 180\n"));
  EXPECT_THAT(said({"why", "latest", "e/0"}), Not(HasSubstr("ran again")));
}

TEST_F(History, WhyRefusesATaskThatTheRunDoesNotHave) {
  ropewalk({"run", "mixed.yaml", "-q"});
  for (const auto& [word, message] :
       {std::pair("gret/0", "error[C118]: the run has no stage 'gret'; did you mean 'greet'?"),
        {"greet/3", "error[C118]: stage 'greet' of the run has 3 tasks, 0 to 2, and no task 3"},
        {"greet", "error[C104]: a task is named STAGE/INDEX, such as hash/17, not 'greet'"}}) {
    const ProgramEnd ended = ropewalk({"why", "latest", word});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr(message));
  }
  EXPECT_THAT(ropewalk({"why", "latest"}).err, HasSubstr("error[C103]: 'ropewalk why' needs a run and a task"));
  EXPECT_THAT(ropewalk({"why", "latest", "a/0", "b/0"}).err, HasSubstr("error[C105]"));
}

TEST_F(History, WhyShowsParametersThatWereMadeOfResults) {
  folder.file("sum.yaml", R"(ropewalk: 1
stages:
  - {name: first, task: sim.echo, foreach: {range: 3}, with: {value: "${{ item + 1 }}"}}
  - {name: sum, task: sim.echo, with: {value: "${{ stages.first.results[*].value }}"}}
)");
  ropewalk({"run", "sum.yaml", "-q"});
  EXPECT_THAT(said({"why", "latest", "sum/0"}), HasSubstr("parameters  value: [1, 2, 3]\n"));
  // The recorded text counts, not what the file has become.
  folder.file("sum.yaml", "ropewalk: 1\nstages: [{name: sum, task: sim.noop}]\n");
  EXPECT_THAT(said({"why", "latest", "sum/0"}), HasSubstr("parameters  value: [1, 2, 3]\n"));
}

TEST_F(History, WhyNeverShowsASecret) {
  folder.file("secret.yaml",
              "ropewalk: 1\nparams: {token: {type: text, secret: true}}\nstages: [{name: s, task: sim.echo, with: "
              "{value: '${{ params.token }}'}}]\n");
  ropewalk({"run", "secret.yaml", "-q", "--set", "token=correcthorse"});
  const ProgramEnd ended = ropewalk({"why", "latest", "s/0"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("correcthorse")));
  EXPECT_THAT(ended.out, HasSubstr("parameters  cannot be shown: "));
  EXPECT_THAT(said({"why", "latest", "s/0", "--set", "token=correcthorse"}),
              AllOf(HasSubstr("parameters  value: \"***\""), Not(HasSubstr("correcthorse"))));
}

TEST_F(History, OutputIsWrittenByteForByte) {
  folder.file("bytes.yaml", R"(ropewalk: 1
stages:
  - {name: s, task: shell.run, on_error: ignore, foreach: [0, 1], with: {argv: [sh, -c, 'printf "a\tb\033[1m\377"; printf err >&2; exit $1', sh, "${{ text(item) }}"]}}
)");
  ropewalk({"run", "bytes.yaml", "-q"});
  for (const char* task : {"s/0", "s/1"}) {
    const ProgramEnd ended = ropewalk({"show", "latest", "--output", task});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.out, "a\tb\033[1m\377") << task;
    EXPECT_EQ(ended.err, "err") << task;
  }
}

TEST_F(History, FailuresListsEveryOne) {
  folder.file("many.yaml", R"(ropewalk: 1
stages: [{name: f, task: shell.run, on_error: ignore, foreach: {range: 150}, with: {argv: ["false"]}}]
)");
  ropewalk({"run", "many.yaml", "-q"});
  const std::vector<std::string> lines = lines_of(said({"show", "latest", "--failures"}));
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("  f/"); }),
            150);
  EXPECT_THAT(ropewalk({"show", "latest", "--failures", "--json"}).err,
              HasSubstr("error[C104]: 'ropewalk show' takes one of"));
}

TEST_F(History, DiffNamesTheResultsThatDifferByIndex) {
  ropewalk({"run", "mixed.yaml", "-q"});
  const std::string first = names()[0];
  folder.file("mixed.yaml", std::regex_replace(std::string(kMixed), std::regex("item \\* 2"), "item * item"));
  ropewalk({"run", "mixed.yaml", "-q", "--record-dir", "other"});
  const std::string second =
      "other/runs/" + fs::directory_iterator(folder.path("other/runs"))->path().filename().string();
  const std::string changes = said({"diff", first, second});
  EXPECT_THAT(changes, HasSubstr("stage 'double': 2 tasks with another result: 1, 3\n"))
      << "0 and 2 are their own doubles and squares";
  EXPECT_THAT(changes, Not(HasSubstr("stage 'greet'")));
  EXPECT_THAT(said({"diff", first, first}),
              AllOf(HasSubstr("no evidence of a change\n"), HasSubstr("no result differs\n")));
}

TEST_F(History, DiffFindsThatTasksBecameSlower) {
  for (const char* seconds : {"0.01", "0.3"}) {
    folder.file("nap.yaml", std::string("ropewalk: 1\nstages: [{name: nap, task: sim.sleep, executor: thread, workers: "
                                        "8, foreach: {range: 8}, with: {seconds: ") +
                                seconds + "}}]\n");
    ropewalk({"run", "nap.yaml", "-q", "--record-dir", std::string("of ") + seconds});
  }
  const auto run_in = [&](const std::string& root) {
    return fs::directory_iterator(folder.path(root + "/runs"))->path().string();
  };
  EXPECT_THAT(said({"diff", run_in("of 0.01"), run_in("of 0.3")}), HasSubstr("  slower\n"));
  EXPECT_THAT(said({"diff", run_in("of 0.3"), run_in("of 0.01")}), HasSubstr("  faster\n"));
}

TEST_F(History, CleanRemovesByNumberAgeAndSizeAndSaysWhich) {
  ropewalk({"run", "mixed.yaml", "-q"});
  const std::string name = names()[0];
  const auto before = snapshot();
  EXPECT_THAT(said({"clean"}), MatchesRegex("removed 0 runs, 0 bytes; 1 run left\n"));
  EXPECT_THAT(said({"clean", "--keep", "0", "--dry-run"}),
              MatchesRegex("would remove " + name +
                           " \\([0-9.]+ kB, by --keep\\)\nwould remove 1 run, [0-9.]+ kB; 0 runs left\n"));
  EXPECT_EQ(snapshot(), before);
  EXPECT_THAT(said({"clean", "--max-size", "1kB", "--dry-run"}), HasSubstr("by --max-size"));
  EXPECT_THAT(said({"clean", "--max-size", "1kB"}),
              MatchesRegex("removed " + name + " .*\nremoved 1 run, .*; 0 runs left\n"));
  EXPECT_THAT(names(), ElementsAre());
  EXPECT_TRUE(fs::is_empty(folder.path(".ropewalk/runs")));
  EXPECT_TRUE(fs::exists(folder.path(".ropewalk/.gitignore")));
}

TEST_F(History, CleanTakesOnlyNumbersDurationsAndSizes) {
  EXPECT_THAT(ropewalk({"clean", "--keep", "few"}).err,
              HasSubstr("error[C104]: --keep wants a whole number from 0, not 'few'"));
  EXPECT_THAT(ropewalk({"clean", "--older", "30"}).err,
              HasSubstr("error[C104]: --older wants a duration, but '30' has no unit"));
  EXPECT_THAT(ropewalk({"clean", "--max-size", "big"}).err,
              HasSubstr("error[C104]: --max-size wants a size, but 'big' is none"));
}

TEST_F(History, CleanLeavesForeignFoldersAndDamagedRecordsAlone) {
  ropewalk({"run", "mixed.yaml", "-q"});
  fs::resize_file(newest() / "run.db", 5000);
  fs::create_directories(folder.path(".ropewalk/runs/my notes"));
  const auto before = snapshot();
  const ProgramEnd ended = ropewalk({"clean", "--keep", "0"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("removed 0 runs"));
  EXPECT_THAT(ended.err, HasSubstr("warning[R303]"));
  EXPECT_EQ(snapshot(), before);
}

/// A workflow whose second task waits until a file is there.
constexpr const char* kWaiting = R"(ropewalk: 1
name: waiting
stages:
  - {name: wait, task: shell.run, executor: process, workers: 1, foreach: {range: 3}, with: {argv: [sh, -c, 'echo $1 >> begun; test $1 = 0 || until test -e go; do sleep 0.02; done', sh, "${{ text(item) }}"]}}
)";

TEST_F(History, E15_ALiveRunIsShownAsRunningAndReadingChangesNothing) {
  folder.file("waiting.yaml", kWaiting);
  Program program(ropewalk_words({"run", "waiting.yaml"}), recording_in(folder));
  ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")).ends_with("1\n"); }));
  // The first task is committed within 50 ms of its end; nothing else happens until the file is there.
  ASSERT_TRUE(eventually([&] {
    return said({"show", "latest"}).find("running: 1 task succeeded so far\n") != std::string::npos;
  }));
  const auto before = snapshot();
  const std::string pid = std::to_string(program.pid());
  EXPECT_THAT(said({"runs"}), HasSubstr(" running, process " + pid + " "));
  EXPECT_THAT(said({"show", "latest"}),
              HasSubstr("it is running, as process " + pid + "; this is what it has done so far\n"));
  EXPECT_THAT(said({"why", "latest", "wait/1"}),
              HasSubstr("wait/1 of run " + names()[0] + ": has not ended an attempt yet\n"));
  EXPECT_THAT(said({"clean", "--keep", "0"}), HasSubstr("removed 0 runs"));
  EXPECT_EQ(snapshot(), before);
  folder.file("go", "");
  EXPECT_EQ(program.wait().exit_code, 0);
  EXPECT_THAT(said({"show", "latest"}), HasSubstr("succeeded: 3 of 3 tasks succeeded"));
}

TEST_F(History, ShowListsWhatRunsAndWhatRanWhenTheRunWasKilled) {
  folder.file("waiting.yaml", kWaiting);
  Program program(ropewalk_words({"run", "waiting.yaml"}), recording_in(folder));
  ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")).ends_with("1\n"); }));
  ASSERT_TRUE(eventually([&] {
    return ropewalk({"show", "latest"}).out.find("\nrunning for a second or longer:\n  wait/1: ") != std::string::npos;
  }));
  EXPECT_THAT(said({"show", "latest"}), Not(HasSubstr("wait/0")));
  program.signal(SIGKILL);
  program.wait();
  ASSERT_TRUE(eventually([&] { return said({"runs"}).find(" killed ") != std::string::npos; }));
  EXPECT_THAT(said({"show", "latest"}), HasSubstr("\nrunning when it was killed, for a second or longer:\n  wait/1: "));
  folder.file("go", "");
  EXPECT_EQ(ropewalk({"resume", "-q"}).exit_code, 0);
  EXPECT_THAT(said({"show", "latest"}), Not(HasSubstr("for a second or longer")));
}

TEST_F(History, E02_WhyNamesASessionWhoseEngineWasKilledBeforeTheEndWasRecorded) {
  // Task 1 runs when the end of task 0 is recorded, with which the engine is killed.
  folder.file(
      "two.yaml",
      "ropewalk: 1\nstages:\n  - {name: e, task: shell.run, executor: serial, foreach: {range: 2}, with: {argv: "
      "[sh, -c, 'test $1 = 0 || test -e go || exec sleep 1000', sh, '${{ text(item) }}']}}\n");
  ProgramOptions with = recording_in(folder);
  with.environment.emplace_back("ROPEWALK_DURABILITY", "task");
  with.environment.emplace_back("ROPEWALK_FAILPOINTS", "record.after_commit=kill@1");
  ASSERT_EQ(test::ropewalk({"run", "two.yaml", "-q"}, with).signal, SIGKILL);
  const std::string uncertain =
      "\nsession 1: its engine was killed before the end of an attempt was recorded: it may have run\n";
  EXPECT_THAT(said({"why", "latest", "e/0"}), Not(HasSubstr(uncertain)));
  EXPECT_THAT(said({"why", "latest", "e/1"}), HasSubstr(uncertain));
  folder.file("go", "");
  EXPECT_EQ(ropewalk({"resume", "-q"}).exit_code, 0);
  EXPECT_THAT(said({"why", "latest", "e/1"}), HasSubstr(uncertain + "\nattempt 1: succeeded\n"));
}

TEST_F(History, E01_AKilledRunIsShownAsKilledWithWhatItHadDone) {
  folder.file("waiting.yaml", kWaiting);
  Program program(ropewalk_words({"run", "waiting.yaml"}), recording_in(folder));
  ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")).ends_with("1\n"); }));
  ASSERT_TRUE(eventually([&] {
    return said({"show", "latest"}).find("running: 1 task succeeded so far\n") != std::string::npos;
  }));
  program.signal(SIGKILL);
  program.wait();
  ASSERT_TRUE(eventually([&] { return said({"runs"}).find(" killed ") != std::string::npos; }));
  const auto before = snapshot();
  EXPECT_THAT(said({"show", "latest"}),
              AllOf(HasSubstr("it was killed, or its machine stopped; this is what it had done\n"),
                    HasSubstr("\nkilled: 1 task succeeded so far\n"), HasSubstr("note: stage 'wait' has not ended\n")));
  EXPECT_THAT(said({"why", "latest", "wait/0"}), HasSubstr("\nattempt 1: succeeded\n"));
  EXPECT_THAT(said({"why", "latest", "wait/1"}), HasSubstr(": no attempt of it is recorded\n"));
  EXPECT_THAT(said({"show", "latest", "--results", "-"}),
              StartsWith("{\"stage\": \"wait\", \"index\": 0, \"item\": 0, \"outcome\": \"succeeded\""));
  EXPECT_EQ(snapshot(), before);
}

/// What is done to a run.db, and how it is then refused.
struct Damage {
  std::string name, code, words;
  std::function<void(const fs::path& file)> deed;
};

void overwrite(const fs::path& file, std::uint64_t at, std::string_view bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
}

TEST_F(History, E07_E17_ADamagedForeignOrNewerRecordIsRefusedAndLeftAsItIs) {
  const std::vector<Damage> all{
      {"empty", "R303", "it is empty", [](const fs::path& file) { fs::resize_file(file, 0); }},
      {"truncated in its header", "R303", "cut short", [](const fs::path& file) { fs::resize_file(file, 50); }},
      {"truncated", "R303", "cut short", [](const fs::path& file) { fs::resize_file(file, 5000); }},
      {"text", "R302", "not a SQLite database",
       [](const fs::path& file) {
         std::ofstream(file) << "nothing of the kind, but longer than the header of a database is: "
                             << std::string(200, 'x');
       }},
      {"of another program", "R302", "another program", [](const fs::path& file) { overwrite(file, 68, "abcd"); }},
      {"newer", "R304", "version 9",
       [](const fs::path& file) { overwrite(file, 60, std::string_view("\0\0\0\x09", 4)); }},
      {"overwritten pages", "R303", "damaged",
       [](const fs::path& file) { overwrite(file, 100, std::string(fs::file_size(file) - 100, '\xaa')); }},
      {"a folder", "R302", "not a file", [](const fs::path& file) { fs::remove(file), fs::create_directory(file); }},
      {"a FIFO", "R302", "not a file", [](const fs::path& file) { fs::remove(file), ::mkfifo(file.c_str(), 0600); }},
      {"gone", "R301", "No such file", [](const fs::path& file) { fs::remove(file); }},
  };
  ropewalk({"run", "mixed.yaml", "-q"});
  const fs::path run = newest(), file = run / "run.db", whole = folder.path("whole.db");
  fs::copy_file(file, whole);
  for (const Damage& damage : all) {
    fs::remove_all(file);
    fs::copy_file(whole, file);
    damage.deed(file);
    const bool readable = fs::is_regular_file(file);
    const std::string before = readable ? read_file(file) : "";
    for (std::vector<std::string> words : {std::vector<std::string>{"show", "latest"},
                                           {"why", "latest", "greet/0"},
                                           {"show", "latest", "--json"},
                                           {"diff", "latest", run.string()}}) {
      const ProgramEnd ended = ropewalk(words);
      EXPECT_EQ(ended.exit_code, damage.code == "R301" ? 2 : 74) << damage.name << ended.err;
      EXPECT_THAT(ended.err,
                  AllOf(HasSubstr("error[" + damage.code + "]: "), HasSubstr(damage.words), HasSubstr("     = ")))
          << damage.name << ", " << words[0];
      EXPECT_EQ(ended.out, "") << damage.name;
    }
    const ProgramEnd listed = ropewalk({"runs"});
    EXPECT_EQ(listed.exit_code, 0) << damage.name;
    EXPECT_THAT(listed.err, HasSubstr("warning[" + damage.code + "]: ")) << damage.name;
    if (readable) {
      EXPECT_EQ(read_file(file), before) << damage.name;
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(run), fs::directory_iterator()), fs::exists(file) ? 1 : 0)
        << damage.name << ": something was left beside the record";
  }
}

TEST_F(History, R04_AReadOnlyFolderIsShownAndAVanishedOneIsRefused) {
  ropewalk({"run", "mixed.yaml", "-q"});
  const fs::path run = newest();
  fs::permissions(run, fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(run / "run.db", fs::perms::owner_read);
  EXPECT_THAT(said({"show", "latest"}), HasSubstr("failed: 6 of 7 tasks succeeded"));
  fs::permissions(run, fs::perms::owner_all);
  fs::remove_all(run);
  EXPECT_THAT(ropewalk({"show", "latest"}).err, HasSubstr("error[C116]: no run is recorded here"));
  const ProgramEnd gone = ropewalk({"show", run.string()});
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.err, HasSubstr("error[R301]: cannot open the record"));
}

TEST_F(History, ResultsAreNeverWrittenOverTheRecord) {
  ropewalk({"run", "mixed.yaml", "-q"});
  const auto before = snapshot();
  const ProgramEnd ended = ropewalk({"show", "latest", "--results", (newest() / "run.db").string()});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("error[C114]"));
  EXPECT_EQ(snapshot(), before);
}

TEST_F(History, ReproRunsOneTaskAgainAloneWithItsParameters) {
  ropewalk({"run", "mixed.yaml", "-q", "--set", "greeting=good morning"});
  const ProgramEnd again = ropewalk({"repro", "latest", "greet/1"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, AllOf(StartsWith("greet/1 of run " + names()[0] + " again, alone"),
                               HasSubstr("      | good morning b\n"), HasSubstr("failed: 0 of 1 task succeeded")));
  EXPECT_EQ(names().size(), 1u) << "it is not recorded";
  EXPECT_EQ(ropewalk({"repro", "latest", "greet/0"}).exit_code, 0);
}

TEST_F(History, CompletionKnowsRunsAndTheTasksThatFailed) {
  EXPECT_EQ(said({"__complete", "show", ""}), "");
  ropewalk({"run", "mixed.yaml", "-q"});
  const std::string name = names()[0];
  EXPECT_THAT(lines_of(said({"__complete", "show", ""})), ElementsAre("latest", name));
  EXPECT_THAT(lines_of(said({"__complete", "diff", "latest", name.substr(0, 2)})), ElementsAre(name));
  EXPECT_THAT(lines_of(said({"__complete", "why", "latest", ""})), ElementsAre("greet/1"));
  EXPECT_THAT(lines_of(said({"__complete", "show", "latest", "--output", "g"})), ElementsAre("greet/1"));
  EXPECT_THAT(lines_of(said({"__complete", "show", "./"})), ElementsAre(":files"));
  EXPECT_THAT(lines_of(said({"__complete", "show", "--record-dir", ""})), ElementsAre(":folders"));
  EXPECT_EQ(said({"__complete", "show", "--record-dir", "none", ""}), "");
}

}  // namespace
}  // namespace ropewalk::test
