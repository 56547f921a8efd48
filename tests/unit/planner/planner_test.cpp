#include "plan/outputs.hpp"
#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

/// "name executor x workers/per_host", then what it waits for.
std::vector<std::string> outline(const Result<Plan>& plan) {
  if (!plan) return {plan.error().list.at(0).code + " " + plan.error().list.at(0).message};
  std::vector<std::string> lines;
  for (const PlannedStage& stage : plan->stages) {
    std::string line = fmt::format("{} {} {}/{}", stage.name, stage.executor, stage.workers, stage.per_host);
    for (const std::uint32_t need : stage.needs) line += fmt::format(" needs {}", need);
    if (stage.streams_from) line += fmt::format(" streams {}", *stage.streams_from);
    if (stage.baseline) line += fmt::format(" baseline {}", *stage.baseline);
    if (stage.results_used) line += " used";
    lines.push_back(line);
  }
  return lines;
}

const std::string kTwo = "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: sim.sleep}\n";

TEST(Planner, PlansTheChecksumWorkflow) {
  const auto plan = plan_of(
      "ropewalk: 1\nname: checksum\nparams: {root: {type: path}, out: {type: path, default: SHA256SUMS}}\nstages:\n"
      "  - {name: hash, task: file.checksum, executor: process, foreach: {glob: \"${{ params.root }}/**\"}, with: "
      "{path: \"${{ item }}\"}}\n"
      "  - {name: manifest, task: file.write, with: {path: \"${{ params.out }}\", lines: \"${{ "
      "stages.hash.results[*].line }}\"}}\n",
      {.set = {"root=/usr/include"}});
  EXPECT_THAT(outline(plan), ElementsAre("hash process 4/1 used", "manifest process 4/1 needs 0"));
  EXPECT_EQ(plan->workflow, "checksum");
  EXPECT_EQ(plan->params, (Map{{"root", Path{"/usr/include"}}, {"out", Path{"SHA256SUMS"}}}));
  EXPECT_EQ(plan->stages[0].task, "file.checksum");
  EXPECT_EQ(plan->stages[0].type().name, "checksum");
  EXPECT_EQ(plan->stages[0].place.line, 5);
}

const std::string kFour =
    "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: sim.noop, needs: []}\n"
    "  - {name: c, task: sim.echo, needs: [], with: {value: \"${{ stages.a.results }}\"}}\n  - {name: d, task: "
    "sim.noop}\n";

TEST(Planner, OfStagesThatAreAskedForPlansThoseAndWhatTheyWaitFor) {
  EXPECT_THAT(outline(plan_of(kFour, {.stages = {"b"}})), ElementsAre("b process 4/1"));
  EXPECT_THAT(outline(plan_of(kFour, {.stages = {"c"}})), ElementsAre("a process 4/1 used", "c process 4/1 needs 0"))
      << "it reads a";
  EXPECT_THAT(outline(plan_of(kFour, {.stages = {"d"}})),
              ElementsAre("a process 4/1 used", "c process 4/1 needs 0", "d process 4/1 needs 1"))
      << "it stands behind c";
  EXPECT_THAT(outline(plan_of(kFour, {.stages = {"b", "a", "b"}})), ElementsAre("a process 4/1", "b process 4/1"));
  EXPECT_THAT(outline(plan_of(kFour, {.executors = {{"d", "serial"}}, .stages = {"b"}})), ElementsAre("b process 4/1"))
      << "an option for a stage that does not run is no mistake";
}

