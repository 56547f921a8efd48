// The form of the language: keys, kinds of values, names.

#include "diagnostics_text.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kStages = "stages:\n  - {name: a, task: sim.noop}\n";

TEST(Workflow, MustStateItsVersion) {
  EXPECT_THAT(diagnostics_of(kStages),
              ElementsAre("1:1 W208 the key 'ropewalk' is missing: the version of the language"));
  EXPECT_THAT(diagnostics_of("ropewalk: 2\n" + kStages),
              ElementsAre("1:11 W216 this is version 2 of the language, and this program reads version 1"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1.0\n" + kStages),
              ElementsAre("1:11 W204 'ropewalk' wants an int, but '1.0' is none"));
}

TEST(Workflow, MustHaveStages) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\n"), ElementsAre("1:1 W208 the key 'stages' is missing: what to run"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages: []\n"),
              ElementsAre("2:9 W208 'stages' is empty, so there is nothing to run"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages: {}\n"),
              ElementsAre("2:9 W209 'stages' wants a list of stages, but this is a map"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages: [a]\n"),
              ElementsAre("2:10 W209 a stage wants a map of keys such as name and task, but this is a single value"));
  EXPECT_THAT(diagnostics_of("- a\n"), ElementsAre("1:1 W209 a workflow is a map of keys, but this is a list"));
}

TEST(Workflow, Y06_UnknownKeysComeWithASuggestionAndTheValidOnes) {
  const auto workflow =
      parse_workflow("ropewalk: 1\nnmae: x\nstages:\n  - {name: a, task: sim.noop, forech: [1]}\n", "photos.yaml");
  ASSERT_TRUE(workflow);
  const Error top{"W207",
                  "the workflow has no key 'nmae'; did you mean 'name'?",
                  {"photos.yaml", 2, 1, 4, "nmae: x"},
                  {"the workflow takes: ropewalk, name, description, requires, plugins, include, params, vars, env, "
                   "deadline, defaults, stages"}};
  const Error stage{
      "W207",
      "a stage has no key 'forech'; did you mean 'foreach'?",
      {"photos.yaml", 4, 31, 6, "  - {name: a, task: sim.noop, forech: [1]}"},
      {"a stage takes: name, task, executor, workers, per_host, cores, on_error, timeout, deadline, retries, "
       "limits, drift, python, env, "
       "vars, foreach, with, outputs, reads, writes, inputs, needs, after, if, finally"}};
  EXPECT_THAT(workflow->diagnostics, ElementsAre(top, stage));
}

TEST(Workflow, Y06_AMisspeltKeyIsNotMissingToo) {
  EXPECT_THAT(diagnostics_of("ropewlak: 1\nstagse:\n  - {name: a, task: sim.noop}\n"),
              ElementsAre("1:1 W207 the workflow has no key 'ropewlak'; did you mean 'ropewalk'?",
                          "2:1 W207 the workflow has no key 'stagse'; did you mean 'stages'?"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nparams: {p: {tpye: int}}\nstages:\n  - {nmae: a, tsak: sim.noop, foreach: "
                             "{range: {from: 1, too: 2}}}\n"),
              ElementsAre("2:14 W207 a param has no key 'tpye'; did you mean 'type'?",
                          "4:6 W207 a stage has no key 'nmae'; did you mean 'name'?",
                          "4:15 W207 a stage has no key 'tsak'; did you mean 'task'?",
                          "4:58 W207 'range' has no key 'too'; did you mean 'to'?"));
}

TEST(Workflow, DefaultsAcceptOnlyKeysThatApplyToEveryStage) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\ndefaults: {outputs: 3, name: x, foreach: [1], needs: [], if: true, after: any}\n" +
                     kStages),
      ElementsAre("2:21 W209 'outputs' wants a map of names to values, but this is a single value",
                  "2:24 W207 'defaults' has no key 'name'", "2:33 W207 'defaults' has no key 'foreach'",
                  "2:47 W207 'defaults' has no key 'needs'", "2:58 W207 'defaults' has no key 'if'",
                  "2:68 W207 'defaults' has no key 'after'"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {task: sim.noop, vars: {a: 1}, outputs: {b: 2}, per_host: "
                             "2}\nstages:\n  - {name: a}\n"),
              IsEmpty());
}

TEST(Workflow, NeedsAreAListOfUniqueNames) {
  const auto with = [](const std::string& needs) {
    return diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, " + needs + "}\n");
  };
  EXPECT_THAT(with("needs: [], after: any"), IsEmpty());
  EXPECT_THAT(
      with("needs: b"),
      ElementsAre("3:38 W209 'needs' wants a list of stages, such as [fetch, hash], but this is a single value"));
  EXPECT_THAT(with("needs: [b, {c: d}, b]"),
              ElementsAre("3:42 W209 an element of 'needs' wants the name of a stage, but this is a map",
                          "3:50 W211 'needs' names 'b' twice"));
  EXPECT_THAT(with("needs: [\"${{ params.x }}\"]"),
              ElementsAre("3:39 W209 'needs' is a list of names, an expression cannot stand here"));
  EXPECT_THAT(with("after: [success]"),
              ElementsAre("3:38 W209 'after' wants success, failure or any, but this is a list"));
  EXPECT_THAT(with("need: [b]"), ElementsAre("3:31 W207 a stage has no key 'need'; did you mean 'needs'?"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {needs: [a]}\n" + kStages),
              ElementsAre("2:12 W207 'defaults' has no key 'needs'"));
}

