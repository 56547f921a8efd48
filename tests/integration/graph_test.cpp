// Stages as a graph, through the real program: their order, the stages that are left out, and the reported reasons.

#include "program.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}
/// "name outcome tasks why" of each stage in --json.
std::vector<std::string> stages_of(const ProgramEnd& ended) {
  std::vector<std::string> lines;
  const json document = json::parse(ended.out);
  for (const json& stage : document.at("stages"))
    lines.push_back(fmt::format("{} {} {} {}", stage.at("name").get<std::string>(),
                                stage.at("outcome").get<std::string>(), stage.at("tasks").get<int>(),
                                stage.value("why", "")));
  return lines;
}

constexpr const char* kNotice = R"(ropewalk: 1
params: {how: error}
stages:
  - {name: notice, task: sim.echo, needs: [fetch], after: failure, with: {value: "sorry"}}
  - {name: fetch, task: sim.fail, needs: [], foreach: {range: 3}, with: {how: "${{ params.how }}", rate: "${{ params.rate }}"}}
  - {name: use, task: sim.noop}
  - {name: tidy, task: sim.noop, needs: [use], after: any}
)";

TEST(Graph, M07_ANoticeRunsAfterAFailureAndDependentStagesAreSkipped) {
  const Folder folder;
  std::string text = kNotice;
  text.replace(text.find("{how: error}"), 12, "{how: error, rate: 1.0}");
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", text), "--json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_THAT(stages_of(ended), ElementsAre("notice succeeded 1 ", "fetch failed 3 3 of 3 tasks failed",
                                            "use skipped 0 it needs stage 'fetch', which failed", "tidy succeeded 1 "));
  EXPECT_THAT(ended.err, HasSubstr("note: stage 'use' was skipped: it needs stage 'fetch', which failed\n"));
}

TEST(Graph, M07_WithoutAFailureTheNoticeIsLeftOutAndThatIsASuccess) {
  const Folder folder;
  std::string text = kNotice;
  text.replace(text.find("{how: error}"), 12, "{how: error, rate: 0.0}");
  const std::string events = folder.path("events");
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", text), "--json", "--events", events});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(stages_of(ended), ElementsAre("notice left_out 0 it runs after a failure, and there was none",
                                            "fetch succeeded 3 ", "use succeeded 1 ", "tidy succeeded 1 "));
  EXPECT_THAT(ended.err, HasSubstr("note: stage 'notice' was left out: it runs after a failure, and there was none\n"));
  std::vector<std::string> told;
  for (const json& line : lines_of(read_file(events)))
    if (line.at("event") == "stage_finished" && line.at("stage") == "notice")
      told.push_back(fmt::format("{} {} {}", line.at("outcome").get<std::string>(), line.at("tasks").get<int>(),
                                 line.at("why").get<std::string>()));
  EXPECT_THAT(told, ElementsAre("left_out 0 it runs after a failure, and there was none"));
}

TEST(Graph, StagesWithoutNeedsRunAtTheSameTime) {
  // Each waits for the other's file: in sequence they would never end.
  const Folder folder;
  const char* meet = "until test -e $1; do sleep 0.01; done";
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", fmt::format(R"(ropewalk: 1
stages:
  - {{name: a, task: shell.run, timeout: 300s, with: {{argv: [sh, -c, "touch a; {0}", sh, b]}}}}
  - {{name: b, task: shell.run, needs: [], timeout: 300s, with: {{argv: [sh, -c, "touch b; {0}", sh, a]}}}}
)",
                                                                              meet))},
                                    {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST(Graph, AStageFeedsTwoStreamsAndAReaderOfAllResultsOnEveryExecutor) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: a, task: sim.echo, foreach: {range: 40}, with: {value: "${{ item }}"}}
  - {name: b, task: sim.echo, foreach: {results: a}, with: {value: "b${{ item.value }}"}}
  - {name: c, task: sim.echo, needs: [], foreach: {results: a}, with: {value: "c${{ item.value }}"}}
  - {name: all, task: sim.echo, needs: [], with: {value: ["${{ stages.b.results[*].value }}", "${{ stages.c.results[39].value }}"]}}
)");
  std::set<std::string> results;
  for (const char* executor : {"serial", "thread", "process", "thread-per-task", "process-per-task"}) {
    const ProgramEnd ended = ropewalk({"run", file, "-q", "--executor", executor, "--results", folder.path("r")});
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    results.insert(read_file(folder.path("r")));
  }
  ASSERT_EQ(results.size(), 1u);
  const std::vector<json> rows = lines_of(*results.begin());
  ASSERT_EQ(rows.size(), 121u);
  EXPECT_EQ(rows.back().at("value").at("value").at(0).size(), 40u);
  EXPECT_EQ(rows.back().at("value").at("value").at(1), "c39");
}

