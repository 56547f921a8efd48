// Vars, outputs and conditions of stages: what they may read, and what is known of them before the run.

#include "plan/condition.hpp"
#include "plan/outputs.hpp"
#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::parameters_of;
using test::plan_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string head(const std::string& keys) { return "ropewalk: 1\n" + keys + "\nstages:\n"; }
std::string stage(const std::string& keys) { return "  - {name: s, " + keys + "}\n"; }

/// "name=type value" of what a task's result gets, or its problem.
std::vector<std::string> outputs_of(const Result<Plan>& plan, const Value& item, std::uint64_t index,
                                    const Value& result) {
  if (!plan) return {plan.error().list.at(0).message};
  const Outputs& outputs = *plan->stages.at(0).outputs;
  std::vector<Value> values(outputs.fields().size());
  const auto made = outputs.make({.params = plan->params, .item = &item, .index = index, .result = &result}, values);
  if (!made) return {made.error().list.at(0).code + " " + made.error().list.at(0).message};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < values.size(); ++i)
    lines.push_back(
        fmt::format("{}={} {}", outputs.fields()[i].name, type_name(outputs.fields()[i].type), to_json(values[i])));
  return lines;
}

TEST(Vars, OfTheWorkflowAreKnownBeforeTheRunAndReadTheOnesBeforeThem) {
  const auto plan =
      plan_of(head("params: {root: /data}\nvars: {dir: \"${{ params.root }}/in\", all: [1, \"${{ vars.dir }}\"]}") +
              stage("task: sim.echo, workers: 1, with: {value: {a: \"${{ vars.all }}\", b: \"x${{ vars.all[0] }}\"}}"));
  ASSERT_TRUE(plan);
  EXPECT_THAT(parameters_of(*plan, 0), ElementsAre(R"(0=map {"a": [1, "/data/in"], "b": "x1"})"));
}

TEST(Vars, OfTheWorkflowMayStandInForeachAndInAStagesOtherKeys) {
  const auto plan = plan_of(head("vars: {n: 3, e: thread}") +
                            stage("task: sim.echo, executor: \"${{ vars.e }}\", foreach: {range: \"${{ vars.n }}\"}"));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].executor, "thread");
  EXPECT_THAT(test::items_of(*plan, 0), ElementsAre("0", "1", "2"));
}

TEST(Vars, OfAStageMayReadItemIndexAndTheOnesBeforeThem) {
  const auto plan = plan_of(
      head("vars: {dir: out, x: top}") +
      stage("task: file.checksum, foreach: [a, b], vars: {x: \"${{ vars.x }}-${{ item }}\", file: \"${{ vars.dir "
            "}}/${{ index }}-${{ vars.x }}\"}, with: {path: \"${{ vars.file }}\"}"));
  ASSERT_TRUE(plan) << plan.error().list.at(0).message;
  const Value item("b");
  EXPECT_THAT(parameters_of(*plan, 0, &item, 1), ElementsAre("0=path \"out/1-top-b\""));
}

TEST(Vars, HaveTheTypeOfTheirValue) {
  EXPECT_THAT(diagnostics_of(head("vars: {n: 3}") +
                             stage("task: sim.types, with: {text: \"${{ vars.n }}\", count: \"${{ vars.n }}\"}")),
              IsEmpty());
  EXPECT_THAT(diagnostics_of(head("vars: {n: three}") + stage("task: sim.types, with: {count: \"${{ vars.n }}\"}")),
              ElementsAre("4:51 W204 parameter 'count' wants an int, but this is text"));
  EXPECT_THAT(
      diagnostics_of(
          head("") +
          stage("task: sim.types, foreach: [1], vars: {n: \"n${{ item }}\"}, with: {count: \"${{ vars.n }}\"}")),
      ElementsAre("4:92 W204 parameter 'count' wants an int, but this is text"));
}

