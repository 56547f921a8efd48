// The stderr of a run, and its exit code.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Summary, OfASuccessfulRunHasProgressATableAndTheOutcome) {
  const Folder folder;
  const std::string file = folder.file("demo.yaml", R"(
ropewalk: 1
name: demo
stages:
  - {name: one-by-one, task: sim.sleep, executor: serial, foreach: {range: 2}, with: {seconds: 0.5}}
  - {name: threads, task: sim.sleep, executor: thread, workers: 2, foreach: {range: 2}, with: {seconds: 0.5}}
)");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out, "");
  // On a busy machine a note reports that tasks waited for cores.
  EXPECT_EQ(masked(std::regex_replace(ended.err, std::regex("note: [^\n]* waited for cores[^\n]*\n"), "")),
            "stage one-by-one: 2 tasks on serial with 1 worker\n"
            "stage one-by-one: succeeded, 2/2 done in TIME\n"
            "stage threads: 2 tasks on thread with 2 workers\n"
            "stage threads: succeeded, 2/2 done in TIME\n"
            "stage executor tasks ok failed wall median p95 at once cores bound vs serial\n"
            "one-by-one serial 2 2 0 TIME TIME TIME N N io\n"
            "threads thread x2 2 2 0 TIME TIME TIME N N io Nx\n"
            "succeeded: 4 of 4 tasks succeeded in TIME\n");
}

TEST(Summary, OfAFailedTaskHasItsMessageAndTheOthersSucceed) {
  const Folder folder;
  const std::string file = folder.file("demo.yaml", R"(
ropewalk: 1
name: demo
stages:
  - {name: hash, task: file.checksum, executor: process, workers: 2, foreach: [/no/such/file, /etc/passwd], with: {path: "${{ item }}"}}
  - {name: after, task: sim.noop}
)");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("  hash/0 (/no/such/file) failed: "));
  EXPECT_THAT(ended.err, HasSubstr("/no/such/file"));
  EXPECT_THAT(ended.err, HasSubstr("No such file"));
  EXPECT_THAT(masked(ended.err), HasSubstr("hash process x2 2 1 1 TIME"));
  EXPECT_THAT(ended.err, HasSubstr("note: stage 'after' was skipped"));
}

TEST(Summary, JobsBeyondTheWorkersOfAStagePrintOneNoteWithTheFix) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", R"(
ropewalk: 1
name: w
defaults: {workers: 2}
stages:
  - {name: nap, task: shell.run, foreach: {range: 8}, with: {command: "until test -e go; do sleep 0.01; done"}}
  - {name: doze, task: sim.sleep, foreach: {range: 8}, with: {seconds: 0.1}}
)");
  Program program(ropewalk_words({"run", "-j", "8", file}), {.folder = folder.path()});
  EXPECT_TRUE(program.said("-j 8 has no effect"));
  folder.file("go", "");
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const std::string note =
      "ropewalk: note: -j 8 has no effect on stage 'nap': it runs 2 tasks at a time, as its 'workers' allows (default: "
      "one per core); "
      "set 'workers: 8' in the stage or in 'defaults'\n";
  EXPECT_THAT(ended.err, HasSubstr(note));
  EXPECT_EQ(ended.err.find("no effect"), ended.err.rfind("no effect"));
}

TEST(Summary, JobsFromTheEnvironmentOrWithQuietPrintNoNote) {
  const Folder folder;
  const std::string file = folder.file("w.yaml",
                                       "ropewalk: 1\nname: w\nstages:\n  - {name: s, task: sim.sleep, workers: 2, "
                                       "foreach: {range: 8}, with: {seconds: 0.2}}\n");
  EXPECT_THAT(ropewalk({"run", "-q", "-j", "8", file}).err, Not(HasSubstr("no effect")));
  EXPECT_THAT(ropewalk({"run", file}, {.environment = {{"ROPEWALK_JOBS", "8"}}}).err, Not(HasSubstr("no effect")));
}

TEST(Summary, QuietIsQuietUnlessSomethingFailed) {
  const Folder folder;
  const std::string good = folder.file("good.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop}\n");
  const std::string bad =
      folder.file("bad.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.fail, with: {how: error}}\n");
  EXPECT_EQ(ropewalk({"run", "-q", good}).err, "");
  const ProgramEnd ended = ropewalk({"run", "-q", bad});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("failures:\n  s/0 failed: "));
  EXPECT_THAT(ended.err, Not(HasSubstr("median")));
}

TEST(Summary, ARunWithoutAnyTaskExitsWithFive) {
  const Folder folder;
  const std::string file =
      folder.file("a.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop, foreach: []}\n");
  const ProgramEnd ended = ropewalk({"run", file});
  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, HasSubstr("note: stage 's' had no task\nthe run had no task at all\n"));
  EXPECT_EQ(ropewalk({"run", "--allow-empty", file}).exit_code, 0);
}

TEST(Summary, ColorFollowsTheOptions) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop}\n");
  EXPECT_THAT(ropewalk({"run", file}).err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ropewalk({"run", "--color", "always", file}).err, HasSubstr("\x1b[1mstage"));
  EXPECT_THAT(ropewalk({"run", file}, {.environment = {{"CLICOLOR_FORCE", "1"}}}).err, HasSubstr("\x1b[1mstage"));
  EXPECT_THAT(ropewalk({"run", file}, {.environment = {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}}).err,
              Not(HasSubstr("\x1b")));
}

TEST(Summary, VerboseShowsWhatPluginsWriteByTask) {
  const Folder folder;
  const std::string file = folder.file("a.yaml", R"(
ropewalk: 1
name: a
plugins: {path: [)" ROPEWALK_TEST_PLUGINS R"(]}
stages:
  - {name: s, task: zoo.scribble_fds, executor: process, workers: 1, foreach: {range: 2}}
)");
  const ProgramEnd ended = ropewalk({"run", "-v", file});
  EXPECT_THAT(ended.err, HasSubstr("s/1 | "));
}

}  // namespace
}  // namespace ropewalk::test
