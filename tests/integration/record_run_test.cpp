// `run` leaves a record behind: by default, where it was told, without secrets, and whatever kills it.

#include "program.hpp"

#include "support/scratch.hpp"

#include "record/database.hpp"

#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

struct RecordRun : testing::Test {
  RecordRun() {
    folder.file("echo.yaml",
                "ropewalk: 1\nname: echo\nstages:\n  - {name: e, task: sim.echo, foreach: {range: 30}, with: {value: "
                "'${{ item }}'}}\n");
  }
  ProgramEnd ropewalk(std::vector<std::string> words,
                      std::vector<std::pair<std::string, std::string>> environment = {}) const {
    return test::ropewalk(std::move(words), recording_in(folder, std::move(environment)));
  }
  std::vector<fs::path> runs(const std::string& root = ".ropewalk") const {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(fs::path(folder.path(root)) / "runs", none))
      found.push_back(entry.path());
    return found;
  }
  std::unique_ptr<Record> only_run(const std::string& root = ".ropewalk") const {
    const auto all = runs(root);
    if (all.size() != 1) throw std::runtime_error(std::to_string(all.size()) + " runs");
    auto opened = open_record(all.front());
    if (!opened) throw std::runtime_error(opened.error().list.front().message);
    return std::move(*opened);
  }
  const Folder folder;
};

TEST_F(RecordRun, IsRecordedByDefaultInOneFile) {
  const ProgramEnd ended = ropewalk({"run", "echo.yaml"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  ASSERT_EQ(runs().size(), 1u);
  EXPECT_TRUE(fs::exists(runs().front() / "run.db"));
  EXPECT_EQ(std::distance(fs::directory_iterator(runs().front()), fs::directory_iterator()), 1);
  const auto record = only_run();
  const RunResult result = *record->result(true);
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages.at(0).succeeded, 30u);
  std::uint64_t sum = 0;
  result.results->visit(0, [&](const KeptResults::Row& row) {
    sum += static_cast<std::uint64_t>(*row.value->as_map()->at("value").as_int());
  });
  EXPECT_EQ(sum, 435u);
  EXPECT_THAT(record->sources()->at(0).text, HasSubstr("task: sim.echo"));
  EXPECT_NE(record->stages().at(0).plugin_identity, "");
}

TEST_F(RecordRun, GivesTheRowsThatTheLiveRunGave) {
  folder.file(
      "mixed.yaml",
      "ropewalk: 1\nname: mixed\nstages:\n"
      "  - {name: e, task: sim.echo, foreach: [1.0, text, {a: [1, b]}, true], with: {value: '${{ item }}'}}\n"
      "  - {name: f, task: shell.run, needs: [], on_error: ignore, foreach: {range: 4}, with: {argv: [sh, -c, 'echo "
      "out; echo err >&2; exit $1', sh, '${{ text(item % 2) }}']}}\n");
  const ProgramEnd ended = ropewalk({"run", "mixed.yaml", "-q", "--results", "live.jsonl"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto record = only_run();
  const RunResult result = *record->result(true);
  std::vector<std::string> rows;
  for (std::uint32_t stage = 0; stage < result.stages.size(); ++stage)
    result.results->visit(stage, [&](const KeptResults::Row& row) {
      rows.push_back(row.value ? to_json(*row.value) : std::string(row.message) + (row.err ? row.err->head : ""));
    });
  const auto live = lines_of(read_file(folder.path("live.jsonl")));
  ASSERT_EQ(rows.size(), live.size());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_THAT(live[i], HasSubstr(rows[i]));
  EXPECT_EQ(rows[5], "'sh' exited with code 1: errerr\n") << live[5];
}

TEST_F(RecordRun, IsNotRecordedWhereAFlagAVariableOrAFileSaysSo) {
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "-q", "--no-record"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "-q"}, {{"ROPEWALK_RECORD", "false"}}).exit_code, 0);
  folder.file(".ropewalk.yaml", "record: false\n");
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "-q"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"map", "sim.echo", "--range", "3", "--with", "value={}"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "--dry-run", "-q"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder.path(".ropewalk")));
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "-q", "--record"}).exit_code, 0);
  EXPECT_EQ(runs().size(), 1u);
}