TEST(Graph, AChainOfAThousandStagesReusesItsHosts) {
  const Folder folder;
  std::string text = "ropewalk: 1\nstages:\n";
  for (int i = 0; i < 1000; ++i)
    text += fmt::format("  - {{name: s{}, task: sim.noop, executor: process, workers: 2}}\n", i);
  const ProgramEnd ended =
      ropewalk({"run", folder.file("w.yaml", text), "-q", "--json", "--events", folder.path("events")});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out).at("stages").size(), 1000u);
  std::set<int> hosts;
  for (const json& line : lines_of(read_file(folder.path("events"))))
    if (line.at("event") == "task_finished") hosts.insert(line.at("host").get<int>());
  EXPECT_LE(hosts.size(), 4u) << "each stage's one task finds an idle host";
}

TEST(Graph, AWideGraphOfTwoThousandStagesRunsWithinACap) {
  const Folder folder;
  std::string text = "ropewalk: 1\nstages:\n  - {name: s, task: sim.noop}\n";
  for (int i = 0; i < 2000; ++i) text += fmt::format("  - {{name: s{}, task: sim.noop, needs: [s]}}\n", i);
  const ProgramEnd ended =
      ropewalk({"run", folder.file("w.yaml", text), "-q", "-j", "2", "--events", folder.path("events")});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  std::set<int> hosts;
  for (const json& line : lines_of(read_file(folder.path("events"))))
    if (line.at("event") == "task_finished") hosts.insert(line.at("host").get<int>());
  EXPECT_LE(hosts.size(), 2u);
}

TEST(Graph, OutputsCarryTheItemWithItsResultOnEveryExecutor) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", R"(ropewalk: 1
vars: {greeting: "hello"}
stages:
  - name: fetch
    task: sim.echo
    foreach: [a, b, c]
    vars: {file: "${{ vars.greeting }}/${{ index }}-${{ item }}"}
    with: {value: "${{ vars.file }}"}
    outputs: {url: "${{ item }}", file: "${{ vars.file }}", row: "${{ item }},${{ result.value }}"}
  - {name: use, task: sim.echo, foreach: {results: fetch}, with: {value: "${{ item.url }} is ${{ item.file }}"}, outputs: {url: "${{ item.url }}"}}
  - {name: table, task: file.write, with: {path: table.csv, lines: "${{ stages.fetch.results[*].row }}"}}
  - {name: odd, task: sim.echo, needs: [fetch], if: "${{ stages.fetch.results[9].value }}"}
)");
  std::set<std::string> results;
  for (const char* executor : {"serial", "thread", "process", "thread-per-task", "process-per-task"}) {
    const ProgramEnd ended =
        ropewalk({"run", file, "-q", "--executor", executor, "--results", folder.path("r")}, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 1) << executor << ended.err;
    EXPECT_EQ(read_file(folder.path("table.csv")), "a,hello/0-a\nb,hello/1-b\nc,hello/2-c\n") << executor;
    results.insert(read_file(folder.path("r")));
  }
  ASSERT_EQ(results.size(), 1u);
  const std::vector<json> rows = lines_of(*results.begin());
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[1].at("value").dump(), R"({"file":"hello/1-b","row":"b,hello/1-b","url":"b","value":"hello/1-b"})");
  EXPECT_EQ(rows[4].at("value").dump(), R"({"url":"b","value":"b is hello/1-b"})");
}