TEST(Planner, MistakesOfStagesThatAreNotAskedForDoNotMatter) {
  const std::string text = kFour + "  - {name: e, task: missing.task, needs: [nobody]}\n";
  EXPECT_THAT(diagnostics_of(text, {.stages = {"c"}}), IsEmpty());
  EXPECT_THAT(diagnostics_of(text, {.stages = {"e"}}).size(), 2);
  EXPECT_THAT(diagnostics_of(text, {.stages = {"cc"}}),
              ElementsAre("C204 --stage cc: there is no stage 'cc'; did you mean 'c'?"));
  EXPECT_THAT(diagnostics_of("defaults: {with: {seconds: 1}}\nropewalk: 1\nstages: [{name: a, task: sim.noop}, {name: "
                             "b, task: sim.sleep}]\n",
                             {.stages = {"a"}}),
              IsEmpty())
      << "b would have taken the default";
}

TEST(Planner, ExecutorsComeFromStageDefaultsTypeAndCommandLine) {
  EXPECT_THAT(outline(plan_of(kTwo)), ElementsAre("a process 4/1", "b thread 4/4 needs 0"));
  EXPECT_THAT(outline(plan_of("defaults: {executor: thread-per-task, workers: 9}\n" + kTwo)),
              ElementsAre("a thread-per-task 9/9", "b thread-per-task 9/9 needs 0"));
  EXPECT_THAT(outline(plan_of(kTwo, {.executors = {{"", "serial"}}})),
              ElementsAre("a serial 1/1", "b serial 1/1 needs 0"));
  EXPECT_THAT(outline(plan_of(kTwo, {.executors = {{"b", "process-per-task"}, {"", "thread"}}})),
              ElementsAre("a thread 4/4", "b process-per-task 4/1 needs 0"));
  EXPECT_THAT(outline(plan_of(kTwo, {.jobs = 2})), ElementsAre("a process 2/1", "b thread 2/2 needs 0"));
  EXPECT_THAT(outline(plan_of("ropewalk: 1\nparams: {e: thread, n: 7}\nstages:\n  - {name: a, task: sim.noop, "
                              "executor: \"${{ params.e }}\", workers: \"${{ params.n }}\"}\n")),
              ElementsAre("a thread 7/7"));
}

TEST(Planner, PerHostSaysHowManyWorkersShareAProcess) {
  const auto stage = [](const std::string& keys) {
    return "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, " + keys + "}\n";
  };
  EXPECT_THAT(outline(plan_of(stage("executor: thread, workers: 6, per_host: 2"))), ElementsAre("a thread 6/2"));
  EXPECT_THAT(outline(plan_of(stage("executor: process, workers: 6, per_host: 4"))), ElementsAre("a process 6/4"));
  EXPECT_THAT(outline(plan_of(stage("executor: process, workers: 2, per_host: 4"))), ElementsAre("a process 2/2"));
  EXPECT_THAT(outline(plan_of(stage("executor: thread-per-task, workers: 6, per_host: 3"))),
              ElementsAre("a thread-per-task 6/3"));
  EXPECT_THAT(outline(plan_of(stage("executor: thread, workers: 6, per_host: auto"))), ElementsAre("a thread 6/6"));
  EXPECT_THAT(outline(plan_of(stage("executor: process, workers: 6, per_host: auto"))), ElementsAre("a process 6/1"));
  EXPECT_THAT(outline(plan_of(stage("executor: thread, workers: 6, per_host: 4"), {.jobs = 3})),
              ElementsAre("a thread 3/3"));
  EXPECT_THAT(
      outline(plan_of(
          "ropewalk: 1\ndefaults: {per_host: 2, workers: 4}\nstages:\n  - {name: a, task: sim.noop, executor: serial}\n"
          "  - {name: b, task: sim.noop, executor: process}\n")),
      ElementsAre("a serial 1/1", "b process 4/2 needs 0 baseline 0"));
  EXPECT_THAT(
      diagnostics_of(stage("executor: serial, per_host: 2")),
      ElementsAre("3:59 W213 'per_host' does not go with the executor 'serial', which runs one task in a process"));
  EXPECT_THAT(
      diagnostics_of(stage("executor: auto, per_host: 2")),
      ElementsAre("3:57 W213 'per_host' does not go with the executor 'auto', which decides what shares a process"));
  EXPECT_THAT(diagnostics_of(stage("executor: thread, per_host: 0")),
              ElementsAre("3:59 W205 'per_host' must lie between 1 and 4096, this is 0"));
  EXPECT_THAT(
      outline(plan_of(stage("executor: thread, workers: 4, per_host: 2"), {.executors = {{"", "process-per-task"}}})),
      ElementsAre("a process-per-task 4/1"));
}