TEST_F(RecordRun, AMapIsRecordedWithTheFlagAlone) {
  folder.file(".ropewalk.yaml", "record: true\n");
  EXPECT_EQ(ropewalk({"map", "sim.echo", "--range", "3", "--with", "value={}"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder.path(".ropewalk")));
  const ProgramEnd ended = ropewalk({"map", "sim.echo", "--record", "--range", "3", "--with", "value={}"});
  EXPECT_EQ(ended.out, "{\"value\": 0}\n{\"value\": 1}\n{\"value\": 2}\n");
  EXPECT_EQ(only_run()->result()->stages.at(0).succeeded, 3u);
}

TEST_F(RecordRun, TakesItsFolderAndItsDurabilityFromTheSettings) {
  for (const char* durability : {"run", "batch", "task"}) {
    folder.file(".ropewalk.yaml", std::string("durability: ") + durability + "\n");
    const std::string root = std::string("to/") + durability;
    ASSERT_EQ(ropewalk({"run", "echo.yaml", "-q", "--record-dir", root}).exit_code, 0);
    const auto record = only_run(root);
    EXPECT_EQ(record->run().sessions.at(0).durability, durability);
    EXPECT_EQ(record->result()->stages.at(0).succeeded, 30u);
  }
  folder.file(".ropewalk.yaml", "durability: bath\n");
  const ProgramEnd ended = ropewalk({"run", "echo.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("'durability' wants run, batch or task, not 'bath'; did you mean 'batch'?"));
  EXPECT_EQ(ropewalk({"run", "echo.yaml", "--record", "--no-record"}).exit_code, 2);
}

TEST_F(RecordRun, R04_AFolderThatCannotBeMadeEndsTheRunBeforeItBegins) {
  folder.file("taken", "");
  const ProgramEnd ended = ropewalk({"run", "echo.yaml", "--record-dir", "taken"});
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.err, HasSubstr("error[R306]: cannot record the run: 'taken': Not a directory"));
  EXPECT_THAT(ended.err, HasSubstr("--no-record"));
  EXPECT_THAT(ended.err, Not(HasSubstr("succeeded")));
}

TEST_F(RecordRun, Y16_SecretsAreNowhereOnDisk) {
  const std::string secret = "hunter2-battery-staple", other = "unasked-for-variable-value";
  folder.file("secret.yaml",
              "ropewalk: 1\nname: secret\nparams:\n  key: {type: text, secret: true}\n  old: {type: text, secret: "
              "true, default: " +
                  secret +
                  "-in-the-file}\nstages:\n"
                  "  - {name: e, task: sim.echo, foreach: ['${{ params.key }}', '${{ params.old }}'], with: {value: "
                  "'${{ item }}'}}\n"
                  "  - {name: s, task: shell.run, on_error: ignore, env: {KEY: '${{ params.key }}'}, with: {argv: [sh, "
                  "-c, 'echo $KEY; echo $KEY >&2; exit 3']}}\n"
                  "  - {name: x, task: sim.fail, needs: [], on_error: ignore, with: {how: crash}}\n");
  const ProgramEnd ended = ropewalk({"run", "secret.yaml"}, {{"ROPEWALK_PARAM_KEY", secret}, {"UNASKED", other}});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path(".ropewalk"))) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string bytes = read_file(entry.path().string());
    EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(other), std::string::npos) << entry.path();
  }
  EXPECT_EQ(files, 2) << "run.db and .gitignore";
  const auto record = only_run();
  EXPECT_THAT(record->stages().at(1).environment, HasSubstr("\"KEY\": \"***\""));
  EXPECT_THAT(record->task(0, 0)->attempts.at(0).result, HasSubstr("***"));
}

/// Each task appends its index to a file, so that a test sees which tasks ran.
constexpr const char* kTraced =
    "ropewalk: 1\nname: traced\nparams: {mark: {type: text, default: a}}\nstages:\n"
    "  - {name: t, task: shell.run, executor: process, foreach: {lines: items.txt}, with: {argv: [sh, -c, 'echo $1 >> "
    "ran; echo got $1', sh, '${{ item }}']}}\n"
    "  - {name: u, task: sim.echo, foreach: {results: t}, with: {value: '${{ item.stdout }}${{ params.mark }}'}}\n";

struct Resume : RecordRun {
  void items(std::vector<std::string> lines) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    folder.file("items.txt", text);
  }
  /// What ran since the last call.
  std::vector<std::string> ran() const {
    auto lines = lines_of(read_file(folder.path("ran")));
    folder.file("ran", "");
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  Resume() {
    folder.file("traced.yaml", kTraced);
    items({"i0", "i1", "i2", "i3", "i4"});
    folder.file("ran", "");
  }
};

TEST_F(Resume, E16_KeepsEverythingOfAWholeRunAndGivesTheSameResults) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q", "--results", "first.jsonl"}).exit_code, 0);
  EXPECT_EQ(ran().size(), 5u);
  const ProgramEnd ended = ropewalk({"resume", "--results", "second.jsonl"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ran(), testing::IsEmpty());
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: stage 't': 5 of 5 tasks kept\n"));
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: stage 'u': 5 of 5 tasks kept\n"));
  EXPECT_EQ(read_file(folder.path("first.jsonl")), read_file(folder.path("second.jsonl")));
  const auto record = only_run();
  EXPECT_EQ(record->run().sessions.size(), 2u);
  EXPECT_EQ(record->result()->stages.at(0).kept, 5u);
  EXPECT_EQ(std::distance(fs::directory_iterator(runs().front()), fs::directory_iterator()), 1) << "one file again";
}

TEST_F(Resume, E11_RunsExactlyTheTaskWhoseParametersChangedAndWhatDependsOnIt) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  ran();
  items({"i0", "i1", "new", "i3", "i4"});
  const ProgramEnd ended = ropewalk({"resume", "latest", "--results", "after.jsonl"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ran(), std::vector<std::string>{"new"});
  EXPECT_THAT(ended.err, HasSubstr("stage 't': 4 of 5 tasks kept; 1 runs because its item changed\n"));
  EXPECT_THAT(ended.err, HasSubstr("stage 'u': 4 of 5 tasks kept; 1 runs because results that it reads changed\n"));
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}).exit_code, 0);
  EXPECT_EQ(read_file(folder.path("after.jsonl")), read_file(folder.path("fresh.jsonl")));
  EXPECT_EQ(only_run()->task(0, 2)->attempts.size(), 2u) << "the old attempt stays";
}

