// Deadlines in the real program: of a stage, of a run, on the command line, and in a resume.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Deadlines : testing::Test {
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  std::string workflow(const std::string& top, const std::string& of_stage) const {
    return folder.file("w.yaml", "ropewalk: 1\nname: w\nparams: {s: 5000}\n" + top +
                                     "stages:\n  - {name: s, task: sim.sleep, executor: process, workers: 2, foreach: "
                                     "{range: 5}, with: {seconds: \"${{ params.s }}\"}" +
                                     of_stage + "}\n  - {name: next, task: sim.noop}\n");
  }
  const Folder folder;
};

TEST_F(Deadlines, OfTheRunStopsItAndAResumeContinues) {
  const std::string file = workflow("deadline: 1s\n", "");
  const ProgramEnd ended = ropewalk({"run", file, "--json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["outcome"], "failed");
  EXPECT_EQ(run["why"], "the run's deadline of 1 s passed");
  EXPECT_EQ(run["stages"][0]["cancelled"].get<int>() + run["stages"][0]["not_started"].get<int>(), 5);
  EXPECT_EQ(run["stages"][1]["why"], "the run's deadline of 1 s passed before it");
  EXPECT_THAT(ended.err, HasSubstr("the run's deadline of 1 s passed\n"));
  const ProgramEnd resumed = ropewalk({"resume", "--set", "s=0", "--deadline", "1h"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("stage 's': 0 of 5 tasks kept; 5 run because they had not ended\n"));
}

TEST_F(Deadlines, OfAStageFailsItAlone) {
  const ProgramEnd ended = ropewalk({"run", workflow("", ", deadline: 1s"), "--json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["stages"][0]["outcome"], "failed");
  EXPECT_EQ(run["stages"][0]["why"], "the stage's deadline of 1 s passed: 5 of 5 tasks had not ended");
  EXPECT_EQ(run["stages"][1]["outcome"], "skipped");
  EXPECT_FALSE(run.contains("why"));
  EXPECT_THAT(ended.err, HasSubstr("failed: the stage's deadline of 1 s passed: 5 of 5 tasks had not ended\n"));
}

TEST_F(Deadlines, TheOptionReplacesThatOfTheFile) {
  const ProgramEnd longer = ropewalk({"run", workflow("deadline: 1ms\n", ""), "--set", "s=0", "--deadline", "1h"});
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  const ProgramEnd mapped =
      ropewalk({"map", "sim.sleep", "--range", "3", "--with", "seconds=5000", "--deadline", "1s"});
  EXPECT_EQ(mapped.exit_code, 1);
  EXPECT_THAT(mapped.err, HasSubstr("the run's deadline of 1 s passed\n"));
  EXPECT_THAT(ropewalk({"map", "sim.noop", "--deadline", "90s", "--print-yaml"}).out, HasSubstr("\ndeadline: 90s\n"));
}

TEST_F(Deadlines, TheOptionTakesADuration) {
  for (const char* const wrong : {"soon", "0s", "20000d"}) {
    const ProgramEnd ended = ropewalk({"run", workflow("", ""), "--deadline", wrong});
    EXPECT_EQ(ended.exit_code, 2) << wrong << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("--deadline")) << wrong;
  }
}

}  // namespace
}  // namespace ropewalk::test