TEST(Planner, AutoMayUseMoreWorkersThanCoresIfNobodySaysHowMany) {
  const auto auto_stage = [](const std::string& keys) {
    return "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, " + keys + "}\n";
  };
  const auto most = [&](const std::string& rest, PlanOptions options = {}) {
    options.cores = 4;
    return plan_of(auto_stage("executor: auto" + rest), options).value().stages[0].max_workers;
  };
  EXPECT_EQ(most(""), 64u);
  EXPECT_EQ(most(", workers: auto"), 64u);
  EXPECT_EQ(most(", workers: 3"), 3u);
  EXPECT_EQ(most(", workers: '${{ 1 + 1 }}'"), 2u);
  EXPECT_EQ(most("", {.jobs = 8}), 4u) << "-j is a limit";
  EXPECT_EQ(plan_of(auto_stage("executor: thread"), {.cores = 4}).value().stages[0].max_workers, 4u);
  EXPECT_EQ(plan_of(auto_stage("executor: auto"), {.cores = 100}).value().stages[0].max_workers, 256u);
}

TEST(Planner, DriftIsKeptOrReplacedWhereAProcessRunsItsTasksOneByOne) {
  const auto stage = [](const std::string& keys) {
    return "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, " + keys + "}\n";
  };
  const auto drift_of = [&](const std::string& keys, const PlanOptions& options = {}) {
    return plan_of(stage(keys), options).value().stages.at(0).drift;
  };
  EXPECT_EQ(drift_of("executor: process"), OnDrift::learn);
  EXPECT_EQ(drift_of("executor: process, drift: keep"), OnDrift::keep);
  EXPECT_EQ(drift_of("executor: serial, drift: \"re${{ 'place' }}\""), OnDrift::replace);
  EXPECT_EQ(plan_of("ropewalk: 1\ndefaults: {drift: keep}\nstages:\n  - {name: a, task: sim.noop, executor: process}\n")
                .value()
                .stages[0]
                .drift,
            OnDrift::keep);
  EXPECT_EQ(plan_of("ropewalk: 1\ndefaults: {drift: keep}\nstages:\n  - {name: a, task: sim.noop, executor: thread}\n")
                .value()
                .stages[0]
                .drift,
            OnDrift::learn)
      << "a default need not fit every stage";
  EXPECT_EQ(drift_of("executor: process, drift: keep", {.executors = {{"", "thread"}}}), OnDrift::learn)
      << "nor need a key fit an option";
  EXPECT_THAT(diagnostics_of(stage("executor: thread, drift: keep")),
              ElementsAre("3:56 W213 'drift' does not go with the executor 'thread', where tasks share a process"));
  EXPECT_THAT(diagnostics_of(stage("executor: process, workers: 4, per_host: 2, drift: keep")),
              ElementsAre("3:82 W213 'drift' does not go with the executor 'process', where tasks share a process"));
  EXPECT_THAT(diagnostics_of(stage("executor: process-per-task, drift: replace")),
              ElementsAre("3:66 W213 'drift' does not go with the executor 'process-per-task', where each task has a "
                          "process of its own"));
  EXPECT_THAT(diagnostics_of(stage("executor: auto, drift: keep")),
              ElementsAre("3:54 W213 'drift' does not go with the executor 'auto', where tasks may share a process"));
  EXPECT_THAT(diagnostics_of(stage("executor: process, drift: keeep")),
              ElementsAre("3:57 W206 'drift' is one of keep, replace, not 'keeep'; did you mean 'keep'?"));
}

