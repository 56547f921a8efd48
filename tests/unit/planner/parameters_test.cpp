#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::parameters_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

// Positions of sim.types: 0 flag, 1 count, 2 ratio, 3 text, 4 path, 5 wait, 6 memory, 7 names, 8 env, 9 raw.
std::string types(const std::string& with, const std::string& foreach_value = "[x]", const std::string& params = "{}") {
  return "ropewalk: 1\nparams: " + params +
         "\nstages:\n  - name: a\n    task: sim.types\n    foreach: " + foreach_value + "\n    with: " + with + "\n";
}
/// The parameters that a task with this item gets.
std::vector<std::string> made(const std::string& with, const Value& item,
                              const std::string& foreach_value = "{lines: f}") {
  const auto plan = plan_of(types(with, foreach_value));
  return plan ? parameters_of(*plan, 0, &item, 7) : diagnostics_of(types(with, foreach_value));
}

TEST(Parameters, ConstantsAreReadByTheDeclaredType) {
  const Value item("x");
  EXPECT_THAT(made("{flag: true, count: -4, ratio: 1, text: 1.10, path: 010, wait: 1h30m, memory: 64MiB, names: [yes, "
                   "1.0], env: {A: on}, raw: ab}",
                   item),
              ElementsAre("0=bool true", "1=int -4", "2=float 1.0", "3=text \"1.10\"", "4=path \"010\"",
                          "5=float 5400.0", "6=int 67108864", "7=list [\"yes\", \"1.0\"]", "8=map {\"A\": \"on\"}",
                          "9=bytes {\"base64\": \"YWI=\"}"));
}

TEST(Parameters, WhatIsNotGivenIsAbsent) {
  const Value item("x");
  EXPECT_THAT(made("{}", item), IsEmpty());
}

TEST(Parameters, VaryingOnesAreTold) {
  const auto plan = plan_of(types("{text: \"${{ item }}\", count: \"${{ index }}\", path: a, ratio: 2}"));
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->stages[0].parameters->varying(), ElementsAre(1, 3));
}

TEST(Parameters, OneExpressionKeepsItsTypeAndTextAroundItMakesText) {
  const Value item("x");
  EXPECT_THAT(
      made("{count: \"${{ index }}\", text: \"<${{ item }}-${{ index }}>\", names: [\"${{ item }}\", b]}", item),
      ElementsAre("1=int 7", "3=text \"<x-7>\"", "7=list [\"x\", \"b\"]"));
}

TEST(Parameters, ConvertTheFewWaysThatTheLanguageHas) {
  EXPECT_THAT(made("{ratio: \"${{ index }}\"}", "x"), ElementsAre("2=float 7.0"));
  EXPECT_THAT(made("{text: \"${{ index }}\"}", "x"), ElementsAre("3=text \"7\""));
  EXPECT_THAT(made("{path: \"${{ item }}\"}", "a/b"), ElementsAre("4=path \"a/b\""));
  EXPECT_THAT(made("{text: \"${{ item }}\"}", Path{"a/b"}), ElementsAre("3=text \"a/b\""));
  EXPECT_THAT(made("{text: \"${{ item }}\"}", 1.0, "${{ stages.z.results }}"),
              ElementsAre("6:25 W304 there is no stage 'z'"));
  EXPECT_THAT(made("{text: \"${{ item }}\"}", 1.0, "[1, a]"), ElementsAre("3=text \"1.0\""));
  EXPECT_THAT(made("{text: \"${{ item }}\"}", true, "[1, a]"), ElementsAre("3=text \"true\""));
  EXPECT_THAT(made("{wait: \"${{ item }}\"}", 2, "[1, a]"), ElementsAre("5=float 2.0"));
  EXPECT_THAT(made("{memory: \"${{ item }}\"}", 2, "[1, a]"), ElementsAre("6=int 2"));
}

