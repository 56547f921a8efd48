// The output of commands as data of a workflow: complete or not at all.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;

TEST(CommandOutput, R12_AListMadeFromLongOutputHasEveryLine) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: list, task: shell.run, with: {command: "seq 1 300000 | sed s/^/item-/"}}
  - {name: count, task: sim.echo, with: {value: "${{ len(split(trim(stages.list.result.stdout), \"\n\")) }}"}}
  - {name: file, task: file.write, with: {path: out.txt, text: "${{ stages.list.result.stdout }}"}}
)");
  const ProgramEnd ended = ropewalk({"run", file, "--results", "r.jsonl"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(
      read_file(folder.path("r.jsonl")),
      HasSubstr(R"("stage": "count", "index": 0, "item": null, "outcome": "succeeded", "value": {"value": 300000})"));
  std::string expected;
  for (int i = 1; i <= 300'000; ++i) expected += "item-" + std::to_string(i) + '\n';
  EXPECT_TRUE(read_file(folder.path("out.txt")) == expected);
}

TEST(CommandOutput, R12_ATaskThatExceedsItsOutputLimitFailsByName) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: noise, task: shell.run, limits: {output: 1MiB}, executor: process, with: {argv: ["yes"]}}
)");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(
      ended.err,
      HasSubstr(
          "noise/0 failed: the task wrote more than its limit of 1 MiB to standard output and error (limits.output)"));
}

TEST(CommandOutput, TheHelpStatesTheLimit) {
  EXPECT_THAT(ropewalk({"run", "--help"}).out, HasSubstr("256MiB"));
  EXPECT_THAT(ropewalk({"plugins", "show", "shell"}).out, HasSubstr("limits.output (default: 256 MiB"));
}

}  // namespace
}  // namespace ropewalk::test
