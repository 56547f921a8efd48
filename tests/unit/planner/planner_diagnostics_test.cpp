// Every diagnostic that the planner tells, with its place and its exact words.

#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::plan_of;
using testing::ElementsAre;

std::vector<std::string> stage(const std::string& rest) {
  return diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, " + rest + "}\n");
}

TEST(PlannerMistakes, LookAsTheDesignSays) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - name: small\n    task: image.resize\n    with:\n      input: a\n      output: b\n     "
      " widht: 640\n");
  ASSERT_FALSE(plan);
  const Error expected{
      "W202",
      "task 'image.resize' takes no parameter 'widht'; did you mean 'width'?",
      {"test.yaml", 8, 7, 5, "      widht: 640"},
      {"it takes: input (path, required), output (path, required), width (int, 16..8192, pixels), quality (float)"}};
  EXPECT_THAT(plan.error().list, ElementsAre(expected));
}

TEST(PlannerMistakes, Tasks) {
  EXPECT_THAT(stage("task: nope.x"), ElementsAre("3:21 P101 there is no plugin 'nope'"));
  EXPECT_THAT(stage("task: sim.nop"), ElementsAre("3:25 W201 plugin 'sim' has no task 'nop'; did you mean 'noop'?"));
  EXPECT_THAT(stage("task: noop"), ElementsAre("3:21 W201 'noop' is no task"));
  EXPECT_THAT(stage("task: \"${{ params.t }}\""),
              ElementsAre("3:21 W201 'task' is a constant, an expression cannot stand here"));
}

TEST(PlannerMistakes, ParametersOfTasks) {
  EXPECT_THAT(stage("task: file.checksum"),
              ElementsAre("3:21 W203 task 'file.checksum' needs the parameter 'path' (path)"));
  EXPECT_THAT(stage("task: image.resize, with: {input: a, output: b, width: 5}"),
              ElementsAre("3:70 W205 parameter 'width' must be at least 16 pixels, this is 5"));
  EXPECT_THAT(stage("task: image.resize, with: {input: a, output: b, width: wide}"),
              ElementsAre("3:70 W204 parameter 'width' wants an int, but 'wide' is none"));
  EXPECT_THAT(stage("task: file.checksum, with: {path: a, algorithm: md5}"),
              ElementsAre("3:63 W206 parameter 'algorithm' must be one of sha256, xxh3, this is md5"));
  EXPECT_THAT(
      stage("task: file.checksum, with: {path: a, algorithm: sha265}"),
      ElementsAre(
          "3:63 W206 parameter 'algorithm' must be one of sha256, xxh3, this is sha265; did you mean 'sha256'?"));
  EXPECT_THAT(stage("task: file.write, with: {path: a, lines: b}"),
              ElementsAre("3:56 W204 parameter 'lines' wants a list, but 'b' is a single value"));
  EXPECT_THAT(stage("task: file.write, with: {path: [a]}"),
              ElementsAre("3:46 W209 parameter 'path' wants a path, but this is a list"));
  EXPECT_THAT(stage("task: file.checksum, with: {path: ~}"),
              ElementsAre("3:49 W209 parameter 'path' is '~', which is no value"));
  EXPECT_THAT(stage("task: sim.echo, with: {value: yes}"),
              ElementsAre("3:45 W204 parameter 'value': 'yes' can be read in more than one way"));
}

