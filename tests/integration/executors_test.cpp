// One word in the workflow selects how its tasks run, and affects only the time.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class EveryExecutor : public testing::TestWithParam<const char*> {};

TEST_P(EveryExecutor, ChecksumsEqualThoseOfSha256sum) {
  const Folder folder;
  for (int i = 0; i < 40; ++i)
    folder.file("tree/" + std::to_string(i % 7) + "/file " + std::to_string(i),
                std::string(static_cast<std::size_t>(i * 1000), 'x'));
  folder.file("tree/.hidden", "dot");
  folder.file("tree/back\\slash", "x");
  const auto run = [&](const char* executor) {
    const ProgramEnd ended = ropewalk({"run", "-q", ROPEWALK_SOURCE "/workflows/checksum.yaml", "--set", "root=tree",
                                       "--executor", std::string("hash=") + executor, "--results", "results"},
                                      {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 0) << executor << ": " << ended.err;
    return read_file(folder.path("results"));
  };
  const std::string expected = run("serial");
  EXPECT_EQ(run(GetParam()), expected);
  EXPECT_EQ(lines_of(expected).size(), 43u);
  Program check({"/usr/bin/sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"}, {.folder = folder.path()});
  const ProgramEnd checked = check.wait();
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST_P(EveryExecutor, ADyingTaskFailsAlone) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: sim.fail, workers: 3, foreach: [error, crash, error, exit, throw, abort, error], with: {how: "${{ item }}"}}
  - {name: t, task: sim.echo, foreach: {range: 20}, with: {value: "${{ item }}"}}
)");
  std::string text = read_file(file);
  if (std::string(GetParam()) == "serial") text.replace(text.find(", workers: 3"), 12, "");
  folder.file("a.yaml", text);
  const ProgramEnd ended = ropewalk({"run", "--json", "--executor", GetParam(), file});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  std::vector<std::string> outcomes;
  const json run = json::parse(ended.out);
  for (const json& failure : run["failures"]) {
    EXPECT_EQ(failure["index"], outcomes.size());
    EXPECT_NE(failure["message"], "");
    outcomes.push_back(failure["outcome"]);
  }
  EXPECT_EQ(outcomes,
            (std::vector<std::string>{"failed", "crashed", "failed", "exited", "failed", "crashed", "failed"}))
      << ended.out;
}

TEST_P(EveryExecutor, EveryOtherResultIsIntactWhenOneTaskDies) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: sim.fail, foreach: {range: 30}, with: {how: crash, rate: 0.2, seed: 7}}
)");
  const ProgramEnd ended = ropewalk({"run", "--executor", GetParam(), "--results", "-", file});
  const ProgramEnd serial = ropewalk({"run", "--executor", "serial", "--results", "-", file});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_EQ(ended.out, serial.out);
  EXPECT_EQ(lines_of(ended.out).size(), 30u);
  EXPECT_THAT(ended.out, HasSubstr("succeeded"));
  EXPECT_THAT(ended.out, HasSubstr("crashed"));
}

TEST_P(EveryExecutor, LargeResultsArriveCompleteInOtherStagesAndInTheResults) {
  const Folder folder;
  const std::string file = folder.file("large.yaml", R"(
ropewalk: 1
name: large
stages:
  - name: make
    task: shell.run
    foreach: [1000, 100000, 900000]
    with: {command: "seq ${{ item }}"}
    outputs: {count: "${{ item }}"}
  - name: digest
    task: shell.run
    foreach: {results: make}
    with: {argv: [sha256sum], stdin: "${{ item.stdout }}"}
    outputs: {count: "${{ item.count }}"}
)");
  const ProgramEnd ended = ropewalk({"run", "--executor", GetParam(), "--results", "-", file});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::map<std::int64_t, std::string> digests;
  for (const std::string& line : lines_of(ended.out)) {
    const json row = json::parse(line);
    const std::string text = row["value"]["stdout"];
    const std::int64_t count = row["value"]["count"];
    if (row["stage"] == "digest")
      digests[count] = text.substr(0, 16);
    else
      EXPECT_GE(text.size(), static_cast<std::size_t>(count * 2));
  }
  // The output of sha256sum for `seq N`.
  EXPECT_EQ(digests, (std::map<std::int64_t, std::string>{
                         {1000, "67d4ff71d43921d5"}, {100000, "b2bc7d3f8b652d2e"}, {900000, "e34a98dd35a49f56"}}));
}

TEST(PerHost, NeverMeansMoreTasksAtOnceThanWorkers) {
  const Folder folder;
  for (const std::string executor : {"thread", "process", "thread-per-task"}) {
    const std::string file =
        folder.file("a.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.sleep, executor: " + executor +
                                  ", workers: 3, per_host: 2, foreach: {range: 12}, with: {seconds: 0.05}}\n");
    const std::string events = folder.path("events.jsonl");
    const ProgramEnd ended = ropewalk({"run", "--json", "--events", events, file});
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const json stage = json::parse(ended.out)["stages"][0];
    EXPECT_EQ(stage["hosts"], 2) << executor;
    EXPECT_LE(stage["concurrency"], 3.01) << executor;
    std::set<std::string> places;  // where tasks ran
    for (const std::string& line : lines_of(read_file(events))) {
      const json event = json::parse(line);
      if (event["event"] == "task_finished") places.insert(event["host"].dump() + "/" + event["worker"].dump());
    }
    EXPECT_LE(places.size(), 3u) << executor;
  }
}

INSTANTIATE_TEST_SUITE_P(Executors, EveryExecutor,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task", "auto"),
                         [](const testing::TestParamInfo<const char*>& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace ropewalk::test