TEST_F(Resume, TakesOverTheParamsOfTheRunUnlessTheyAreGivenAgain) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q", "--set", "mark=b"}).exit_code, 0);
  EXPECT_THAT(ropewalk({"resume"}).err, HasSubstr("stage 'u': 5 of 5 tasks kept\n"));
  const ProgramEnd changed = ropewalk({"resume", "--set", "mark=c"});
  EXPECT_THAT(changed.err, HasSubstr("stage 't': 5 of 5 tasks kept\n"));
  EXPECT_THAT(changed.err,
              HasSubstr("stage 'u': 0 of 5 tasks kept; 5 run because param 'mark' changed (\"b\" -> \"c\")\n"));
}

TEST_F(Resume, NowIsTheSameForAllTasksOfARunAndOfItsResumes) {
  folder.file("now.yaml",
              "ropewalk: 1\nstages:\n  - {name: s, task: shell.run, executor: serial, foreach: [a, go], with: {argv: "
              "[sh, -c, 'test $0 = a || test -e $0 && echo $1', '${{ item }}', '${{ now() }}']}}\n");
  const std::time_t before = std::time(nullptr);
  ASSERT_EQ(ropewalk({"run", "now.yaml", "-q"}).exit_code, 1);
  const std::time_t first = std::time(nullptr);
  ASSERT_TRUE(eventually([&] { return std::time(nullptr) > first; }));
  folder.file("go", "");
  ASSERT_EQ(ropewalk({"resume", "-q", "--results", "all.jsonl"}).exit_code, 0);
  std::vector<std::time_t> said;
  const std::string member = "\"stdout\": \"";
  for (const std::string& line : lines_of(read_file(folder.path("all.jsonl"))))
    said.push_back(std::stoll(line.substr(line.find(member) + member.size())));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0], said[1]) << "the second one ran in a later second";
  EXPECT_GE(said[0], before);
  EXPECT_LE(said[0], first);
}

TEST_F(Resume, RunsWhatHadFailedAgain) {
  folder.file("flaky.yaml",
              "ropewalk: 1\nname: flaky\nstages:\n  - {name: f, task: shell.run, foreach: {range: 6}, with: {argv: "
              "[sh, -c, 'test $1 -ne 3 || test -e mended', sh, '${{ text(item) }}']}}\n");
  EXPECT_EQ(ropewalk({"run", "flaky.yaml", "-q"}).exit_code, 1);
  folder.file("mended", "");
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'f': 5 of 6 tasks kept; 1 runs because it had failed"));
  EXPECT_EQ(only_run()->result()->stages.at(0).succeeded, 6u);
}

/// Task 1 of 'f' fails until the file 'mended' is there.
constexpr const char* kFailing = R"(ropewalk: 1
name: failing
params: {mark: a}
defaults: {executor: serial, task: shell.run}
stages:
  - {name: f, foreach: {range: 4}, with: {argv: [sh, -c, 'echo f$1$2 >> ran; test $1 -ne 1 || test -e mended', sh, '${{ text(item) }}', '${{ params.mark }}']}}
  - {name: g, foreach: {results: f}, with: {argv: [sh, -c, 'echo g$1 >> ran', sh, '${{ text(index) }}']}}
  - {name: h, after: any, foreach: {range: 2}, with: {argv: [sh, -c, 'echo h$1 >> ran', sh, '${{ text(item) }}']}}
)";

TEST_F(Resume, FailedRunsOnlyWhatFailedAndWhatDependsOnIt) {
  using testing::ElementsAre;
  folder.file("failing.yaml", kFailing);
  EXPECT_EQ(ropewalk({"run", "failing.yaml", "-q", "--stage", "g"}).exit_code, 1);
  EXPECT_THAT(ran(), ElementsAre("f0a", "f1a", "f2a", "f3a", "g0", "g2", "g3"));
  folder.file("mended", "");
  const ProgramEnd some = ropewalk({"resume", "--failed", "--set", "mark=b"});
  EXPECT_EQ(some.exit_code, 1) << some.err;
  EXPECT_THAT(ran(), ElementsAre("f1b", "g1"));
  EXPECT_THAT(some.err, HasSubstr("stage 'f': 3 of 4 tasks kept, 3 of them although their parameters, plugin or files "
                                  "changed; 1 runs because it had failed\n"));
  EXPECT_THAT(some.err, HasSubstr("stage 'g': 3 of 4 tasks kept; 1 runs because it had been skipped\n"));
  EXPECT_THAT(some.err, HasSubstr("stage 'h': 0 of 2 tasks kept; 2 had not ended and are left so\n"));
  EXPECT_EQ(only_run()->result()->stages.at(2).not_started, 2u);
  EXPECT_EQ(ropewalk({"resume", "-q"}).exit_code, 0);
  EXPECT_THAT(ran(), ElementsAre("f0b", "f2b", "f3b", "h0", "h1"));
}

/// The names of the stages.
std::vector<std::string> names_of(const std::vector<RecordedStage>& stages) {
  std::vector<std::string> names;
  for (const RecordedStage& stage : stages) names.push_back(stage.name);
  return names;
}

