// The output of a failed task: below its failure, and in every file that reports it.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// One stage that runs a line of shell.
std::string one_command(const std::string& command, const std::string& more = "") {
  return "ropewalk: 1\nname: a\nstages:\n  - {name: check, task: shell.run, " + more + "with: {command: \"" + command +
         "\"}}\n";
}

/// The lines between the failure and the end of the run.
std::vector<std::string> below_the_failure(const std::string& err) {
  std::vector<std::string> below;
  bool in = false;
  for (const std::string& line : lines_of(err)) {
    if (line.starts_with("failed: ")) return below;
    if (in) below.push_back(line);
    in = in || line.starts_with("  check/0 failed");
  }
  return below;
}

TEST(FailureOutput, StdoutOfAFailedToolIsShown) {
  const Folder folder;
  const std::string file =
      folder.file("a.yaml", one_command("echo 'test_a FAILED'; echo '1 failed, 3 passed'; exit 1"));
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("check/0 failed: the command exited with code 1\n"));
  EXPECT_THAT(below_the_failure(ended.err), ElementsAre("      | test_a FAILED", "      | 1 failed, 3 passed"));
}

TEST(FailureOutput, OfManyLinesTheFirstAndTheLastAreShownAndMoreOnRequest) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", one_command("seq 1 500; echo bad >&2; exit 1"));
  const auto shown = below_the_failure(ropewalk({"run", file}).err);
  ASSERT_EQ(shown.size(), 21u);
  EXPECT_EQ(shown[0], "      | 1");
  EXPECT_EQ(shown[10], "      ... 481 more lines, -v shows more");
  EXPECT_EQ(below_the_failure(ropewalk({"run", file, "-v"}).err).size(), 201u);
  EXPECT_EQ(below_the_failure(ropewalk({"run", file, "-vv"}).err).size(), 501u);
}

TEST(FailureOutput, IsInEveryFileThatReportsTheFailure) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", one_command("echo said; echo moaned >&2; exit 1"));
  const ProgramEnd ended =
      ropewalk({"run", file, "--json", "--results", "r.jsonl", "--events", "e.jsonl", "-q"}, {.folder = folder.path()});
  const auto has_both = [](const nlohmann::json& object) {
    EXPECT_EQ(object.value("stdout", ""), "said\n") << object;
    EXPECT_EQ(object.value("stderr", ""), "moaned\n") << object;
  };
  has_both(nlohmann::json::parse(ended.out)["failures"][0]);
  has_both(nlohmann::json::parse(read_file(folder.path("r.jsonl"))));
  int seen = 0;
  for (const std::string& line : lines_of(read_file(folder.path("e.jsonl"))))
    if (const auto event = nlohmann::json::parse(line); event["event"] == "task_finished") has_both(event), ++seen;
  EXPECT_EQ(seen, 1);
}

TEST(FailureOutput, OfTruncatedOutputTheLengthAndBothEndsAreReported) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", one_command("seq 1 100000; exit 1"));
  ropewalk({"run", file, "--results", "r.jsonl", "-q"}, {.folder = folder.path()});
  const auto out = nlohmann::json::parse(read_file(folder.path("r.jsonl")))["stdout"];
  EXPECT_EQ(out.value("bytes", 0), 588'895);
  EXPECT_THAT(out.value("head", ""), testing::StartsWith("1\n2\n3\n"));
  EXPECT_THAT(out.value("tail", ""), testing::EndsWith("99999\n100000\n"));
}

TEST(FailureOutput, StandardErrorOfSuccessfulCommandsIsShownWithVerbose) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", one_command("echo said; echo moaned >&2"));
  EXPECT_THAT(ropewalk({"run", file}).err, Not(HasSubstr("moaned")));
  EXPECT_THAT(ropewalk({"run", file, "-v"}).err, AllOf(HasSubstr("check/0 | moaned\n"), Not(HasSubstr("said"))));
}

TEST(FailureOutput, MapPassesStandardErrorOnAndRepeatsNothing) {
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--range", "3", "-q", "--", "sh", "-c",
                "echo out $1; printf 'moaned '>&2; sleep 0.01; echo $1 >&2; test $1 != 1", "sh", "{}"});
  EXPECT_EQ(ended.out, "out 0\nout 2\n");
  for (const char* line : {"moaned 0\n", "moaned 1\n", "moaned 2\n"}) EXPECT_THAT(ended.err, HasSubstr(line));
  EXPECT_THAT(ended.err, HasSubstr("      | out 1\n"));
  EXPECT_THAT(ended.err, Not(HasSubstr("| moaned")));
}

TEST(FailureOutput, OutputOfPluginsInThreadsIsShownForTheStage) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
plugins: {path: [)" ROPEWALK_TEST_PLUGINS R"(]}
stages:
  - {name: hash, task: zoo.print, executor: thread, workers: 2, foreach: {range: 4}, with: {out: "line ${{ item }}\n"}}
)");
  const ProgramEnd ended = ropewalk({"run", "-v", file, "--events", "e.jsonl"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  std::string printed;
  for (const std::string& line : lines_of(read_file(folder.path("e.jsonl"))))
    if (const auto event = nlohmann::json::parse(line); event["event"] == "host_output")
      printed += event.value("text", "");
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(ended.err, HasSubstr("hash | line " + std::to_string(i) + "\n"));
    EXPECT_THAT(printed, HasSubstr("line " + std::to_string(i) + "\n"));
  }
}

TEST(FailureOutput, ProcessesLeftByCommandsAreCountedOncePerStage) {
  const Folder folder;
  const std::string file = folder.file("a.yaml",
                                       "ropewalk: 1\nname: a\nstages:\n"
                                       "  - {name: leave, task: shell.run, executor: thread, foreach: {range: 3}, "
                                       "with: {command: \"sleep 99 >/dev/null 2>&1 & true\"}}\n");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err,
              HasSubstr("ropewalk: warning: stage 'leave': 3 processes that its tasks left running were killed\n"));
}

}  // namespace
}  // namespace ropewalk::test