TEST(Graph, AStageWhoseIfIsFalseIsLeftOutAndReportedEverywhere) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", R"(ropewalk: 1
params: {upload: {type: bool, default: false}}
stages:
  - {name: a, task: sim.noop}
  - {name: upload, task: sim.noop, if: "${{ params.upload }}"}
  - {name: b, task: sim.noop}
)");
  const std::string events = folder.path("events");
  const ProgramEnd out = ropewalk({"run", file, "--json", "--events", events});
  EXPECT_EQ(out.exit_code, 0) << out.err;
  EXPECT_THAT(stages_of(out), ElementsAre("a succeeded 1 ", "upload left_out 0 its 'if' is false", "b succeeded 1 "));
  EXPECT_THAT(out.err, HasSubstr("note: stage 'upload' was left out: its 'if' is false\n"));
  EXPECT_THAT(
      read_file(events),
      ContainsRegex(
          "\"stage_finished\".*\"stage\": \"upload\", \"outcome\": \"left_out\".*\"why\": \"its 'if' is false\""));
  EXPECT_THAT(stages_of(ropewalk({"run", file, "--json", "--set", "upload=true"})),
              ElementsAre("a succeeded 1 ", "upload succeeded 1 ", "b succeeded 1 "));
}

TEST(Graph, AnExpressionSeesThatAStageWasLeftOutAndDependentStagesRun) {
  const Folder folder;
  const ProgramEnd ended =
      ropewalk({"run", "--json", "--results", folder.path("r"), folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: upload, task: sim.noop, if: "${{ 1 > 2 }}"}
  - {name: say, task: sim.echo, with: {value: "${{ stages.upload.outcome }}, ${{ stages.upload.tasks }} tasks"}}
  - {name: retry, task: sim.noop, needs: [say], if: "${{ stages.upload.outcome == 'succeeded' }}"}
)")});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(stages_of(ended), ElementsAre("upload left_out 0 its 'if' is false", "say succeeded 1 ",
                                            "retry left_out 0 its 'if' is false"));
  EXPECT_EQ(lines_of(read_file(folder.path("r"))).back().at("value").at("value"), "left_out, 0 tasks");
}

TEST(Graph, M07_AStreamWithAMissingItemReportsItsProgress) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"run", "--json", folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: fetch, task: sim.fail, foreach: {range: 5}, with: {how: error, rate: "${{ if(item == 3, 1.0, 0.0) }}"}}
  - {name: hash, task: sim.noop, foreach: {results: fetch}}
)")});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_THAT(stages_of(ended), ElementsAre("fetch failed 5 1 of 5 tasks failed",
                                            "hash failed 5 1 of 5 items are missing, because stage 'fetch' failed"));
  EXPECT_THAT(ended.err, ContainsRegex("stage hash: failed, 4/5 done in [^,]*, 1 skipped\n"));
  EXPECT_THAT(ended.err,
              HasSubstr("note: stage 'hash' skipped 1 task: 1 of 5 items are missing, because stage 'fetch' failed\n"));
}

TEST(Graph, ANoticeCanCountFailuresAndDependOnTheirNumber) {
  const Folder folder;
  const ProgramEnd ended =
      ropewalk({"run", "--json", "--results", folder.path("r"), folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: fetch, task: sim.fail, foreach: {range: 3}, with: {how: error}}
  - {name: notice, task: sim.echo, needs: [fetch], after: failure, with: {value: "${{ stages.fetch.failed }} of ${{ stages.fetch.tasks }} failed"}}
  - {name: alarm, task: sim.echo, needs: [fetch], after: failure, if: "${{ stages.fetch.failed > 3 }}", with: {value: 1}}
)")});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_THAT(stages_of(ended), ElementsAre("fetch failed 3 3 of 3 tasks failed", "notice succeeded 1 ",
                                            "alarm left_out 0 its 'if' is false"));
  EXPECT_EQ(lines_of(read_file(folder.path("r"))).back().at("value").at("value"), "3 of 3 failed");
}

TEST(Graph, Y07_ACycleIsReportedBeforeAnythingRuns) {
  const Folder folder;
  folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: a, task: sim.noop, needs: [c]}
  - {name: b, task: sim.echo, with: {value: "${{ stages.a.result }}"}}
  - {name: c, task: sim.noop}
)");
  const ProgramEnd ended = ropewalk({"validate", "w.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.err, R"(w.yaml:3:39: error[W230]: these stages wait for each other: a -> c -> b -> a
   3 |   - {name: a, task: sim.noop, needs: [c]}
     |                                       ^
     = 'a' names 'c' under 'needs'
     = 'c' follows 'b' in the file, so it waits for it
     = 'b' reads the results of 'a'
     = give the stage that need not wait 'needs', the list of those that it waits for: 'needs: []' is none
1 mistake in w.yaml
)");
}

}  // namespace
}  // namespace ropewalk::test
