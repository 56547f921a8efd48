// Sharing between workflows: files that include files, and versions that they require, through the real program.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <sys/stat.h>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// "stage value" of each row of --results.
std::vector<std::string> values(const std::string& results) {
  std::vector<std::string> lines;
  for (std::size_t at = 0, end; (end = results.find('\n', at)) != std::string::npos; at = end + 1) {
    const json row = json::parse(results.substr(at, end - at));
    lines.push_back(row.at("stage").get<std::string>() + " " +
                    (row.contains("value") ? row.at("value").dump() : row.at("message").dump()));
  }
  return lines;
}

TEST(Reuse, AnIncludedFileKeepsItsDefaultsAndSharesItsParamsAndResults) {
  const Folder folder;
  std::filesystem::create_directory(folder.path("parts"));
  folder.file("parts/first.yaml", R"(ropewalk: 1
params: {who: nobody}
defaults: {executor: serial, with: {value: "hello ${{ params.who }}"}}
stages:
  - {name: greet, task: sim.echo}
)");
  folder.file("w.yaml", R"(ropewalk: 1
include: [parts/first.yaml]
defaults: {executor: thread}
stages:
  - {name: again, task: sim.echo, with: {value: "${{ stages.greet.result.value }}, ${{ params.who }}"}}
  - {name: empty, task: sim.echo}
)");
  const ProgramEnd ended =
      ropewalk({"run", "w.yaml", "--json", "--set", "who=world", "--results", "r"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(values(read_file(folder.path("r"))),
              ElementsAre(R"(greet {"value":"hello world"})", R"(again {"value":"hello world, world"})",
                          R"(empty {"value":null})"));
  std::vector<std::string> executors;
  const json document = json::parse(ended.out);
  for (const json& stage : document.at("stages")) executors.push_back(stage.at("executor"));
  EXPECT_THAT(executors, ElementsAre("serial", "thread", "thread"));
}

TEST(Reuse, ErrorsInAnIncludedFileAreShownThere) {
  const Folder folder;
  folder.file("part.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, with: {x: 1}}\n");
  folder.file("w.yaml", "ropewalk: 1\ninclude: [part.yaml]\nstages:\n  - {name: a, task: sim.noop}\n");
  const ProgramEnd ended = ropewalk({"run", "w.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.err, R"(w.yaml:4:12: error[W211]: two stages are named 'a', the first in part.yaml:3
   4 |   - {name: a, task: sim.noop}
     |            ^
     = give one of them another name
part.yaml:3:38: error[W202]: task 'sim.noop' takes no parameter 'x'
   3 |   - {name: a, task: sim.noop, with: {x: 1}}
     |                                      ^
     = it takes no parameters
2 mistakes in 2 files
)");
}

TEST(Reuse, Y13_AnIncludedFifoIsRejectedImmediately) {
  const Folder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe.yaml").c_str(), 0600), 0);
  folder.file("w.yaml", "ropewalk: 1\ninclude:\n  - pipe.yaml\n");
  const ProgramEnd ended = ropewalk({"validate", "w.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.err,
            R"(w.yaml:3:5: error[W102]: the included file 'pipe.yaml': this is a FIFO, a workflow is a regular file
   3 |   - pipe.yaml
     |     ^^^^^^^^^
1 mistake in w.yaml
)");
}

TEST(Reuse, RequirementsOfAWorkflowAreCheckedBeforeItRuns) {
  const Folder folder;
  const auto requiring = [&](const std::string& what) {
    return ropewalk(
        {"run", "-q",
         folder.file("w.yaml", "ropewalk: 1\nrequires: " + what + "\nstages:\n  - {name: a, task: sim.noop}\n")});
  };
  EXPECT_EQ(requiring("{ropewalk: \">=0.1, <100\", plugins: {sim: \">=0.1\", file: \">=0.1\"}}").exit_code, 0);
  const ProgramEnd newer = requiring("{ropewalk: \">=100\"}");
  EXPECT_EQ(newer.exit_code, 3);
  EXPECT_THAT(newer.err, HasSubstr("error[W233]: the workflow requires ropewalk >=100, and this is 0."));
  const ProgramEnd plugin = requiring("{plugins: {sim: \">=100\"}}");
  EXPECT_EQ(plugin.exit_code, 4) << "only a plugin is missing";
  EXPECT_THAT(plugin.err, HasSubstr("error[P114]: the workflow requires plugin 'sim' >=100, and this is "));
}

constexpr const char* kEnvironments = R"(ropewalk: 1
params: {where: /usr}
env: {A: file, B: file, C: file}
defaults: {env: {B: defaults, C: defaults}}
stages:
  - {name: none, task: shell.run, with: {command: "echo ${A-} ${B-} ${C-} ${D-} ${HOME_OF_TEST-}"}}
  - {name: some, task: shell.run, env: {C: stage, D: "${{ params.where }}/lib"}, with: {command: "echo ${A-} ${B-} ${C-} ${D-} ${HOME_OF_TEST-}"}}
  - {name: back, task: shell.run, env: {HOME_OF_TEST: ""}, foreach: {range: 2}, with: {command: "echo ${A-} ${B-} ${C-} ${D-} ${HOME_OF_TEST-}"}}
)";

TEST(Reuse, TheEnvironmentOfAStageReachesItsTasksOnEveryExecutorAndNoOthers) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", kEnvironments);
  for (const char* executor : {"serial", "thread", "process", "thread-per-task", "process-per-task"}) {
    const ProgramEnd ended = ropewalk({"run", "-q", file, "--executor", executor, "--results", folder.path("r")},
                                      {.environment = {{"HOME_OF_TEST", "mine"}}});
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    std::vector<std::string> said;
    std::istringstream rows(read_file(folder.path("r")));
    for (std::string line; std::getline(rows, line);) said.push_back(json::parse(line).at("value").at("stdout"));
    EXPECT_THAT(said, ElementsAre("file defaults defaults mine\n", "file defaults stage /usr/lib mine\n",
                                  "file defaults defaults\n", "file defaults defaults\n"))
        << executor;
  }
}

TEST(Reuse, TheEnvironmentIsKnownBeforeTheRun) {
  const Folder folder;
  folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: a, task: sim.echo, foreach: {range: 2}, env: {X: "${{ item }}"}}
  - {name: b, task: sim.echo, env: {X: "${{ stages.a.result }}x", Y: [1], Z: "a\0b"}}
)");
  const ProgramEnd ended = ropewalk({"validate", "w.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("w.yaml:3:66: error[W307]: there is no 'item' here: "));
  EXPECT_THAT(ended.err, HasSubstr("w.yaml:4:45: error[W306]: stage 'a' has a foreach, so it has many results\n"));
  EXPECT_THAT(ended.err,
              HasSubstr("w.yaml:4:70: error[W209]: environment variable 'Y' wants text, but this is a list\n"));
  EXPECT_THAT(
      ended.err,
      HasSubstr("w.yaml:4:78: error[W204]: environment variable 'Z' contains a NUL character, which none can\n"));
  EXPECT_THAT(ended.err, HasSubstr("\n4 mistakes in w.yaml\n"));
}

}  // namespace
}  // namespace ropewalk::test