TEST(Parameters, BytesAreMadeOfWhateverHasSome) {
  EXPECT_THAT(made("{raw: \"${{ item }}\"}", "text"), ElementsAre("9=bytes {\"base64\": \"dGV4dA==\"}"));
  EXPECT_THAT(made("{raw: \"${{ item }}\"}", Path{"caf\xe9"}), ElementsAre("9=bytes {\"base64\": \"Y2Fm6Q==\"}"));
  EXPECT_THAT(made("{raw: \"${{ index }}\"}", "x"), ElementsAre("9=bytes {\"base64\": \"Nw==\"}"));
  EXPECT_THAT(made("{raw: \"<${{ item }}>\"}", Path{"caf\xe9"}), ElementsAre("9=bytes {\"base64\": \"PGNhZuk+\"}"));
  EXPECT_THAT(made("{raw: \"<${{ from_base64('Y2Fm6Q==') }}${{ index }}>\"}", "x"),
              ElementsAre("9=bytes {\"base64\": \"PGNhZuk3Pg==\"}"));
  EXPECT_THAT(made("{path: \"${{ from_base64('Y2Fm6Q==') }}\"}", "x"),
              ElementsAre("4=path {\"base64\": \"Y2Fm6Q==\"}"));
  EXPECT_THAT(made("{path: \"a/${{ from_base64('Y2Fm6Q==') }}\"}", "x"),
              ElementsAre("4=path {\"base64\": \"YS9jYWbp\"}"));
  EXPECT_THAT(made("{path: \"${{ from_base64('AA==') }}\"}", "x"),
              ElementsAre("7:18 W308 parameter 'path': ${{ from_base64('AA==') }} must be a path, but these bytes "
                          "contain a NUL character, which a path cannot"));
  EXPECT_THAT(made("{text: \"${{ from_base64('Y2Fm') }}\"}", "x"),
              ElementsAre("7:23 W204 parameter 'text' wants text, but this is bytes"));
  EXPECT_THAT(made("{text: \"<${{ from_base64('Y2Fm') }}>\"}", "x"),
              ElementsAre("7:24 W204 bytes cannot stand inside text"));
  EXPECT_THAT(made("{raw: \"${{ item }}\"}", List{}, "[1, a]"),
              ElementsAre("R201 parameter 'raw': ${{ item }} must be bytes, but this is a list"));
}

TEST(Parameters, ElementsOfListsAndMapsAreConvertedToo) {
  const auto words = [](const std::string& with, const Value& item) {
    const std::string text =
        "ropewalk: 1\nstages:\n  - {name: a, task: shell.run, foreach: {glob: '*'}, with: " + with + "}\n";
    const auto plan = plan_of(text);
    return plan ? parameters_of(*plan, 0, &item, 7) : diagnostics_of(text);
  };
  EXPECT_THAT(
      words("{argv: [cat, 5, \"${{ item }}\", \"--n=${{ index }}\"]}", Path{"caf\xe9"}),
      ElementsAre(
          R"(1=list [{"base64": "Y2F0"}, {"base64": "NQ=="}, {"base64": "Y2Fm6Q=="}, {"base64": "LS1uPTc="}])"));
  EXPECT_THAT(words("{argv: [cat], env: {NAME: \"${{ item }}\"}, cwd: \"${{ item }}\"}", Path{"\xe9"}),
              ElementsAre(R"(1=list [{"base64": "Y2F0"}])", R"(2=path {"base64": "6Q=="})",
                          R"(3=map {"NAME": {"base64": "6Q=="}})"));
}

TEST(Parameters, OfAGroupExactlyOneIsGiven) {
  const auto told = [](const std::string& with, const std::string& defaults = "") {
    return diagnostics_of("ropewalk: 1\n" + defaults + "stages:\n  - {name: a, task: shell.run, with: " + with + "}\n");
  };
  EXPECT_THAT(told("{argv: [a]}"), IsEmpty());
  EXPECT_THAT(told("{cwd: x}"),
              ElementsAre("3:21 W203 task 'shell.run' needs one of the parameters 'command' and 'argv'"));
  EXPECT_THAT(told("{argv: [a], command: b}"),
              ElementsAre("3:39 W223 task 'shell.run' takes one of the parameters 'command' and 'argv', not both"));
  const std::string defaults = "defaults: {with: {command: a}}\n";
  EXPECT_THAT(told("{}", defaults), IsEmpty());
  EXPECT_THAT(told("{argv: [b]}", defaults), IsEmpty()) << "the stage's own choice counts";
  const auto plan =
      plan_of("ropewalk: 1\n" + defaults + "stages:\n  - {name: a, task: shell.run, with: {argv: [b]}}\n");
  ASSERT_TRUE(plan);
  EXPECT_THAT(parameters_of(*plan, 0), ElementsAre(R"(1=list [{"base64": "Yg=="}])"));
}