TEST(Planner, DefaultsGiveStagesTheirTaskVarsAndOutputs) {
  const auto plan = plan_of(
      "ropewalk: 1\ndefaults: {task: sim.echo, vars: {v: \"${{ item }}\"}, outputs: {o: \"${{ vars.v }}\"}, with: "
      "{value: \"${{ vars.v }}\"}}\n"
      "stages:\n  - {name: a, foreach: [1, 2]}\n  - {name: b, task: sim.noop, vars: {v: 3}, outputs: {}, foreach: "
      "[1]}\n");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].task, "sim.echo");
  ASSERT_TRUE(plan->stages[0].outputs);
  EXPECT_EQ(plan->stages[0].outputs->fields()[0].name, "o");
  EXPECT_EQ(plan->stages[1].task, "sim.noop");
  EXPECT_TRUE(!plan->stages[1].outputs || plan->stages[1].outputs->fields().empty());
}

TEST(Planner, AMistakeInTheDefaultsIsToldOnce) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {task: sim.noop, vars: {v: \"${{ params.no }}\"}}\nstages:\n  - "
                             "{name: a}\n  - {name: b}\n")
                  .size(),
              1u);
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {task: sim.nope}\nstages:\n  - {name: a}\n  - {name: b}\n").size(),
              1u);
}

TEST(Planner, WorkersWithSerialAreAnErrorInTheFileAndAWarningByOption) {
  const std::string file = "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, workers: 3, executor: ";
  EXPECT_THAT(diagnostics_of(file + "serial}\n"),
              ElementsAre("3:40 W213 'workers' does not go with the executor 'serial', which runs one task at a time"));
  const auto plan = plan_of(file + "thread}\n", {.executors = {{"", "serial"}}});
  EXPECT_THAT(outline(plan), ElementsAre("a serial 1/1"));
  ASSERT_EQ(plan->warnings.size(), 1u);
  EXPECT_EQ(plan->warnings[0].message,
            "'workers' of stage 'a' is ignored: --executor makes it serial, which is one task at a time");
  EXPECT_THAT(outline(plan_of(
                  "ropewalk: 1\ndefaults: {workers: 3}\nstages:\n  - {name: a, task: sim.noop, executor: serial}\n")),
              ElementsAre("a serial 1/1"));
}

TEST(Planner, OnErrorComesFromStageDefaultsAndFailFast) {
  const auto errors = [](const std::string& text, bool fail_fast) {
    std::vector<OnError> out;
    const auto plan = plan_of(text, {.fail_fast = fail_fast});
    if (plan)
      for (const PlannedStage& stage : plan->stages) out.push_back(stage.on_error);
    return out;
  };
  const std::string text =
      "ropewalk: 1\ndefaults: {on_error: ignore}\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: "
      "sim.noop, on_error: continue}\n";
  EXPECT_THAT(errors(text, false), ElementsAre(OnError::ignore, OnError::proceed));
  EXPECT_THAT(errors(text, true), ElementsAre(OnError::ignore, OnError::stop));
}

