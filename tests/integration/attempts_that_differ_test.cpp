// Retries with other parameters, limits and variables in the real program, its record and what repeats a task.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct AttemptsThatDiffer : testing::Test {
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  const Folder folder;
};

/// Succeeds in its third attempt, by its variable.
constexpr const char* kThird = R"(ropewalk: 1
name: w
stages:
  - name: s
    task: shell.run
    executor: process
    retries: 5
    env: {TRY: "${{ attempt }}"}
    limits: {memory: "${{ 128 * 1024 * 1024 * attempt }}"}
    with: {argv: [sh, -c, 'echo "$TRY $0"; ulimit -d; test $TRY -ge 3', "${{ attempt }} ${{ previous.message ?? 'none' }}"]}
)";

TEST_F(AttemptsThatDiffer, GetTheirParametersAndVariables) {
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", kThird), "--results", "-"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(json::parse(ended.out)["value"]["stdout"].get<std::string>(), HasSubstr("3 3 'sh' exited with code 1\n"));
  EXPECT_THAT(ropewalk({"why", "latest", "s/0"}).out, HasSubstr("3 'sh' exited with code 1"));
  const ProgramEnd again = ropewalk({"repro", "latest", "s/0", "-v"});
  EXPECT_EQ(again.exit_code, 0) << again.err << "it has the variable of attempt 3";
  EXPECT_THAT(ropewalk({"resume"}).err, HasSubstr("stage 's': 1 of 1 tasks kept\n"));
}

TEST_F(AttemptsThatDiffer, ExitCodesOfCommandsDecideWhetherThereIsAnother) {
  const auto attempts = [&](const std::string& retries, int code) {
    const ProgramEnd ended =
        ropewalk({"run", "-q", "--json",
                  folder.file("codes.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: shell.run, retries: " + retries +
                                                ", with: {argv: [sh, -c, 'exit " + std::to_string(code) + "']}}\n")});
    return json::parse(ended.out)["failures"][0]["attempt"].get<int>();
  };
  EXPECT_EQ(attempts("{max: 2, when: {exit: [75, 111]}}", 75), 3);
  EXPECT_EQ(attempts("{max: 2, when: {exit: [75, 111]}}", 1), 1);
  EXPECT_EQ(attempts("{max: 2, unless: {exit: 64}}", 1), 3);
  EXPECT_EQ(attempts("{max: 2, unless: [crash, {exit: 64}]}", 64), 1);
  EXPECT_EQ(attempts("{max: 2, when: [timeout, {exit: 2}]}", 2), 3);
}

TEST_F(AttemptsThatDiffer, TheExitCodeOfTheAttemptBeforeCanBeRead) {
  const ProgramEnd ended = ropewalk({"run", "--results", "-", folder.file("w.yaml", R"(ropewalk: 1
name: w
stages:
  - {name: s, task: shell.run, retries: 1, with: {argv: [sh, -c, 'test $0 = 75 && echo $0 || exit 75', "${{ previous.exit ?? 0 }}"]}}
)")});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(R"("stdout": "75\n")"));
  EXPECT_THAT(ropewalk({"why", "latest", "s/0"}).out, HasSubstr("\"75\""));
}

TEST_F(AttemptsThatDiffer, W11_GetMoreMemoryEachTime) {
  const ProgramEnd ended =
      ropewalk({"run", "--plugins", ROPEWALK_TEST_PLUGINS,
                folder.file("w.yaml",
                            "ropewalk: 1\nstages:\n  - {name: s, task: sim.fail, executor: process, retries: {max: 2, "
                            "when: memory}, limits: {memory: \"${{ 64 * 1024 * 1024 * attempt }}\"}, with: {how: "
                            "memory}}\n"),
                "--json"});
  EXPECT_EQ(ended.exit_code, 1);
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["failures"][0]["attempt"], 3);
  EXPECT_THAT(run["failures"][0]["message"].get<std::string>(), HasSubstr("192 MiB"));
}

}  // namespace
}  // namespace ropewalk::test
