// `ropewalk compare`, as a user runs it. How fast a mode is depends on the machine, so no test asks for a figure.

#include "program.hpp"

#include "support/page_data.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

struct Compare : testing::Test {
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), {.folder = folder.path()});
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder.path(name)); }
  Folder folder;
};

TEST_F(Compare, RunsEachModeInEachRoundAndFindsTheSameResults) {
  folder.file(
      "w.yaml",
      "ropewalk: 1\nname: squares\nstages:\n"
      "  - {name: a, task: sim.echo, executor: process, foreach: {range: 5}, with: {value: '${{ item * item }}'}}\n"
      "  - {name: b, task: shell.run, foreach: {results: a}, with: {argv: [echo, '${{ item.value }}']}}\n");
  const ProgramEnd ended = ropewalk({"compare", "w.yaml", "--workers", "1,2", "--runs", "3", "--json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  const auto told = nlohmann::json::parse(ended.out);
  EXPECT_EQ(told["workflow"], "squares");
  EXPECT_EQ(told["rounds"], 3);
  EXPECT_EQ(told["same_results"], true);
  EXPECT_FALSE(told.contains("difference"));
  std::vector<std::string> modes;
  for (const auto& mode : told["modes"]) {
    modes.push_back(mode["mode"]);
    EXPECT_EQ(mode["wall_s"].size(), 3u);
    EXPECT_LE(mode["low_s"], mode["median_s"]);
    EXPECT_GE(mode["high_s"], mode["median_s"]);
    EXPECT_EQ(mode["failed"], 0);
    EXPECT_EQ(mode.contains("speed_up"), mode["mode"] != "serial");
  }
  EXPECT_THAT(modes, ElementsAre("serial", "thread x1", "thread x2", "process x1", "process x2"));
  EXPECT_FALSE(exists(".ropewalk"));
}

TEST_F(Compare, PrintsATableAndASentence) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {range: 3}}\n");
  const ProgramEnd ended =
      ropewalk({"compare", "w.yaml", "--executor", "thread,process", "--workers", "2", "--runs", "2"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const std::vector<std::string> lines = lines_of(ended.out);
  ASSERT_GE(lines.size(), 4u);
  EXPECT_THAT(lines[0], testing::StartsWith("mode        runs"));
  EXPECT_THAT(lines[0], HasSubstr("vs thread x2"));
  EXPECT_THAT(lines[1], testing::StartsWith("thread x2      2"));
  EXPECT_THAT(lines[2], testing::StartsWith("process x2     2"));
  EXPECT_THAT(lines.back(), testing::AnyOf(HasSubstr(" times faster than "), HasSubstr("no evidence of a difference")));
}

constexpr const char* kShort =
    "ropewalk: 1\nname: short\nstages:\n  - {name: a, task: sim.noop, foreach: {range: 3}}\n";

TEST_F(Compare, TheReportTakesItsJsonFromAFileAndFromStandardInput) {
  folder.file("w.yaml", kShort);
  const ProgramEnd compared =
      ropewalk({"compare", "w.yaml", "--executor", "serial,process", "--workers", "2", "--runs", "2", "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  const std::string file = folder.file("modes of a.json", compared.out);
  const ProgramEnd reported = ropewalk({"report", file});
  EXPECT_EQ(reported.exit_code, 0) << reported.err;
  EXPECT_EQ(reported.err, "wrote modes of a.html\n");
  const std::string page = read_file(folder.path("modes of a.html"));
  const auto told = nlohmann::json::parse(compared.out);
  EXPECT_EQ(page_data(page)["comparison"], told);
  EXPECT_EQ(told["command"][1], "compare");
  EXPECT_GT(told["cores"], 0);
  const ProgramEnd piped =
      test::ropewalk({"report", "-", "-o", "-"}, {.folder = folder.path(), .standard_input = compared.out});
  EXPECT_EQ(piped.out, page);
  EXPECT_EQ(piped.err, "");
}

TEST_F(Compare, WritesItsReportItselfBesideTheTable) {
  folder.file("w.yaml", kShort);
  const Words words{"compare", "w.yaml", "--executor", "serial", "--runs", "2", "--report"};
  ProgramEnd ended = ropewalk(with(words, {"modes.html"}));
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, testing::StartsWith("mode    runs"));
  EXPECT_EQ(page_data(read_file(folder.path("modes.html")))["comparison"]["modes"][0]["mode"], "serial");
  ended = ropewalk(with(words, {"-"}));
  EXPECT_EQ(page_data(ended.out)["comparison"]["modes"][0]["wall_s"].size(), 2u);
  EXPECT_THAT(ended.err, testing::StartsWith("mode    runs")) << "the page has standard output";
  EXPECT_EQ(ropewalk(with(words, {"-", "--json"})).exit_code, 2) << "two outputs cannot share stdout";
  EXPECT_EQ(ropewalk(with(words, {"w.yaml"})).exit_code, 2);
  EXPECT_EQ(read_file(folder.path("w.yaml")), kShort);
  const ProgramEnd full = ropewalk(with(words, {"/dev/full"}));
  EXPECT_EQ(full.exit_code, 74);
  EXPECT_THAT(full.err, HasSubstr("ropewalk: cannot write '/dev/full': No space left on device\n"));
}

TEST_F(Compare, AReportOfSomethingElseIsRefusedWithItsReason) {
  folder.file("text.json", "mode  runs\n");
  folder.file("run.json", "{\"schema\": 1, \"stages\": []}\n");
  for (const auto& [name, why] :
       {std::pair("text.json", "'text.json' is not what 'ropewalk compare' has written as JSON: it is not JSON: "),
        {"run.json", "'run.json' is not what 'ropewalk compare' has written as JSON: it is the document of a run\n"},
        {"none.json", "cannot read the comparison 'none.json': No such file or directory\n"}}) {
    const ProgramEnd refused = ropewalk({"report", name});
    EXPECT_EQ(refused.exit_code, 2) << name;
    EXPECT_THAT(refused.err, HasSubstr(std::string("error[C121]: ") + why));
  }
  const ProgramEnd pair = ropewalk({"report", "latest", "run.json"});
  EXPECT_EQ(pair.exit_code, 2);
  EXPECT_THAT(pair.err, HasSubstr("'run.json' is a comparison, which is reported alone"));
  EXPECT_FALSE(exists("run.html"));
}

TEST_F(Compare, Y16_ASecretIsInNoOutput) {
  const Folder outside;
  folder.file(
      "w.yaml",
      "ropewalk: 1\nname: w\nparams: {key: {type: text, secret: true}, open: {type: text, default: a}}\nstages:\n"
      "  - {name: count, task: shell.run, foreach: ['${{ params.key }}'], "
      "with: {argv: [sh, -c, 'echo >> seen; echo \"$1\"; wc -l < seen', sh, '${{ item }}']}}\n");
  const std::string key = outside.file("key", "hunter2-battery");
  for (const Words& given : {Words{"--set-file", "key=" + key}, {"--set", "key=hunter2-battery"}})
    for (const Words& output : {Words{"--json"}, {"--report", "page.html"}}) {
      const ProgramEnd ended =
          ropewalk(with(with({"compare", "w.yaml", "--executor", "serial,process", "--runs", "2"}, given), output));
      EXPECT_EQ(ended.exit_code, 1) << ended.err;
      EXPECT_THAT(ended.out, AllOf(HasSubstr("***"), Not(HasSubstr("hunter2")))) << "the results differ";
      EXPECT_THAT(ended.err, Not(HasSubstr("hunter2")));
      if (output.front() == "--json") {
        folder.file("modes.json", ended.out);
        EXPECT_EQ(ropewalk({"report", "modes.json", "-o", "page.html"}).exit_code, 0);
      }
      EXPECT_THAT(read_file(folder.path("page.html")), AllOf(HasSubstr("***"), Not(HasSubstr("hunter2"))));
    }
}

TEST_F(Compare, ADifferentResultIsAnErrorThatNamesItsTask) {
  folder.file("w.yaml",
              "ropewalk: 1\nstages:\n"
              "  - {name: count, task: shell.run, foreach: {range: 1}, "
              "with: {argv: [sh, -c, 'echo >> seen; wc -l < seen']}}\n");
  const ProgramEnd ended = ropewalk({"compare", "w.yaml", "--executor", "serial,process", "--runs", "2"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("the results differ: stage 'count', task 0: {\"exit_code\":0,\"stderr\":\"\","
                                   "\"stdout\":\"1\\n\"} with serial, and {\"exit_code\":0,\"stderr\":\"\","
                                   "\"stdout\":\"2\\n\"} with process x"));
}

TEST_F(Compare, TasksThatFailAreReportedAndEndItWithOne) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.fail, foreach: {range: 2}}\n");
  const ProgramEnd ended =
      ropewalk({"compare", "w.yaml", "--executor", "serial,process", "--workers", "2", "--runs", "2"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("serial: 4 tasks failed in 2 runs\n"));
  EXPECT_THAT(ended.out, HasSubstr("process x2: 4 tasks failed in 2 runs\n"));
}

TEST_F(Compare, WhatRunRefusesIsRefusedBeforeAnythingRuns) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: shell.run, with: {argv: [touch, ran]}}\n");
  const ProgramEnd compared = ropewalk({"compare", "w.yaml", "--executor", "serial,treads"});
  const ProgramEnd ran = ropewalk({"run", "w.yaml", "--executor", "treads"});
  EXPECT_EQ(compared.exit_code, ran.exit_code);
  EXPECT_EQ(compared.err, ran.err);
  EXPECT_THAT(compared.err, HasSubstr("treads"));
  EXPECT_FALSE(exists("ran"));
  EXPECT_THAT(ropewalk({"compare", "w.yaml", "--executor", "a=serial"}).err,
              HasSubstr("--executor of 'ropewalk compare' is for all stages, not for 'a'"));
}

TEST_F(Compare, ItemsThatCanBeReadOnceAreRefused) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {lines: '-'}}\n");
  const ProgramEnd ended = ropewalk({"compare", "w.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("stage 'a' reads its items from standard input, which can be read once only"));
}

TEST_F(Compare, AWorkflowWithoutATaskIsReported) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: []}\n");
  const ProgramEnd ended = ropewalk({"compare", "w.yaml", "--executor", "serial"});
  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, HasSubstr("the workflow has no task at all"));
  EXPECT_THAT(ended.out, HasSubstr("no run has ended"));
}

TEST_F(Compare, AStageThatFailsWithoutATaskEndsIt) {
  folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {lines: no-such-file}}\n");
  const ProgramEnd ended = ropewalk({"compare", "w.yaml", "--executor", "serial"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: serial: stage 'a' failed: "));
}

TEST_F(Compare, CtrlCEndsItWithWhatIsKnown) {
  folder.file("w.yaml",
              "ropewalk: 1\nstages:\n"
              "  - {name: a, task: shell.run, with: {argv: [sh, -c, "
              "'{ mkdir one || mkdir two || { mkdir three; exec sleep 100000; }; } 2> errors', sh]}}\n");
  Program program(ropewalk_words({"compare", "w.yaml", "--executor", "serial", "--runs", "3"}),
                  {.folder = folder.path()});
  ASSERT_TRUE(eventually([&] { return exists("three"); }));
  program.signal(SIGINT);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGINT);
  EXPECT_THAT(ended.out, HasSubstr("\nserial     1  "));
  EXPECT_THAT(ended.err, HasSubstr("stopped; this is what is known"));
}

}  // namespace
}  // namespace ropewalk::test