TEST(Workflow, RequiresIsAMapOfVersions) {
  const auto with = [](const std::string& value) {
    return diagnostics_of("ropewalk: 1\nrequires: " + value + "\n" + kStages);
  };
  EXPECT_THAT(with("{ropewalk: \">=0.1\", plugins: {sim: \">=1\"}}"), IsEmpty());
  EXPECT_THAT(with("\">=0.1\""),
              ElementsAre("2:11 W209 'requires' wants a map such as {ropewalk: \">=0.1\", plugins: {file: "
                          "\">=1.0\"}}, but this is a single value"));
  EXPECT_THAT(with("{plugin: {}}"), ElementsAre("2:12 W207 'requires' has no key 'plugin'; did you mean 'plugins'?"));
  EXPECT_THAT(with("{plugins: [sim]}"),
              ElementsAre("2:21 W209 'plugins' of 'requires' wants a map of plugins to versions, but this is a list"));
}

TEST(Workflow, VarsOutputsAndIfHaveTheirForms) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\nvars: {a: [1, {b: c}]}\nstages:\n  - {name: a, task: sim.noop, vars: {x-1: 2}, "
                     "outputs: {y: \"${{ item }}\"}, if: \"${{ params.x }}\"}\n"),
      IsEmpty());
  EXPECT_THAT(
      diagnostics_of(
          "ropewalk: 1\nvars: [a]\nstages:\n  - {name: a, task: sim.noop, vars: {X: 1}, outputs: 3, if: [true]}\n"),
      ElementsAre("2:7 W209 'vars' wants a map of names to values, but this is a list",
                  "4:38 W210 'X' is no name for a var",
                  "4:54 W209 'outputs' wants a map of names to values, but this is a single value",
                  "4:61 W209 'if' wants an expression that is true or false, but this is a list"));
}

TEST(Workflow, EnvIsAMapOfVariablesAtEveryLevel) {
  const auto with = [](const std::string& env) {
    return diagnostics_of("ropewalk: 1\nenv: " + env + "\ndefaults: {env: " + env +
                          "}\nstages:\n  - {name: a, task: sim.noop, env: " + env + "}\n");
  };
  EXPECT_THAT(with("{PATH: /bin, _x1: 3}"), IsEmpty());
  EXPECT_THAT(with("[A]"), ElementsAre("2:6 W209 'env' wants a map of variables, but this is a list",
                                       "3:17 W209 'env' wants a map of variables, but this is a list",
                                       "5:36 W209 'env' wants a map of variables, but this is a list"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nenv: {1A: x, A-B: x, \"\": x, ROPEWALK_X: x, \"A=B\": x}\n" + kStages),
              ElementsAre("2:7 W210 '1A' is no name for an environment variable",
                          "2:14 W210 'A-B' is no name for an environment variable",
                          "2:22 W210 '' is no name for an environment variable",
                          "2:29 W210 'ROPEWALK_X': variables that begin with ROPEWALK_ are the engine's own",
                          "2:44 W210 'A=B' is no name for an environment variable"));
}

TEST(Workflow, Y06_RetriesAndLimitsAreMapsOfTheirKeys) {
  const auto with = [](const std::string& rest) {
    return diagnostics_of("ropewalk: 1\ndefaults: {" + rest + "}\n" + kStages);
  };
  EXPECT_THAT(with("timeout: 30s, retries: 3, limits: {}"), IsEmpty());
  EXPECT_THAT(with("retries: {max: 1, delay: 1s, backoff: 2, max_delay: 9s, jitter: 0, when: crash}, limits: {memory: "
                   "1GB, cpu_time: 1s, files: 1GB, output: 1MB}"),
              IsEmpty());
  EXPECT_THAT(with("retries: {dealy: 1s}, limits: {memroy: 1GB, max: 3}"),
              ElementsAre("2:22 W207 'retries' has no key 'dealy'; did you mean 'delay'?",
                          "2:43 W207 'limits' has no key 'memroy'; did you mean 'memory'?",
                          "2:56 W207 'limits' has no key 'max'"));
  EXPECT_THAT(with("retries: [1], limits: 512MiB"),
              ElementsAre("2:21 W209 'retries' wants a number or a map such as {max: 3, delay: 1s}, but this is a list",
                          "2:34 W209 'limits' wants a map such as {memory: 512MiB}, but this is a single value"));
  EXPECT_THAT(with("retries: , limits: ~"),
              ElementsAre("2:12 W209 'retries' has no value", "2:31 W209 'limits' is '~', which is no value"));
}

TEST(Workflow, Y07_StageNamesAreUniqueWords) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n  - {name: a, task: sim.noop}\n"),
              ElementsAre("4:12 W211 two stages are named 'a', the first in line 3"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - {name: 'A b', task: sim.noop}\n"),
              ElementsAre("3:12 W210 'A b' is no name for a stage"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - {task: sim.noop}\n  - {name: b}\n"),
              ElementsAre("3:5 W208 a stage has no 'name'", "4:12 W208 stage 'b' has no 'task'"));
}

TEST(Workflow, Y10_NullIsNotAValue) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nname:\ndescription: ~\nparams: null\nstages:\n"),
              ElementsAre("2:1 W209 'name' has no value", "3:14 W209 'description' is '~', which is no value",
                          "4:9 W209 'params' is 'null', which is no value", "5:1 W209 'stages' has no value"));
}