TEST(Parameters, ValuesThatDoNotFitAreTheTasksErrorInWordsThatRepeat) {
  EXPECT_THAT(made("{count: \"${{ item }}\"}", "x", "[1, a]"),
              ElementsAre("R201 parameter 'count': ${{ item }} must be an int, but this is text"));
  EXPECT_THAT(made("{count: \"${{ item }}\"}", 1.0, "[1, a]"),
              ElementsAre("R201 parameter 'count': ${{ item }} must be an int, but this is a float"));
  EXPECT_THAT(
      made("{text: \"${{ item }}\"}", Path{"\xff"}),
      ElementsAre("R201 parameter 'text': ${{ item }} must be text, but this path is not UTF-8, which text must be"));
  EXPECT_THAT(made("{text: \"<${{ item }}>\"}", List{}, "[1, a]"),
              ElementsAre("R201 parameter 'text': ${{ item }}: list cannot stand inside text"));
  EXPECT_THAT(
      made("{names: \"${{ item }}\"}", List{"a", List{}}, "[1, a]"),
      ElementsAre(
          "R201 parameter 'names': ${{ item }} must be a list, but its element 1 does not fit: this is a list"));
  EXPECT_THAT(made("{memory: \"${{ item }}\"}", -2, "[1, a]"),
              ElementsAre("R201 parameter 'memory': ${{ item }} must be a size, but this number of bytes is negative"));
}

TEST(Parameters, APathThatIsNotUtf8StaysWholeWhereAPathIsWanted) {
  EXPECT_THAT(made("{path: \"out/${{ item }}\"}", Path{"\xff"}), ElementsAre("4=path {\"base64\": \"b3V0L/8=\"}"));
}

TEST(Parameters, MembersOfItems) {
  const std::string list = "[{name: a, n: 1}, {name: b}]";
  EXPECT_THAT(made("{text: \"${{ item.name }}\", count: \"${{ item.n }}\"}", Map{{"name", "a"}, {"n", 1}}, list),
              ElementsAre("1=int 1", "3=text \"a\""));
  EXPECT_THAT(made("{text: \"${{ item.name }}\", count: \"${{ item.n }}\"}", Map{{"name", "b"}}, list),
              ElementsAre("R201 parameter 'count': ${{ item.n }}: there is no member 'n' (there is name)"));
  EXPECT_THAT(made("{text: \"${{ item.nmae }}\"}", 1, list),
              ElementsAre("7:28 W306 an item has no 'nmae'; did you mean 'name'?"));
}

TEST(Parameters, ResultsOfEarlierStagesAreReadWhenTheStageStarts) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - {name: hash, task: file.checksum, with: {path: a}, foreach: [1, 2]}\n"
      "  - {name: out, task: file.write, with: {path: SUMS, lines: \"${{ stages.hash.results[*].line }}\"}}\n");
  ASSERT_TRUE(plan);
  test::FakeResults results;
  results.results[0] = {{0, Map{{"line", "l0"}}}, {1, Map{{"line", "l1"}}}};
  EXPECT_THAT(parameters_of(*plan, 1, nullptr, 0, &results), ElementsAre("0=path \"SUMS\"", "1=list [\"l0\", \"l1\"]"));
  results.results[0][1] = Map{};  // an optional field that a task left out
  EXPECT_THAT(
      parameters_of(*plan, 1, nullptr, 0, &results),
      ElementsAre(
          "R201 parameter 'lines': ${{ stages.hash.results[*].line }} must be a list, but its element 1 is nothing"));
}

TEST(Parameters, AFieldThatATaskLeftOutIsAbsentAndMissedOnlyWhereItIsRequired) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - {name: hash, task: file.checksum, with: {path: a}}\n"
      "  - {name: b, task: file.write, foreach: {results: hash}, with: {path: \"${{ item.path }}\", text: \"${{ "
      "item.digest }}\"}}\n");
  ASSERT_TRUE(plan);
  const Value item(Map{{"path", Path{"p"}}}), none(Map{});
  EXPECT_THAT(parameters_of(*plan, 1, &item), ElementsAre("0=path \"p\""));
  EXPECT_THAT(parameters_of(*plan, 1, &none),
              ElementsAre("R201 parameter 'path' is required, but what it reads was not given"));
}

TEST(Parameters, LimitsHoldForVaryingValuesToo) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - {name: a, task: image.resize, foreach: [1, x], with: {input: i, output: o, width: "
      "\"${{ item }}\"}}\n");
  ASSERT_TRUE(plan);
  const Value small(5), good(16);
  EXPECT_THAT(parameters_of(*plan, 0, &small), ElementsAre("R201 parameter 'width' must be at least 16 pixels"));
  EXPECT_THAT(parameters_of(*plan, 0, &good), ElementsAre("0=path \"i\"", "1=path \"o\"", "2=int 16"));
}

}  // namespace
}  // namespace ropewalk
