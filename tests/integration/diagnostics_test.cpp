// Diagnostics on the command line and in workflows: one clear message each, and the right exit code.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Diagnostics, WithoutACommandTheHelpGoesToStderr) {
  const ProgramEnd ended = ropewalk({});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("Usage: ropewalk COMMAND"));
}

TEST(Diagnostics, HelpAndVersionAreAnswersAndGoToStdout) {
  const ProgramEnd help = ropewalk({"run", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Usage: ropewalk run FILE"));
  EXPECT_EQ(help.err, "");
  EXPECT_EQ(ropewalk({"--version"}).out, "ropewalk 0.1.0\n");
}

TEST(Diagnostics, OnTheCommandLineExitWithTwo) {
  const ProgramEnd ended = ropewalk({"run", "x.yaml", "--jsn"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.err,
            "ropewalk: error[C102]: 'ropewalk run' has no option '--jsn'; did you mean '--json'?\n"
            "     = 'ropewalk run --help' lists what there is\n");
}

TEST(Diagnostics, InSetExitWithTwo) {
  const Folder folder;
  const std::string file =
      folder.file("a.yaml", "ropewalk: 1\nname: a\nparams: {width: 5}\nstages:\n  - {name: s, task: sim.noop}\n");
  const ProgramEnd unknown = ropewalk({"run", file, "--set", "widht=3"});
  EXPECT_EQ(unknown.exit_code, 2) << unknown.err;
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'width'?"));
  EXPECT_EQ(ropewalk({"run", file, "--set", "width=wide"}).exit_code, 2);
  EXPECT_EQ(ropewalk({"run", file, "--executor", "threads"}).exit_code, 2);
  EXPECT_EQ(ropewalk({"run", file, "--executor", "t=thread"}).exit_code, 2);
}

TEST(Diagnostics, OfAWorkflowAreAllReportedAtOnceAndExitWithThree) {
  const Folder folder;
  folder.file("a.yaml", R"(ropewalk: 1
name: a
stages:
  - {name: s, task: sim.sleep, with: {secnds: 1}}
  - {name: t, task: sim.slep}
)");
  const ProgramEnd ended = ropewalk({"run", "a.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, StartsWith("a.yaml:4:39: error[W202]: "));
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'seconds'?\n"
                                   "   4 |   - {name: s, task: sim.sleep, with: {secnds: 1}}\n"
                                   "     |                                       ^^^^^^\n"));
  EXPECT_THAT(ended.err, HasSubstr("\na.yaml:5:25: error[W201]: "));
  EXPECT_THAT(ended.err, HasSubstr("\n2 mistakes in a.yaml\n"));
}

TEST(Diagnostics, OnlyMissingPluginsExitWithFour) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: imagine.blur}\n");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("imagine"));
}

TEST(Diagnostics, ValidateRunsNothingAndReportsItsFindings) {
  const Folder folder;
  const std::string good = folder.file("good.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop}\n");
  const std::string bad =
      folder.file("bad.yaml", "ropewalk: 1\nname: a\ndesciption: x\nstages:\n  - {name: s, task: sim.noop}\n");
  const ProgramEnd ended = ropewalk({"validate", good, bad});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr(good + ": valid, 1 stage\n"));
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'description'?"));
  EXPECT_EQ(ropewalk({"validate", good}).exit_code, 0);
}

TEST(Diagnostics, AWorkflowMayComeFromStdin) {
  const ProgramEnd ended = ropewalk(
      {"run", "-q", "-"}, {.standard_input = "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop}\n"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

}  // namespace
}  // namespace ropewalk::test