TEST(Workflow, ForeachIsAListOrOneSource) {
  const auto with_foreach = [](const std::string& value) {
    return diagnostics_of("ropewalk: 1\nstages:\n  - name: a\n    task: sim.noop\n    foreach: " + value + "\n");
  };
  EXPECT_THAT(with_foreach("[1, 2]"), IsEmpty());
  EXPECT_THAT(with_foreach("{range: 3}"), IsEmpty());
  EXPECT_THAT(
      with_foreach("5"),
      ElementsAre("5:14 W209 'foreach' wants a list, or an expression that gives one, but this is a single value"));
  EXPECT_THAT(with_foreach("{range: 3, glob: x}"),
              ElementsAre("5:14 W209 'foreach' takes one source of items, here are 2"));
  EXPECT_THAT(with_foreach("{}"), ElementsAre("5:14 W209 'foreach' takes one source of items, here are 0"));
  EXPECT_THAT(with_foreach("{globs: x}"), ElementsAre("5:15 W207 'foreach' has no key 'globs'; did you mean 'glob'?"));
  EXPECT_THAT(with_foreach("{range: {from: 1}}"), ElementsAre("5:15 W208 'range' has no 'to'"));
  EXPECT_THAT(with_foreach("{lines: [a]}"),
              ElementsAre("5:22 W209 'lines' wants the name of a file or {file, end}, but this is a list"));
}

TEST(Workflow, ParamsAreDeclaredByTypeOrDefault) {
  const auto with_param = [](const std::string& text) {
    return diagnostics_of("ropewalk: 1\nparams:\n  p: " + text + "\n" + kStages);
  };
  EXPECT_THAT(with_param("5"), IsEmpty());
  EXPECT_THAT(with_param("[1, 2]"), IsEmpty());
  EXPECT_THAT(with_param("{type: path, help: folder to read}"), IsEmpty());
  EXPECT_THAT(with_param("{type: list, of: int, default: [1, 2]}"), IsEmpty());
  EXPECT_THAT(with_param("yes"), ElementsAre("3:6 W204 param 'p': 'yes' can be read in more than one way"));
  EXPECT_THAT(with_param("{help: x}"), ElementsAre("3:3 W208 param 'p' has neither 'type' nor 'default'"));
  EXPECT_THAT(with_param("{type: flaot}"), ElementsAre("3:13 W204 there is no type 'flaot'; did you mean 'float'?"));
  EXPECT_THAT(with_param("{type: int, default: x}"),
              ElementsAre("3:27 W204 'default' of param 'p' wants an int, but 'x' is none"));
  EXPECT_THAT(with_param("{default: 2, min: 3}"), ElementsAre("3:16 W205 the default of param 'p' must be at least 3"));
  EXPECT_THAT(with_param("{type: text, choices: [a, b], default: c}"),
              ElementsAre("3:45 W206 the default of param 'p' must be one of a, b"));
  EXPECT_THAT(with_param("{type: text, min: 1}"),
              ElementsAre("3:24 W209 param 'p': 'min' is for numbers, and this is text"));
  EXPECT_THAT(
      with_param("{type: int, of: int}"),
      ElementsAre("3:22 W209 param 'p': 'of' gives the type of a list's or a map's elements, and this is an int"));
  EXPECT_THAT(with_param("\"${{ item }}\""),
              ElementsAre("3:7 W209 param 'p' is a constant, an expression cannot stand here"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nparams: {P: 1}\n" + kStages),
              ElementsAre("2:10 W210 'P' is no name for a param"));
}

TEST(Workflow, ShowsAtMostTwentyDiagnosticsSortedByPlace) {
  std::string text = "ropewalk: 1\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("x{}: 1\n", i);
  const auto diagnostics = diagnostics_of(text + kStages);
  ASSERT_EQ(diagnostics.size(), 20u);
  EXPECT_EQ(diagnostics.front(), "2:1 W207 the workflow has no key 'x0'");
  EXPECT_EQ(diagnostics.back(), "21:1 W207 the workflow has no key 'x19'");
}

TEST(Workflow, ColumnsCountCharacters) {
  EXPECT_THAT(
      diagnostics_of("{ropewalk: 1, name: \"\xC3\xBC\xE2\x82\xAC\", x: 1, stages: [{name: a, task: sim.noop}]}\n"),
      ElementsAre("1:27 W207 the workflow has no key 'x'"));
}

}  // namespace
}  // namespace ropewalk