TEST(PlannerMistakes, TypesOfExpressionsAsFarAsTheyArePlainToSee) {
  EXPECT_THAT(stage("task: sim.types, foreach: {glob: x*}, with: {count: \"${{ item }}\"}"),
              ElementsAre("3:72 W204 parameter 'count' wants an int, but this is a path"));
  EXPECT_THAT(stage("task: sim.types, foreach: [a, b], with: {ratio: \"${{ item }}\"}"),
              ElementsAre("3:68 W204 parameter 'ratio' wants a float, but this is text"));
  EXPECT_THAT(stage("task: sim.types, foreach: [1], with: {count: \"6${{ item }}\"}"),
              ElementsAre("3:66 W204 parameter 'count' wants an int, but an expression inside other text makes text"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nparams: {all: [a]}\nstages:\n  - {name: a, task: sim.types, with: {text: "
                             "\"x${{ params.all }}\"}}\n"),
              ElementsAre("4:51 W204 a list cannot stand inside text"));
}

TEST(PlannerMistakes, NamesInExpressions) {
  EXPECT_THAT(stage("task: sim.echo, with: {value: \"${{ params.x }}\"}"),
              ElementsAre("3:57 W303 the workflow has no param 'x'"));
  EXPECT_THAT(stage("task: sim.echo, with: {value: \"${{ item }}\"}"),
              ElementsAre("3:50 W307 there is no 'item' here: stage 'a' has no 'foreach'"));
  EXPECT_THAT(stage("task: sim.echo, foreach: [\"${{ index }}\"]"),
              ElementsAre("3:46 W307 there is no 'index' here: a 'foreach' makes the items"));
  EXPECT_THAT(stage("task: sim.noop, workers: \"${{ item }}\""),
              ElementsAre("3:45 W307 there is no 'item' here: it belongs to the tasks of a stage"));
}

TEST(PlannerMistakes, Y07_StagesThatAreUnknownOrThemselves) {
  const auto reads = [](const std::string& name) {
    return diagnostics_of(
        "ropewalk: 1\nstages:\n  - {name: first, task: sim.noop}\n  - {name: b, task: sim.echo, with: {value: \"${{ "
        "stages." +
        name + ".results }}\"}}\n  - {name: last, task: sim.noop}\n");
  };
  EXPECT_THAT(reads("frist"), ElementsAre("4:57 W304 there is no stage 'frist'; did you mean 'first'?"));
  EXPECT_THAT(reads("b"), ElementsAre("4:57 W305 stage 'b' cannot read its own results"));
  EXPECT_THAT(stage("task: sim.noop, foreach: {results: a}"),
              ElementsAre("3:50 W305 stage 'a' cannot read its own results"));
  EXPECT_THAT(stage("task: sim.noop, foreach: {results: z}"), ElementsAre("3:50 W304 there is no stage 'z'"));
}

TEST(PlannerMistakes, FieldsOfResults) {
  const auto reads = [](const std::string& expression) {
    return diagnostics_of(
        "ropewalk: 1\nstages:\n  - {name: h, task: file.checksum, foreach: [1], with: {path: a}}\n  - {name: b, task: "
        "sim.echo, with: {value: \"${{ " +
        expression + " }}\"}}\n");
  };
  EXPECT_THAT(reads("stages.h.results[*].digst"),
              ElementsAre("4:70 W306 a result of 'file.checksum' has no field 'digst'; did you mean 'digest'?"));
  EXPECT_THAT(reads("stages.h.results.digest"), ElementsAre("4:67 W306 '.digest' is asked of a list"));
  EXPECT_THAT(reads("stages.h.result.digest"),
              ElementsAre("4:50 W306 stage 'h' has a foreach, so it has many results"));
  EXPECT_THAT(reads("stages.h.results[0].bytes.x"),
              ElementsAre("4:76 W306 '.x' is asked of an int, which has no members"));
  EXPECT_THAT(reads("stages.h.results[0].digest"), ElementsAre());
}

TEST(PlannerMistakes, Y09_ExecutorsAndWorkers) {
  EXPECT_THAT(stage("task: sim.noop, executor: threads"),
              ElementsAre("3:41 W212 there is no executor 'threads'; did you mean 'thread'?"));
  EXPECT_THAT(stage("task: sim.noop, executor: slurm"),
              ElementsAre("3:41 W212 the executor 'slurm' is not in this version"));
  EXPECT_THAT(stage("task: sim.noop, workers: 0"),
              ElementsAre("3:40 W205 'workers' must lie between 1 and 4096, this is 0"));
  EXPECT_THAT(stage("task: sim.noop, workers: 5000"),
              ElementsAre("3:40 W205 'workers' must lie between 1 and 4096, this is 5000"));
  EXPECT_THAT(stage("task: sim.noop, workers: -1"),
              ElementsAre("3:40 W205 'workers' must lie between 1 and 4096, this is -1"));
  EXPECT_THAT(stage("task: sim.noop, workers: 1000000000"),
              ElementsAre("3:40 W205 'workers' must lie between 1 and 4096, this is 1000000000"));
  EXPECT_THAT(stage("task: sim.noop, workers: 99999999999999999999"),
              ElementsAre("3:40 W204 'workers' wants an int, but '99999999999999999999' is too large"));
  EXPECT_THAT(stage("task: sim.noop, workers: many"),
              ElementsAre("3:40 W204 'workers' wants an int, but 'many' is none"));
  EXPECT_THAT(stage("task: sim.noop, on_error: halt"),
              ElementsAre("3:41 W206 'on_error' is one of continue, stop, ignore, not 'halt'"));
  EXPECT_THAT(stage("task: image.resize, executor: thread, with: {input: a, output: b}"),
              ElementsAre("3:45 W214 task 'image.resize' is not thread-safe, so it cannot run on the executor "
                          "'thread': its tasks would share one process"));
}

TEST(PlannerMistakes, OptionsOfTheCommandLine) {
  const std::string text = "ropewalk: 1\nstages:\n  - {name: small, task: image.resize, with: {input: a, output: b}}\n";
  EXPECT_THAT(diagnostics_of(text, {.executors = {{"", "theads"}}}),
              ElementsAre("C205 --executor theads: there is no executor 'theads'; did you mean 'thread'?"));
  EXPECT_THAT(diagnostics_of(text, {.executors = {{"smal", "serial"}}}),
              ElementsAre("C204 --executor smal=serial: there is no stage 'smal'; did you mean 'small'?"));
  EXPECT_THAT(diagnostics_of(text, {.executors = {{"", "thread"}}}),
              ElementsAre("C206 --executor thread: stage 'small': task 'image.resize' is not thread-safe, so it cannot "
                          "run on the executor 'thread': its tasks would "
                          "share one process"));
}

TEST(PlannerMistakes, FormAndMeaningAreToldTogetherAndNoneIsCausedByAnother) {
  EXPECT_THAT(
      diagnostics_of(
          "ropewalk: 1\nnmae: x\nparams: {n: {type: itn}}\nstages:\n  - {name: B, task: nope.x, with: {a: "
          "\"${{ params.n }}\", b: \"${{ parms.n }}\"}}\n"
          "  - {name: c, task: sim.types, executor: treads, workers: 3, foreach: {range: \"${{ params.n }}\"}, "
          "with: {count: \"${{ item.x }}\"}}\n"),
      ElementsAre("2:1 W207 the workflow has no key 'nmae'; did you mean 'name'?",
                  "3:20 W204 there is no type 'itn'; did you mean 'int'?", "5:12 W210 'B' is no name for a stage",
                  "5:21 P101 there is no plugin 'nope'", "5:66 W302 there is no 'parms'; did you mean 'params'?",
                  "6:42 W212 there is no executor 'treads'; did you mean 'thread'?"));
}

TEST(PlannerMistakes, StandardInputIsReadOnce) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {lines: '-'}}\n  - {name: b, "
                     "task: sim.noop, foreach: {lines: '-'}}\n"),
      ElementsAre("4:48 W219 standard input can be read once, and it is read already"));
}

}  // namespace
}  // namespace ropewalk