TEST(Planner, OnErrorMayStopAfterANumberOfTasksOrAPartOfThem) {
  const auto limit = [](const std::string& value, const PlanOptions& options = {}) -> std::string {
    const auto plan = plan_of(
        "ropewalk: 1\nparams: {n: 7}\nstages:\n  - {name: a, task: sim.noop, on_error: " + value + "}\n", options);
    if (!plan) return plan.error().list.at(0).message;
    const PlannedStage& stage = plan->stages[0];
    return fmt::format("{} {} {}%", static_cast<int>(stage.on_error), stage.stop_after.tasks, stage.stop_after.percent);
  };
  EXPECT_EQ(limit("stop"), "1 1 0%");
  EXPECT_EQ(limit("{stop_after: 3}"), "1 3 0%");
  EXPECT_EQ(limit("{stop_after: 5%}"), "1 1 5%");
  EXPECT_EQ(limit("{stop_after: \"${{ params.n }}\"}"), "1 7 0%");
  for (const char* const wrong : {"0", "101%", "0%", "-1", "some", "1.5"})
    EXPECT_EQ(
        limit(fmt::format("{{stop_after: {}}}", wrong)),
        fmt::format("'stop_after' is a number of failed tasks from 1, or a part of all tasks from 1% to 100%, not "
                    "'{}'",
                    wrong));
  EXPECT_EQ(limit("{}"), "'on_error' has no 'stop_after'");
  EXPECT_EQ(limit("{stop: 3}"), "'on_error' has no key 'stop'");
  const PlanOptions halt{.halt = HaltRule{.failures = {.tasks = 2}}};
  EXPECT_EQ(limit("continue", halt), "1 18446744073709551615 0%");
  EXPECT_EQ(limit("ignore", halt), "2 1 0%");
  EXPECT_EQ(limit("{stop_after: 3}", halt), "1 3 0%");
}

TEST(Planner, StreamsOnlyFromTheStageRightBeforeAndElseWaitsForBoth) {
  EXPECT_THAT(
      outline(plan_of(
          "ropewalk: 1\nstages:\n"
          "  - {name: a, task: file.checksum, with: {path: x}}\n"
          "  - {name: b, task: sim.echo, foreach: {results: a}, with: {value: \"${{ item.digest }}\"}}\n"
          "  - {name: c, task: sim.echo, foreach: {results: a}, with: {value: \"${{ index }}\"}}\n"
          "  - {name: d, task: sim.echo, foreach: {results: c}, with: {value: \"${{ stages.a.results }}\"}}\n")),
      ElementsAre("a process 4/1 used", "b process 4/1 streams 0", "c process 4/1 needs 1 streams 0 used",
                  "d process 4/1 needs 0 streams 2"));
}

TEST(Planner, FindsTheSerialStageToCompareWith) {
  const auto stage = [](const char* name, const char* executor, const char* range, const char* value) {
    return fmt::format(
        "  - {{name: {}, task: sim.echo, executor: {}, foreach: {{range: {}}}, with: {{value: \"{}\"}}}}\n", name,
        executor, range, value);
  };
  EXPECT_THAT(
      outline(plan_of("ropewalk: 1\nparams: {n: 8}\nstages:\n" + stage("one", "serial", "8", "${{ item }}-8") +
                      stage("threads", "thread", "8", "${{ item }}-${{ params.n }}") +
                      stage("fewer", "thread", "7", "${{ item }}-8") +
                      stage("other", "process", "8", "${{ index }}-8") + stage("two", "serial", "8", "${{ item }}-8"))),
      ElementsAre("one serial 1/1", "threads thread 4/4 needs 0 baseline 0", "fewer thread 4/4 needs 1",
                  "other process 4/1 needs 2", "two serial 1/1 needs 3"));
}

TEST(Planner, DefaultsForWithReachTheStagesThatTakeThem) {
  const std::string text =
      "ropewalk: 1\ndefaults: {with: {path: \"${{ params.p }}\", algorithm: xxh3}}\nparams: {p: a}\nstages:\n"
      "  - {name: a, task: file.checksum}\n  - {name: b, task: sim.noop}\n  - {name: c, task: file.checksum, with: "
      "{path: c}}\n";
  const auto plan = plan_of(text);
  ASSERT_TRUE(plan);
  EXPECT_THAT(test::parameters_of(*plan, 0), ElementsAre("0=path \"a\"", "1=text \"xxh3\""));
  EXPECT_THAT(test::parameters_of(*plan, 1), IsEmpty());
  EXPECT_THAT(test::parameters_of(*plan, 2), ElementsAre("0=path \"c\"", "1=text \"xxh3\""));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {with: {pth: a}}\nstages:\n  - {name: a, task: sim.noop}\n"),
              ElementsAre("2:19 W218 no stage's task has a parameter 'pth', so this default is never used"));
}