TEST(Vars, ThatOnlyTasksKnowAreNotReadBeforeThem) {
  constexpr const char* kWhy =
      "var 'a' has no value here: it reads what is known only to tasks, such as run.id or item";
  const auto told = [&](const std::string& rest) {
    return diagnostics_of(head("vars: {a: \"${{ run.id }}\"}") + stage("task: sim.noop, " + rest));
  };
  EXPECT_THAT(told("foreach: [\"${{ vars.a }}\"]"), ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(told("if: \"${{ vars.a != '' }}\""), ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(told("foreach: [\"${{ run.id }}\"]"), IsEmpty());
}

TEST(Vars, MistakesAreToldOnceAndNotWhatFollowsFromThem) {
  EXPECT_THAT(diagnostics_of(head("vars: {a: \"${{ params.x }}\", b: \"${{ vars.a }}\"}") +
                             stage("task: sim.echo, with: {value: \"${{ vars.b }}\"}")),
              ElementsAre("2:23 W303 the workflow has no param 'x'"));
  EXPECT_THAT(diagnostics_of(head("vars: {abc: 1}") + stage("task: sim.echo, with: {value: \"${{ vars.acb }}\"}")),
              ElementsAre("4:55 W310 there is no var 'acb' here; did you mean 'abc'?"));
  EXPECT_THAT(diagnostics_of(head("vars: {a: \"${{ vars.b }}\", b: 1}") + stage("task: sim.noop")),
              ElementsAre("2:21 W310 there is no var 'b' here"));
  EXPECT_THAT(diagnostics_of(head("vars: {a: \"${{ item }}\"}") + stage("task: sim.noop")),
              ElementsAre("2:16 W307 there is no 'item' here: it belongs to the tasks of a stage"));
  EXPECT_THAT(
      diagnostics_of(head("") + "  - {name: a, task: sim.noop}\n" +
                     stage("task: sim.noop, vars: {x: \"${{ stages.a.result }}\"}")),
      ElementsAre("5:41 W312 var 'x' reads results of a stage, and a var is made of params, vars, item and index"));
}

TEST(Vars, ThatDoubleEachOtherEndSomewhere) {
  std::string vars = "vars:\n  v0: zero\n";
  for (int i = 1; i < 64; ++i)
    vars += fmt::format("  v{}: [\"${{{{ vars.v{} }}}}\", \"${{{{ vars.v{} }}}}\"]\n", i, i - 1, i - 1);
  const auto diagnostics = diagnostics_of(head(vars) + stage("task: sim.noop"));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_THAT(diagnostics[0], testing::HasSubstr(" is larger than 1 MiB with all the vars that it reads"));
}

TEST(Outputs, AddFieldsOfItemIndexVarsAndResultWithTheirTypes) {
  const auto plan =
      plan_of(head("params: {p: 5}") + stage("task: file.checksum, foreach: [a, b], vars: {v: \"v${{ item }}\"}, with: "
                                             "{path: x}, outputs: {of: \"${{ item "
                                             "}}\", at: \"${{ index }}\", size: \"${{ result.bytes }}\", row: \"${{ "
                                             "vars.v }},${{ result.digest }},${{ params.p "
                                             "}}\", whole: \"${{ result }}\", five: \"${{ params.p }}\"}"));
  EXPECT_THAT(outputs_of(plan, "a", 7, Map{{"digest", "d"}, {"bytes", 3}}),
              ElementsAre("of=text \"a\"", "at=int 7", "size=int 3", "row=text \"va,d,5\"",
                          R"(whole=map {"bytes": 3, "digest": "d"})", "five=int 5"));
}

TEST(Outputs, ThatCannotBeMadeSayWhereTheyStand) {
  const auto plan =
      plan_of(head("") + stage("task: sim.echo, foreach: [a], outputs: {x: \"${{ result.value.deep }}\"}"));
  EXPECT_THAT(
      outputs_of(plan, "a", 0, Map{{"value", 1}}),
      ElementsAre(
          "R205 output 'x' (test.yaml:4): ${{ result.value.deep }}: '.deep' is asked of an int, which has no members"));
}

TEST(Outputs, AreFieldsForOtherStagesAndWrongOnesAreAnErrorBeforeTheRun) {
  const auto reads = [](const std::string& expression) {
    return diagnostics_of(
        head("") +
        "  - {name: a, task: file.checksum, foreach: [x], with: {path: x}, outputs: {name: \"${{ item }}\"}}\n"
        "  - {name: b, task: sim.echo, foreach: {results: a}, outputs: {both: \"${{ item.name }}\"}, with: {value: "
        "1}}\n"
        "  - {name: c, task: sim.types, foreach: {results: b}, with: {" +
        expression + "}}\n");
  };
  EXPECT_THAT(reads("text: \"${{ item.both }}\""), IsEmpty());
  EXPECT_THAT(reads("count: \"${{ item.both }}\""),
              ElementsAre("6:74 W204 parameter 'count' wants an int, but this is text"));
  EXPECT_THAT(reads("text: \"${{ item.name }}\""), ElementsAre("6:78 W306 a result of 'sim.echo' has no field 'name'"));
  EXPECT_THAT(reads("names: \"${{ stages.a.results[*].nmae }}\""),
              ElementsAre("6:94 W306 a result of 'file.checksum' has no field 'nmae'; did you mean 'name'?"));
}

TEST(Outputs, AreReadByStagesThatStandBeforeThemToo) {
  EXPECT_THAT(
      diagnostics_of(
          head("") +
          "  - {name: c, task: sim.types, needs: [], foreach: {results: a}, with: {text: \"${{ item.nmae }}\"}}\n"
          "  - {name: a, task: sim.noop, needs: [], foreach: [x], outputs: {name: \"${{ item }}\"}}\n"),
      ElementsAre("4:89 W306 a result of 'sim.noop' has no field 'nmae'; did you mean 'name'?"));
}

TEST(Outputs, MistakesInThem) {
  const auto with = [](const std::string& outputs) {
    return diagnostics_of(head("") + "  - {name: a, task: sim.noop}\n" +
                          stage("task: file.checksum, with: {path: x}, outputs: {" + outputs + "}"));
  };
  EXPECT_THAT(with("digest: 1"), ElementsAre("5:63 W211 a result of 'file.checksum' has a field 'digest' already"));
  EXPECT_THAT(with("x: \"${{ result.digst }}\""),
              ElementsAre("5:78 W306 a result of 'file.checksum' has no field 'digst'; did you mean 'digest'?"));
  EXPECT_THAT(with("x: \"${{ item }}\""), ElementsAre("5:71 W307 there is no 'item' here: stage 's' has no 'foreach'"));
  EXPECT_THAT(with("x: \"${{ stages.a.result }}\""),
              ElementsAre("5:66 W312 output 'x' reads results of another stage, and an output is made of the task's "
                          "own: item, index, vars and result"));
  EXPECT_THAT(diagnostics_of(head("") + stage("task: sim.echo, with: {value: \"${{ result.value }}\"}")),
              ElementsAre("4:50 W311 there is no 'result' here: a task has one when it has succeeded"));
}

TEST(If, IsABoolThatMayReadStagesWhichAreNeededThen) {
  const auto plan =
      plan_of(head("params: {on: true}") + "  - {name: a, task: sim.echo, needs: [], with: {value: 1}}\n" +
              "  - {name: b, task: sim.noop, needs: [], if: \"${{ stages.a.result.value }}\"}\n" +
              "  - {name: c, task: sim.noop, needs: [], if: \"${{ params.on }}\"}\n  - {name: d, task: sim.noop, "
              "needs: [], if: false}\n");
  ASSERT_TRUE(plan) << plan.error().list.at(0).message;
  EXPECT_THAT(plan->stages[1].needs, ElementsAre(0));
  EXPECT_TRUE(plan->stages[0].results_used);
  test::FakeResults results;
  const auto holds = [&](std::size_t stage) -> std::string {
    const auto holds = plan->stages[stage].condition->holds({.params = plan->params, .results = &results});
    return holds ? (*holds ? "yes" : "no") : holds.error().list.at(0).code + " " + holds.error().list.at(0).message;
  };
  EXPECT_EQ(holds(1), "R206 'if' (test.yaml:5): ${{ stages.a.result.value }}: stage 'a' has no result");
  results.results[0][0] = Map{{"value", true}};
  EXPECT_EQ(holds(1), "yes");
  results.results[0][0] = Map{{"value", "yes"}};
  EXPECT_EQ(holds(1), "R206 'if' (test.yaml:5): ${{ stages.a.result.value }} must be a bool, but this is text");
  results.results[0][0] = Map{{"value", Value()}};
  EXPECT_EQ(holds(1), "R206 'if' (test.yaml:5): what it reads was not given");
  EXPECT_EQ(holds(2), "yes");
  EXPECT_EQ(holds(3), "no");
}

TEST(If, MistakesInIt) {
  const auto with = [](const std::string& condition) {
    return diagnostics_of(head("params: {n: 3}") + stage("task: sim.noop, foreach: [1], if: " + condition));
  };
  EXPECT_THAT(with("\"${{ params.n }}\""), ElementsAre("4:54 W204 'if' wants a bool, but this is an int"));
  EXPECT_THAT(with("yes"), ElementsAre("4:49 W204 'if' wants a bool, but 'yes' is neither true nor false"));
  EXPECT_THAT(with("\"${{ item }}\""),
              ElementsAre("4:54 W307 there is no 'item' here: it belongs to the tasks of a stage"));
}

}  // namespace
}  // namespace ropewalk