TEST_F(Resume, E11_StagesAreMatchedByTheirNamesWhereverTheyStand) {
  using testing::ElementsAre;
  const std::string text = kTraced, head = text.substr(0, text.find("  - {name: t"));
  const std::string t = text.substr(head.size(), text.find("  - {name: u") - head.size());
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  ran();
  folder.file("traced.yaml", head + "  - {name: v, task: sim.noop}\n" + text.substr(head.size()));
  const ProgramEnd moved = ropewalk({"resume"});
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  EXPECT_THAT(moved.err, HasSubstr("ropewalk: stage 'v' is new\n"));
  EXPECT_THAT(moved.err, HasSubstr("stage 'v': 0 of 1 tasks kept; 1 runs because it had not ended\n"));
  EXPECT_THAT(moved.err, HasSubstr("stage 't': 5 of 5 tasks kept\n"));
  EXPECT_THAT(moved.err, HasSubstr("stage 'u': 5 of 5 tasks kept\n"));
  EXPECT_THAT(ran(), testing::IsEmpty());
  EXPECT_THAT(names_of(only_run()->stages()), ElementsAre("v", "t", "u"));
  EXPECT_EQ(only_run()->task(1, 2)->attempts.at(0).item, "\"i2\"");

  folder.file("traced.yaml", head + t);
  const ProgramEnd fewer = ropewalk({"resume"});
  EXPECT_EQ(fewer.exit_code, 0) << fewer.err;
  EXPECT_THAT(fewer.err,
              HasSubstr("ropewalk: stage 'u' is not in the workflow any more: its 5 results stay in the record\n"));
  EXPECT_THAT(fewer.err, HasSubstr("stage 'v' is not in the workflow any more: its result stays in the record\n"));
  const auto record = only_run();
  EXPECT_THAT(names_of(record->stages()), ElementsAre("t"));
  EXPECT_THAT(names_of(record->gone_stages()), ElementsAre("u", "v"));
  EXPECT_EQ(record->result()->tasks(), 5u);
  EXPECT_THAT(record->task(record->gone_stages()[0].number, 4)->attempts.at(0).result, HasSubstr("got i4"));

  folder.file("traced.yaml", text);
  EXPECT_THAT(ropewalk({"resume"}).err, HasSubstr("stage 'u': 5 of 5 tasks kept\n"));
  EXPECT_EQ(ropewalk({"resume", "--stage", "t"}).err.find("is not in the workflow"), std::string::npos);
}

TEST_F(Resume, E11_WhatWasEditedIsReportedAndIsTheReason) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  std::string text = kTraced;
  text.replace(text.find("params.mark }}'"), 15, "params.mark }}!'");
  folder.file("traced.yaml", text);
  const ProgramEnd edited = ropewalk({"resume"});
  EXPECT_THAT(edited.err, HasSubstr("ropewalk: the workflow was edited since the last session: 'u' (with)\n"));
  EXPECT_THAT(edited.err, HasSubstr("stage 'u': 0 of 5 tasks kept; 5 run because 'with' was edited\n"));
  const ProgramEnd changed = ropewalk({"resume", "--set", "mark=z"});
  EXPECT_THAT(changed.err, Not(HasSubstr("was edited")));
  EXPECT_THAT(changed.err, HasSubstr("5 run because param 'mark' changed (\"a\" -> \"z\")\n"));
}

TEST_F(Resume, E11_AnEditOfDefaultsConcernsTheStagesThatItReachesAndNoOthers) {
  const auto write = [&](const std::string& value, const std::string& timeout) {
    folder.file("defaults.yaml",
                "ropewalk: 1\nname: defaults\ndefaults: {with: {value: " + value + "}, timeout: " + timeout +
                    "}\nstages:\n"
                    "  - {name: own, task: sim.echo, executor: process, needs: [], with: {value: mine}, timeout: 9s}\n"
                    "  - {name: none, task: sim.noop, executor: process, needs: [], timeout: 9s}\n"
                    "  - {name: theirs, task: sim.echo, executor: process, needs: []}\n");
  };
  write("first", "5s");
  ASSERT_EQ(ropewalk({"run", "defaults.yaml", "-q"}).exit_code, 0);
  write("second", "5s");
  const ProgramEnd value = ropewalk({"resume"});
  EXPECT_THAT(value.err, HasSubstr("ropewalk: the workflow was edited since the last session: 'theirs' (with)\n"));
  EXPECT_THAT(value.err, HasSubstr("stage 'own': 1 of 1 tasks kept\n"));
  EXPECT_THAT(value.err, HasSubstr("stage 'none': 1 of 1 tasks kept\n"));
  EXPECT_THAT(value.err, HasSubstr("stage 'theirs': 0 of 1 tasks kept; 1 runs because 'with' was edited\n"));
  write("second", "6s");
  const ProgramEnd timeout = ropewalk({"resume"});
  EXPECT_THAT(timeout.err, HasSubstr("ropewalk: the workflow was edited since the last session: 'theirs' (timeout)\n"));
  EXPECT_THAT(timeout.err, HasSubstr("stage 'theirs': 1 of 1 tasks kept\n")) << "its result is the same";
}

TEST_F(Resume, E11_ARenamedStageIsAGoneAndANewOne) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  std::string text = kTraced;
  text.replace(text.find("name: u,"), 8, "name: w,");
  folder.file("traced.yaml", text);
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("its 5 results stay in the record; 'w' is new and has the same task and parameters: "
                                   "if it is that stage, name it 'u' to keep its results\n"));
  EXPECT_THAT(ended.err, HasSubstr("stage 'w': 0 of 5 tasks kept; 5 run because they had not ended\n"));
}

