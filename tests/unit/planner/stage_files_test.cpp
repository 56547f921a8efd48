// The files that stages declare, and the text of a stage that two sessions of a run compare.

#include "support/plans.hpp"

#include "plan/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string of(const std::string& stage, const std::string& head = "") {
  return "ropewalk: 1\n" + head +
         "stages:\n- {name: a, task: sim.echo, foreach: [p, r], with: {value: \"${{ item }}\"}, " + stage + "}\n";
}

std::vector<std::string> paths_of(const Plan& plan, FileRole role, const Value& item, std::uint64_t index = 0) {
  std::vector<std::string> paths;
  std::string problem;
  if (!plan.stages.at(0).files->make({.params = plan.params, .item = &item, .index = index}, role, paths, problem))
    return {problem};
  return paths;
}

TEST(StageFiles, ArePathsMadeOfItemIndexVarsAndParams) {
  const auto plan =
      plan_of(of("vars: {to: \"out/${{ item }}\"}, reads: [\"in/${{ item }}\", \"${{ params.list }}\"], "
                 "writes: [\"${{ vars.to }}-${{ index }}\"], inputs: stat",
                 "params: {list: names.txt}\n"));
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  EXPECT_THAT(paths_of(*plan, FileRole::reads, "x"), ElementsAre("in/x", "names.txt"));
  EXPECT_THAT(paths_of(*plan, FileRole::writes, "y", 1), ElementsAre("out/y-1"));
  EXPECT_EQ(plan->stages[0].inputs, FileCheck::stat);
  EXPECT_TRUE(plan->stages[0].files->reads_task());
}

TEST(StageFiles, AnExpressionMakesAWholeList) {
  const auto plan = plan_of(of("reads: \"${{ concat(split('p', ','), split(item, ',')) }}\""));
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  EXPECT_THAT(paths_of(*plan, FileRole::reads, "x"), ElementsAre("p", "x"));
  EXPECT_THAT(paths_of(*plan, FileRole::writes, "x"), IsEmpty());
  EXPECT_EQ(plan->stages[0].inputs, FileCheck::hash);
}

TEST(StageFiles, OfDefaultsHoldForStagesWithoutTheirOwn) {
  const auto plan =
      plan_of(of("writes: [mine]", "defaults: {reads: [\"all/${{ item }}\"], writes: [theirs], inputs: stat}\n"));
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  EXPECT_THAT(paths_of(*plan, FileRole::reads, "x"), ElementsAre("all/x"));
  EXPECT_THAT(paths_of(*plan, FileRole::writes, "x"), ElementsAre("mine"));
  EXPECT_EQ(plan->stages[0].inputs, FileCheck::stat);
}

TEST(StageFiles, OfAnotherFormAreRefused) {
  EXPECT_THAT(diagnostics_of(of("reads: a.txt")), ElementsAre(HasSubstr("'reads'")));
  EXPECT_THAT(diagnostics_of(of("writes: {a: b}")), ElementsAre(HasSubstr("'writes'")));
  EXPECT_THAT(diagnostics_of(of("inputs: hsh")),
              ElementsAre(HasSubstr("'inputs' is one of hash, stat, not 'hsh'; did you mean 'hash'?")));
  EXPECT_THAT(diagnostics_of(of("reads: [\"${{ itm }}\"]")), ElementsAre(HasSubstr("itm")));
}

TEST(StageFiles, AStageWaitsForTheStageWhoseResultsThePathsAreMadeOf) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n- {name: a, task: sim.echo, with: {value: x}}\n- {name: b, task: sim.noop, needs: [], "
      "reads: "
      "\"${{ stages.a.results[*].value }}\"}\n");
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  EXPECT_THAT(plan->stages[1].needs, ElementsAre(0u));
  EXPECT_TRUE(plan->stages[0].results_used);
}

TEST(StageDefinition, IsTheSameWhateverTheStyleOfTheText) {
  const auto flow = plan_of("ropewalk: 1\nstages:\n- {name: a, task: sim.echo, with: {value: [1, 'b']}}\n");
  const auto block = plan_of(
      "ropewalk: 1\nstages:\n- name: a\n  with:\n    value:\n    - 1\n    - b # a word\n  task: \"sim.echo\"\n");
  ASSERT_TRUE(flow && block);
  EXPECT_EQ(flow->stages[0].definition.keys, block->stages[0].definition.keys);
  EXPECT_EQ(flow->stages[0].definition.keys.at("with"), "{\"value\": [\"1\", \"b\"]}");
}

TEST(StageDefinition, HasTheVarsOfTheFileThatItReadsAndTheParamsBehindThem) {
  const auto plan = plan_of(of("needs: []",
                               "params: {p: 1, q: 2, r: {type: text, secret: true}}\n"
                               "vars: {one: \"${{ params.p }}\", two: \"${{ vars.one }}\", other: 3}\n"
                               "env: {KEY: \"${{ params.r }}\"}\ndefaults: {outputs: {o: \"${{ vars.two }}\"}}\n"),
                            {.set = {"r=sesame-open"}});
  ASSERT_TRUE(plan) << plan.error().list.front().message;
  const PlannedStage& stage = plan->stages[0];
  EXPECT_THAT(stage.definition.keys.at("vars"), HasSubstr("one: "));
  EXPECT_THAT(stage.definition.keys.at("vars"), testing::Not(HasSubstr("other")));
  EXPECT_THAT(stage.definition.params, UnorderedElementsAre("p"));
  EXPECT_TRUE(stage.uses_secrets);
}

TEST(StageDefinition, HasOfTheDefaultsWhatReachesTheStage) {
  const auto with = [](const std::string& defaults) {
    const auto plan = plan_of("ropewalk: 1\ndefaults: " + defaults +
                              "\nstages:\n"
                              "- {name: own, task: sim.echo, needs: [], with: {value: 1}, env: {A: b}, timeout: 1s, "
                              "vars: {v: 1}, outputs: {o: \"${{ vars.v }}\"}}\n"
                              "- {name: none, task: sim.noop, needs: [], timeout: 1s, env: {A: c}}\n"
                              "- {name: all, task: sim.echo, needs: []}\n");
    if (!plan) throw std::runtime_error(plan.error().list.front().message);
    std::vector<std::map<std::string, std::string>> keys;
    for (const PlannedStage& stage : plan->stages) keys.push_back(stage.definition.keys);
    return keys;
  };
  const auto before = with("{with: {value: first}, env: {A: first}, timeout: 2s, vars: {v: 2, w: 2}}"),
             after = with("{with: {value: second}, env: {A: second}, timeout: 3s, vars: {v: 3, w: 3}}");
  EXPECT_EQ(before[0], after[0]) << "it sets all of them itself";
  EXPECT_EQ(before[1], after[1]) << "its task takes no such parameter";
  EXPECT_EQ(before[2].at("with"), "{\"value\": \"first\"}");
  EXPECT_EQ(after[2].at("with"), "{\"value\": \"second\"}");
  EXPECT_NE(before[2].at("env"), after[2].at("env"));
  EXPECT_NE(before[2].at("timeout"), after[2].at("timeout"));
  EXPECT_FALSE(after[2].contains("vars")) << "it reads none";
}

}  // namespace
}  // namespace ropewalk::test
