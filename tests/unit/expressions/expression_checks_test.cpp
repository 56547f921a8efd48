// What is known to be wrong with an expression is told before the run, at its place.

#include "support/plans.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::parameters_of;
using test::plan_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A stage behind one that hashes files; column 1 of the third line is its `with`.
std::string reading(const std::string& expression) {
  return "ropewalk: 1\nparams: {n: 3, zero: 0, name: x, wait: {type: duration, default: 2m}}\nvars: {twice: \"${{ "
         "params.n * 2 }}\", files: [a, b]}\n"
         "stages:\n  - {name: hash, task: file.checksum, foreach: {range: 3}, with: {path: a}}\n"
         "  - {name: b, task: sim.echo, needs: [hash], foreach: {range: 2}, with: {value: '" +
         expression + "'}}\n";
}
std::vector<std::string> diagnostics(const std::string& expression) {
  return diagnostics_of(reading("${{ " + expression + " }}"));
}
/// What the second stage's task 1 gets.
std::string made(const std::string& text) {
  const auto plan = plan_of(reading(text));
  if (!plan) return plan.error().list.front().message;
  const Value item(1);
  for (const std::string& each : parameters_of(*plan, 1, &item, 1)) return each;
  return {};
}

TEST(ExpressionChecks, ConstantsAreComputedBeforeTheRun) {
  EXPECT_EQ(made("${{ params.n * 2 + 1 }}"), "0=int 7");
  EXPECT_EQ(made("${{ vars.twice + 1 }}"), "0=int 7");
  EXPECT_EQ(made("${{ vars.files[1] }}"), "0=text \"b\"");
  EXPECT_EQ(made("${{ params.wait / 60 }}"), "0=float 2.0");
  EXPECT_EQ(made("${{ params.n }} of ${{ vars.twice }}"), "0=text \"3 of 6\"");
  EXPECT_EQ(made("${{ workflow.name }}/${{ workflow.dir }}/${{ workflow.file }}"), "0=text \"test/./test.yaml\"");
}

TEST(ExpressionChecks, WhatVariesIsComputedForEachTask) {
  EXPECT_EQ(made("${{ index * params.n + item }}"), "0=int 4");
  EXPECT_EQ(made("${{ if(index % 2 == 1, \"odd\", \"even\") }}"), "0=text \"odd\"");
  EXPECT_EQ(made("a${{ index + 1 }}b"), "0=text \"a2b\"");
}

TEST(ExpressionChecks, NowIsATimeOfThePlanAndKnownBeforeTheRun) {
  const auto plan = plan_of(reading("${{ date(now() + 0.5, \"%F\") }} ${{ now() }}"), {.now_unix_s = 86'400});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->now_unix_s, 86'400);
  EXPECT_THAT(parameters_of(*plan, 1), ElementsAre("0=text \"1970-01-02 86400\""));
  const auto other = plan_of(reading("${{ now() }}"));
  ASSERT_TRUE(other);
  EXPECT_LE(std::abs(other->now_unix_s - std::time(nullptr)), 3600);
  EXPECT_THAT(parameters_of(*other, 1), ElementsAre(fmt::format("0=int {}", other->now_unix_s)));
}

TEST(ExpressionChecks, RegularExpressionsAreCheckedBeforeTheRun) {
  EXPECT_THAT(diagnostics("match(text(item), \"(\")"),
              ElementsAre(HasSubstr("W308 this is no regular expression: missing ): (")));
  EXPECT_THAT(diagnostics("match(text(item), 5)"), ElementsAre(HasSubstr("'match' takes a regular expression")));
  EXPECT_EQ(made("${{ match(text(item), \"(.)\")[1] }}"), "0=text \"1\"");
  const auto secret = diagnostics_of(
      "ropewalk: 1\nparams: {key: {type: text, secret: true, default: hunter2(}}\nstages:\n  - {name: s, task: "
      "sim.echo, foreach: [a], with: {value: '${{ match(item, params.key) }}'}}\n");
  ASSERT_EQ(secret.size(), 1u);
  EXPECT_THAT(secret.front(), testing::Not(HasSubstr("hunter2")));
}

TEST(ExpressionChecks, WordsOfOtherToolsAreAnsweredWithThoseOfRopewalk) {
  const auto plan = plan_of(reading("${{ fromJSON(item) }}"));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().list.front().notes, ElementsAre("in Ropewalk it is json_parse(text)"));
}

TEST(ExpressionChecks, UnknownNamesAndFieldsAreToldWhereverTheyStand) {
  EXPECT_THAT(diagnostics("1 + params.m"), ElementsAre("6:97 W303 the workflow has no param 'm'"));
  EXPECT_THAT(
      diagnostics("len(stages.hash.results[*].diggest)"),
      ElementsAre(HasSubstr("W306 a result of 'file.checksum' has no field 'diggest'; did you mean 'digest'?")));
  EXPECT_THAT(diagnostics("if(true, vars.twic, 1)"),
              ElementsAre(HasSubstr("W310 there is no var 'twic' here; did you mean 'twice'?")));
  EXPECT_THAT(diagnostics("stages.hsah.failed > 0"),
              ElementsAre(HasSubstr("W304 there is no stage 'hsah'; did you mean 'hash'?")));
}