TEST_F(Resume, E11_AnotherWorkflowIsRefused) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  folder.file("traced.yaml", "ropewalk: 1\nstages: [{name: other, task: sim.noop}]\n");
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.err, HasSubstr("error[R307]: the run cannot be resumed: the workflow has none of its stages"));
  EXPECT_EQ(only_run()->run().sessions.size(), 1u);
}

/// 1,000 tasks that read and write a file each, and note their index.
constexpr const char* kFiles = R"(ropewalk: 1
name: files
params: {check: hash}
stages:
  - name: f
    task: shell.run
    foreach: {glob: "in/*"}
    reads: ["${{ item }}"]
    writes: ["out/${{ basename(item) }}"]
    inputs: ${{ params.check }}
    with: {argv: [sh, -c, 'echo $1 >> ran; cat "$1" > "out/${1#in/}"', sh, "${{ item }}"]}
)";

struct ResumeFiles : Resume {
  void make(int files) const {
    folder.file("files.yaml", kFiles);
    fs::create_directory(folder.path("in"));
    fs::create_directory(folder.path("out"));
    for (int i = 0; i < files; ++i) folder.file(name(i), "content " + std::to_string(i));
  }
  static std::string name(int i) { return "in/" + std::to_string(1000 + i); }
  /// Another time of change, with the same content.
  void touch(const std::string& file) const {
    fs::last_write_time(folder.path(file), fs::last_write_time(folder.path(file)) + std::chrono::hours(1));
  }
};