TEST(Planner, LooksAtDefaultsThatEveryStageReplaces) {
  const std::string stage =
      "stages:\n  - {name: a, task: sim.noop, executor: process, workers: 1, per_host: 1, on_error: stop}\n";
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\ndefaults:\n  executor: threds\n  workers: many\n  per_host: 0\n  on_error: maybe\n" +
                     stage),
      ElementsAre("3:13 W212 there is no executor 'threds'; did you mean 'thread'?", testing::HasSubstr("4:12 W204"),
                  testing::HasSubstr("5:13 W205"), testing::HasSubstr("6:13 W206")));
  EXPECT_TRUE(plan_of("ropewalk: 1\ndefaults: {executor: serial, workers: 4}\n" + stage)) << "they go together nowhere";
}

TEST(Planner, AsksForEachPluginOnceAndLooksBesideTheWorkflow) {
  const auto workflow = parse_workflow(
      "ropewalk: 1\nplugins: {path: [mine, /abs]}\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: "
      "sim.noop}\n",
      "work/w.yaml");
  ASSERT_TRUE(workflow);
  test::FakePlugins plugins;
  ASSERT_TRUE(make_plan(*workflow, plugins, {}));
  EXPECT_THAT(plugins.asked, ElementsAre("sim"));
  EXPECT_THAT(plugins.searched, ElementsAre("work/mine", "/abs"));
}

TEST(Planner, APluginIsRequestedOnceForEachInterpreter) {
  const auto workflow = parse_workflow(
      "ropewalk: 1\nplugins: {load_timeout: 3s}\nparams: {env: {type: path, default: env}}\n"
      "defaults: {task: sim.noop, python: python3}\nstages:\n  - {name: a}\n"
      "  - {name: b, python: \"${{ params.env }}/bin/python\"}\n  - {name: c}\n",
      "/work/w.yaml");
  ASSERT_TRUE(workflow);
  test::FakePlugins plugins;
  plugins.add_interpreter("sim");
  ASSERT_TRUE(make_plan(*workflow, plugins, {}));
  ASSERT_EQ(plugins.requests.size(), 2u);
  EXPECT_EQ(plugins.requests[0].python, "python3") << "a name in PATH";
  EXPECT_EQ(plugins.requests[1].python, "/work/env/bin/python") << "relative to the file";
  EXPECT_EQ(plugins.requests[0].load_timeout, std::chrono::seconds(3));
}

TEST(Planner, TasksThatUseSeveralCoresRunFewerAtOnceAndTellTheirLibraries) {
  ::unsetenv("OMP_NUM_THREADS");
  const auto planned = [](const std::string& keys) {
    const auto workflow = parse_workflow(
        "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, executor: process, " + keys + "}\n", "w.yaml");
    test::FakePlugins plugins;
    PlanOptions options;
    options.cores = 8;
    return make_plan(*workflow, plugins, options).value().stages.at(0);
  };
  EXPECT_EQ(planned("cores: 3").workers, 2u);
  EXPECT_EQ(planned("cores: 3").env.at("OMP_NUM_THREADS"), "3");
  EXPECT_EQ(planned("cores: 100").cores, 8u) << "all that there are";
  EXPECT_EQ(planned("cores: 100").workers, 1u);
  EXPECT_EQ(planned("cores: 2, workers: 5").workers, 5u);
  EXPECT_EQ(planned("workers: auto").workers, 8u);
  EXPECT_FALSE(planned("workers: auto").env.contains("OMP_NUM_THREADS"));
}

TEST(Planner, UsableCoresAreAtLeastOne) {
  EXPECT_GE(usable_cores(), 1u);
  EXPECT_LE(usable_cores(), 4096u);
}

}  // namespace
}  // namespace ropewalk