TEST(ExpressionChecks, WrongTypesAreToldAtTheOperand) {
  EXPECT_THAT(diagnostics("index + params.name"), ElementsAre("6:94 W204 '+' takes a number, but this is text"));
  EXPECT_THAT(diagnostics("len(index)"),
              ElementsAre("6:90 W204 'len' takes a list, a map, text or bytes, but this is an int"));
  EXPECT_THAT(diagnostics("!index"), ElementsAre(HasSubstr("W204 '!' takes a bool, but this is an int")));
  EXPECT_THAT(diagnostics("sum(stages.hash.results[*].digest)"), IsEmpty())
      << "what a list holds is seen when it is there";
  EXPECT_THAT(diagnostics("null + 1"), ElementsAre(HasSubstr("'+' takes a number, but this is nothing")));
}

TEST(ExpressionChecks, ConstantsThatHaveNoValueAreMistakesUnlessNobodyAsks) {
  EXPECT_THAT(diagnostics("index + 1 / params.zero"), ElementsAre("6:94 W308 this is a division by zero"));
  EXPECT_THAT(diagnostics("index + 9223372036854775807 * 2"),
              ElementsAre(HasSubstr("W308 the number is too large for an int")));
  EXPECT_THAT(diagnostics("if(params.zero == 0, 0, 1 / params.zero)"), IsEmpty());
  EXPECT_THAT(diagnostics("vars.files[7]"), ElementsAre(HasSubstr("W308 '[7]' is asked of a list of 2")));
  EXPECT_THAT(diagnostics("vars.files[7] ?? 0"), IsEmpty());
}

TEST(ExpressionChecks, ExpressionsOfOneTextShareABudgetThatIsCheckedBeforeTheRun) {
  EXPECT_THAT(diagnostics("len(concat(range(400000))) + len(concat(range(400000)))"),
              ElementsAre("6:119 W308 it makes more than 32 MiB of values"));
  EXPECT_THAT(diagnostics_of(reading("${{ len(concat(range(400000))) }} ${{ len(concat(range(400000))) }}")),
              ElementsAre("6:124 W308 it makes more than 32 MiB of values"));
  EXPECT_EQ(made("${{ len(range(900000)) + index }}"), "0=int 900001");
}

TEST(ExpressionChecks, AllExpressionsOfAWorkflowTogetherAreBoundedToo) {
  std::string text = "ropewalk: 1\nstages:\n";
  for (int i = 0; i < 20; ++i)
    text += fmt::format(
        "  - {{name: s{}, task: sim.echo, with: {{value: \"${{{{ len(concat(range(130000))) }}}}\"}}}}\n", i);
  EXPECT_THAT(diagnostics_of(text), ElementsAre("7:55 W308 it makes more than 32 MiB of values"));
  const auto plan = plan_of(text.substr(0, text.find("  - {name: s4")));
  ASSERT_TRUE(plan);
  EXPECT_GT(plan->steps, 4u * 130'000);
  EXPECT_GT(plan->bytes, 4u * 130'000 * sizeof(Value));
}

TEST(ExpressionChecks, TheEnvironmentIsKnownBeforeTheRun) {
  ::setenv("ROPEWALK_TEST_VALUE", "given", 1);
  ::unsetenv("ROPEWALK_TEST_NONE");
  EXPECT_EQ(made("${{ env.ROPEWALK_TEST_VALUE }}"), "0=text \"given\"");
  EXPECT_EQ(made("${{ env.ROPEWALK_TEST_NONE ?? \"none\" }}"), "0=text \"none\"");
  EXPECT_THAT(diagnostics("env.ROPEWALK_TEST_NONE"),
              ElementsAre("6:90 W314 the environment has no 'ROPEWALK_TEST_NONE'"));
  ::unsetenv("ROPEWALK_TEST_VALUE");
  EXPECT_THAT(
      diagnostics_of(
          "ropewalk: 1\nenv: {OWN: x}\nstages:\n  - {name: a, task: sim.echo, with: {value: \"${{ env.OWN }}\"}}\n"),
      IsEmpty());
}

TEST(ExpressionChecks, AStageThatReadsAnotherWaitsForItWhateverItReadsOfIt) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, needs: []}\n  - {name: b, task: sim.noop, needs: []}\n"
      "  - {name: c, task: sim.echo, needs: [], with: {value: '${{ if(stages.a.failed == 0, 1, len(stages.b.results)) "
      "}}'}}\n");
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->stages[2].needs, ElementsAre(0, 1));
}

}  // namespace
}  // namespace ropewalk