TEST_F(ResumeFiles, E11_OneChangedInputOfAThousandRunsExactlyOneTaskAgainAndWhyNamesIt) {
  make(1000);
  ASSERT_EQ(ropewalk({"run", "files.yaml", "-q"}).exit_code, 0);
  EXPECT_EQ(ran().size(), 1000u);
  folder.file(name(617), "another content");
  touch(name(3));  // its content is what it was
  const ProgramEnd ended = ropewalk({"resume"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ran(), std::vector<std::string>{name(617)});
  EXPECT_THAT(ended.err, HasSubstr("stage 'f': 999 of 1000 tasks kept; 1 runs because file 'in/1617' changed\n"));
  EXPECT_EQ(read_file(folder.path("out/1617")), "another content");
  const ProgramEnd why = ropewalk({"why", "latest", "f/617"});
  EXPECT_EQ(why.exit_code, 0) << why.err;
  EXPECT_THAT(why.out,
              testing::ContainsRegex("it ran again in session 2 because of what differs from session 1:\n +file "
                                     "'in/1617' \\(reads\\): 11 bytes of 20[-0-9 :]+, content [0-9a-f]{16} -> "
                                     "15 bytes of 20[-0-9 :]+, content [0-9a-f]{16}\n"));
  EXPECT_THAT(why.out, HasSubstr("  reads     in/1617: 15 bytes of 20"));
}

TEST_F(ResumeFiles, E11_AFileThatIsGoneOrChangedAfterItWasWrittenIsWrittenAgain) {
  make(5);
  ASSERT_EQ(ropewalk({"run", "files.yaml", "-q"}).exit_code, 0);
  ran();
  fs::remove(folder.path("out/1001"));
  folder.file("out/1003", "scribble");
  touch("out/1004");
  const ProgramEnd ended = ropewalk({"resume"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ran(), testing::ElementsAre(name(1), name(3)));
  EXPECT_THAT(ended.err, HasSubstr("stage 'f': 3 of 5 tasks kept; 2 run because files that they write changed\n"));
  EXPECT_EQ(read_file(folder.path("out/1003")), "content 3");
}

TEST_F(ResumeFiles, E11_WithStatTheTimeOfAFileCounts) {
  make(4);
  ASSERT_EQ(ropewalk({"run", "files.yaml", "-q", "--set", "check=stat"}).exit_code, 0);
  ran();
  touch(name(2));
  EXPECT_EQ(ropewalk({"resume", "-q"}).exit_code, 0);
  EXPECT_EQ(ran(), std::vector<std::string>{name(2)});
  EXPECT_FALSE(only_run()->task(0, 1)->files.at(0).hash);
}

TEST_F(ResumeFiles, AFileThatChangesWhileItsTaskRunsIsNotTrusted) {
  folder.file(
      "own.yaml",
      "ropewalk: 1\nstages:\n  - {name: f, task: shell.run, reads: [data, absent], writes: [never], with: {argv: "
      "[sh, -c, 'echo f >> ran; echo more >> data']}}\n");
  folder.file("data", "some");
  const ProgramEnd ended = ropewalk({"run", "own.yaml"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("f/0 has succeeded, but there is no file 'never'"));
  ran();
  EXPECT_THAT(ropewalk({"resume"}).err, HasSubstr("1 runs because file 'data' changed while its task ran\n"));
  EXPECT_EQ(ran().size(), 1u);
  EXPECT_THAT(ropewalk({"run", "own.yaml", "--no-record"}).err, Not(HasSubstr("'never'")));
  EXPECT_THAT(ropewalk({"run", "own.yaml", "--dry-run"}).out,
              HasSubstr("; reads [\"data\", \"absent\"]; writes [\"never\"]\n"));
}

TEST_F(Resume, SecretsAreNotInKeysAndAnotherSecretRunsNothingAgain) {
  folder.file("secret.yaml",
              "ropewalk: 1\nparams: {pin: {type: text, secret: true}, mark: a}\nstages:\n"
              "  - {name: s, task: shell.run, foreach: [p, r], with: {argv: [sh, -c, 'echo $1 >> ran', sh, '${{ item "
              "}}${{ params.mark }}', '${{ params.pin }}']}}\n");
  const auto keys = [&] {
    std::vector<std::uint64_t> all;
    const auto record = open_record(runs().front());
    EXPECT_TRUE((*record)->visit(0, [&](const RecordedAttempt& attempt) { all.push_back(attempt.key.value()); }));
    return all;
  };
  ASSERT_EQ(ropewalk({"run", "secret.yaml", "-q", "--set", "pin=12345678"}).exit_code, 0);
  const auto first = keys();
  fs::remove_all(folder.path(".ropewalk"));
  ASSERT_EQ(ropewalk({"run", "secret.yaml", "-q", "--set", "pin=87654321"}).exit_code, 0);
  EXPECT_EQ(keys(), first) << "a secret that can be tried is in the key";
  EXPECT_NE(first.at(0), first.at(1));
  ran();
  EXPECT_EQ(ropewalk({"resume", "-q", "--set", "pin=00000000"}).exit_code, 0);
  EXPECT_THAT(ran(), testing::IsEmpty());
  EXPECT_EQ(ropewalk({"resume", "-q", "--set", "pin=00000000", "--set", "mark=b"}).exit_code, 0);
  EXPECT_EQ(ran(), (std::vector<std::string>{"pb", "rb"}));
}

TEST_F(Resume, FindsRunsByNameBeginningAndPathAndSuggests) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}).exit_code, 0);
  const std::string name = only_run()->run().name, id = only_run()->run().id;
  for (const std::string& word :
       {name, name.substr(0, 4), id, runs().front().string(), (runs().front() / "run.db").string()})
    EXPECT_EQ(ropewalk({"resume", word, "-q"}).exit_code, 0) << word;
  const ProgramEnd wrong = ropewalk({"resume", name + "s"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean '" + name + "'?"));
}

#if ROPEWALK_FAILPOINTS

TEST_F(Resume, E01_E02_E03_ARunThatIsKilledAnywhereIsResumedToTheResultsOfAnUndisturbedOne) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}).exit_code, 0);
  for (const char* point : {"record.before_write=kill@1", "record.before_commit=kill@2", "record.after_commit=kill@1",
                            "record.after_commit=kill@4", "record.end=kill@1"}) {
    fs::remove_all(folder.path(".ropewalk"));
    ran();
    const ProgramEnd killed =
        ropewalk({"run", "traced.yaml", "-q"}, {{"ROPEWALK_DURABILITY", "task"}, {"ROPEWALK_FAILPOINTS", point}});
    EXPECT_EQ(killed.signal, SIGKILL) << point << killed.err;
    std::set<std::string> acknowledged;
    {
      const auto record = only_run();
      ASSERT_TRUE(record->visit(0, [&](const RecordedAttempt& attempt) {
        if (attempt.outcome == Outcome::succeeded) acknowledged.insert(attempt.item);
      }));
    }
    ran();
    const ProgramEnd ended = ropewalk({"resume", "-q", "--results", "resumed.jsonl"});
    ASSERT_EQ(ended.exit_code, 0) << point << ended.err;
    for (const std::string& again : ran())
      EXPECT_FALSE(acknowledged.contains("\"" + again + "\"")) << point << " ran an acknowledged task again";
    EXPECT_EQ(read_file(folder.path("fresh.jsonl")), read_file(folder.path("resumed.jsonl"))) << point;
  }
}

/// Of a log of SQLite. The last frame of a write names the size of the database.
std::size_t end_of_first_write(const std::string& log) {
  constexpr std::size_t kHeaderBytes = 32, kFrameBytes = 24 + 4096, kSizeAt = 4;
  std::size_t at = kHeaderBytes;
  while (log.substr(at + kSizeAt, 4) == std::string(4, '\0')) at += kFrameBytes;
  return at + kFrameBytes;
}

TEST_F(Resume, E05_OfADamagedLogWhatCannotBeReadRunsAgainAndThatIsReported) {
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}).exit_code, 0);
  ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"},
                     {{"ROPEWALK_DURABILITY", "task"}, {"ROPEWALK_FAILPOINTS", "record.after_commit=kill@6"}})
                .signal,
            SIGKILL);
  const fs::path log = runs().front() / "run.db-wal";
  std::string bytes = read_file(log.string());
  const std::size_t at = end_of_first_write(bytes) + 100;
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 4);
  std::ofstream(log, std::ios::binary) << bytes;
  EXPECT_THAT(ropewalk({"show", "latest"}).out, HasSubstr("\nwarning: the log of the record is damaged: "));
  const ProgramEnd ended = ropewalk({"resume", "--results", "resumed.jsonl"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: the log of the record is damaged: "));
  EXPECT_EQ(read_file(folder.path("fresh.jsonl")), read_file(folder.path("resumed.jsonl")));
}

TEST_F(Resume, M01_OfTwoThatStartAtOnceOneGoesOnAndTheOtherIsRefusedOrFindsNothingToDo) {
  folder.file("traced.yaml",
              "ropewalk: 1\nname: traced\nstages:\n  - {name: t, task: shell.run, executor: process, foreach: {range: "
              "9}, with: {argv: [sh, -c, 'echo $1 >> $WHO; echo got $1', sh, '${{ text(item) }}']}}\n");
  ASSERT_EQ(
      ropewalk({"run", "traced.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}, {{"WHO", "fresh"}}).exit_code,
      0);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    fs::remove_all(folder.path(".ropewalk"));
    ASSERT_EQ(ropewalk({"run", "traced.yaml", "-q"}, {{"WHO", "killed"},
                                                      {"ROPEWALK_DURABILITY", "task"},
                                                      {"ROPEWALK_FAILPOINTS", "record.after_commit=kill@2"}})
                  .signal,
              SIGKILL);
    for (const char* who : {"one", "two"}) folder.file(who, "");
    Program one(ropewalk_words({"resume", "-q"}), recording_in(folder, {{"WHO", "one"}})),
        two(ropewalk_words({"resume", "-q"}), recording_in(folder, {{"WHO", "two"}}));
    int done = 0;
    for (Program* each : {&one, &two}) {
      const ProgramEnd ended = each->wait();
      if (ended.exit_code == 0)
        ++done;
      else
        EXPECT_THAT(ended.err, HasSubstr("error[R305]")) << ended.exit_code;
    }
    EXPECT_GE(done, 1);
    EXPECT_TRUE(read_file(folder.path("one")).empty() || read_file(folder.path("two")).empty()) << "both ran tasks";
    ASSERT_EQ(ropewalk({"show", "latest", "--results", "shown.jsonl"}).exit_code, 0);
    EXPECT_EQ(read_file(folder.path("fresh.jsonl")), read_file(folder.path("shown.jsonl")));
  }
}

/// 'wake' ends when 'sleep' has started its command, and with its record the engine is killed.
constexpr const char* kSleeper = R"(ropewalk: 1
name: sleeper
stages:
  - {name: sleep, task: shell.run, executor: process, needs: [], with: {argv: [sh, -c, 'if test -e pid; then ! grep -q sleep /proc/$(cat pid)/cmdline; else echo $$ > new && mv new pid; exec sleep 1000; fi']}}
  - {name: wake, task: shell.run, executor: process, needs: [], with: {argv: [sh, -c, 'until test -e pid; do sleep 0.01; done']}}
)";

TEST_F(Resume, E12_WhatAKilledEngineLeftRunningIsEndedBeforeTheFirstTask) {
  folder.file("sleeper.yaml", kSleeper);
  const ProgramEnd killed =
      ropewalk({"run", "sleeper.yaml", "-q"},
               {{"ROPEWALK_DURABILITY", "task"},
                {"ROPEWALK_FAILPOINTS", "record.after_commit=kill@1,warden.leave=sleep:1000000ms"}});
  ASSERT_EQ(killed.signal, SIGKILL) << killed.err;
  const pid_t command = std::stoi(read_file(folder.path("pid")));
  // Of a process that has ended and is not reaped it is empty.
  const auto is_alive = [&] {
    std::ifstream words("/proc/" + std::to_string(command) + "/cmdline");
    return words.peek() != std::ifstream::traits_type::eof();
  };
  ASSERT_TRUE(is_alive()) << "the warden must not have ended it";
  // The task fails if the command of its first attempt is alive.
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'sleep': 0 of 1 tasks kept; 1 runs because it had not ended\n"));
  EXPECT_FALSE(is_alive());
}

/// Changes what a record says.
void forge(const fs::path& run, const std::string& sql) {
  record::Database database;
  ASSERT_TRUE(database.open(run / "run.db", record::Database::Mode::write)) << database.problem();
  ASSERT_TRUE(database.run(sql.c_str())) << database.problem();
}

TEST_F(Resume, E14_AProcessThatHasTheNumberOfAHostByNowIsLeftAlone) {
  const ProgramEnd killed =
      ropewalk({"run", "traced.yaml", "-q"},
               {{"ROPEWALK_DURABILITY", "task"}, {"ROPEWALK_FAILPOINTS", "record.after_commit=kill@2"}});
  ASSERT_EQ(killed.signal, SIGKILL) << killed.err;
  // By its name it could be a host.
  fs::copy_file("/bin/sleep", folder.path("ropewalk-host"));
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    ::execl(folder.path("ropewalk-host").c_str(), "ropewalk-host", "1000", nullptr);
    ::_exit(1);
  }
  const auto is_named = [&] { return read_file("/proc/" + std::to_string(stranger) + "/comm") == "ropewalk-host\n"; };
  while (!is_named()) std::this_thread::yield();
  // Started long after the record says that the host was, or by another boot.
  const std::string host = "DELETE FROM host; INSERT INTO host (session, pid, started_ns, stage, workers) VALUES (1, " +
                           std::to_string(stranger) + ", 1000000, 0, 1)";
  for (const std::string& sql :
       {host + "; UPDATE session SET outcome = NULL, started_unix_ns = started_unix_ns - 3600000000000",
        host + "; UPDATE session SET outcome = NULL, boot_id = 'another'"}) {
    forge(runs().front(), sql);
    const ProgramEnd ended = ropewalk({"resume"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(::kill(stranger, 0), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(stranger, &status, WNOHANG), 0) << "the stranger was killed";
  }
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
}

TEST_F(Resume, E13_KilledAHundredTimesItGetsOnEachTimeAndTheRecordGrowsWithTheTasks) {
  constexpr std::uint64_t kTasks = 110;
  folder.file(
      "many.yaml",
      "ropewalk: 1\nname: many\nstages:\n  - {name: m, task: sim.echo, executor: serial, foreach: {range: 110}, "
      "with: {value: '${{ item }}'}}\n");
  ASSERT_EQ(ropewalk({"run", "many.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}).exit_code, 0);
  const auto done = [&] {
    std::uint64_t succeeded = 0, rows = 0;
    const auto record = only_run();
    EXPECT_TRUE(record->visit_attempts(0, [&](const RecordedAttempt& attempt) {
      ++rows;
      succeeded += attempt.outcome == Outcome::succeeded;
    }));
    EXPECT_EQ(rows, succeeded) << "a row that is no result";
    return succeeded;
  };
  const std::vector<std::pair<std::string, std::string>> kill{{"ROPEWALK_DURABILITY", "task"},
                                                              {"ROPEWALK_FAILPOINTS", "record.after_commit=kill@1"}};
  ASSERT_EQ(ropewalk({"run", "many.yaml", "-q"}, kill).signal, SIGKILL);
  std::uint64_t before = done();
  int kills = 1;
  while (kills < 100) {
    const ProgramEnd ended = ropewalk({"resume", "-q"}, kill);
    if (ended.signal != SIGKILL) break;  // everything was done
    ++kills;
    const std::uint64_t now = done();
    ASSERT_GT(now, before) << "after " << kills << " kills";
    before = now;
  }
  EXPECT_EQ(ropewalk({"resume", "-q", "--results", "resumed.jsonl"}).exit_code, 0);
  EXPECT_EQ(done(), kTasks);
  EXPECT_EQ(read_file(folder.path("fresh.jsonl")), read_file(folder.path("resumed.jsonl")));
  EXPECT_LT(fs::file_size(runs().front() / "run.db"), 1u << 20);
}

#endif

#if ROPEWALK_FAILPOINTS

TEST_F(RecordRun, R01_AFullDiskStopsDispatchKeepsWhatIsDoneAndEndsWith74) {
  folder.file("many.yaml",
              "ropewalk: 1\nname: many\nstages:\n  - {name: e, task: sim.echo, executor: serial, foreach: {range: "
              "100000}, with: {value: '${{ item }}'}}\n");
  const ProgramEnd ended =
      ropewalk({"run", "many.yaml"},
               {{"ROPEWALK_DURABILITY", "task"}, {"ROPEWALK_FAILPOINTS", "record.before_commit=err:ENOSPC@3+"}});
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.err, HasSubstr("R306"));
  EXPECT_THAT(ended.err, HasSubstr("No space left on device"));
  EXPECT_THAT(ended.err, HasSubstr("make room on the disk"));
  const RunResult result = *only_run()->result();
  EXPECT_GT(result.stages.at(0).succeeded, 0u);
  EXPECT_LT(result.stages.at(0).succeeded, 100000u);
}

TEST_F(RecordRun, E18_ATaskThatTheSchedulerForgetsIsNeverASuccess) {
  const ProgramEnd ended = ropewalk({"run", "echo.yaml"}, {{"ROPEWALK_FAILPOINTS", "stage.drop_task=err:EIO@3"}});
  EXPECT_EQ(ended.exit_code, 70) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'e' has lost track of 1 of its 30 tasks: an error in the engine"));
  const RunResult result = *only_run()->result();
  EXPECT_NE(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages.at(0).succeeded, 29u);
  EXPECT_THAT(ropewalk({"show", "latest"}).out, HasSubstr("stage 'e' has lost track of 1 of its 30 tasks"));
  const ProgramEnd resumed = ropewalk({"resume", "latest"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("stage 'e': 29 of 30 tasks kept"));
}

TEST_F(RecordRun, E02_E03_ARunThatIsKilledLeavesAReadableRecord) {
  for (const char* point :
       {"record.before_write=kill@2", "record.before_commit=kill@1", "record.after_commit=kill@3"}) {
    const std::string root = std::string("killed-") + std::to_string(std::string(point).size()) + point[8];
    const ProgramEnd ended = ropewalk({"run", "echo.yaml", "-q", "--record-dir", root},
                                      {{"ROPEWALK_DURABILITY", "task"}, {"ROPEWALK_FAILPOINTS", point}});
    if (ended.exit_code == 0) continue;  // all tasks came in one span
    EXPECT_EQ(ended.signal, SIGKILL) << ended.err;
    const auto record = only_run(root);
    EXPECT_FALSE(record->run().live()) << "the lock ends with its holder";
    EXPECT_EQ(record->run().sessions.at(0).outcome, std::nullopt);
    const RunResult result = *record->result();
    EXPECT_TRUE(result.broken);
    EXPECT_LE(result.stages.at(0).succeeded, 30u);
  }
}

#endif

}  // namespace
}  // namespace ropewalk::test
