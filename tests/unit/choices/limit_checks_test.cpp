// Which executor can hold which timeout and limit.

#include "support/plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

std::string one_stage(const std::string& keys) {
  return "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, " + keys + "}\n";
}

/// "3:40 W221 message", a line each; or the diagnostics.
std::vector<std::string> warnings_of(std::string_view text, PlanOptions options = {}) {
  const auto plan = plan_of(text, options);
  if (!plan) return diagnostics_of(text, std::move(options));
  std::vector<std::string> lines;
  for (const Error& warning : plan->warnings)
    lines.push_back(
        fmt::format("{}:{} {} {}", warning.place.line, warning.place.column, warning.code, warning.message));
  return lines;
}

TEST(LimitChecks, OneWorkerAHostHoldsEverything) {
  for (const char* executor : {"serial", "process", "process-per-task"})
    EXPECT_THAT(
        warnings_of(one_stage(fmt::format(
            "executor: {}, timeout: 1s, limits: {{memory: 1GB, cpu_time: 1s, files: 1GB, output: 1MB}}", executor))),
        IsEmpty());
}

TEST(LimitChecks, CpuTimeCannotBeHeldWhereTasksShareAProcess) {
  EXPECT_THAT(diagnostics_of(one_stage("executor: thread, limits: {cpu_time: 30s}")),
              ElementsAre("3:68 W220 stage 'a': 'cpu_time' of 'limits' cannot be held on the executor 'thread': its "
                          "tasks share a process"));
  EXPECT_THAT(diagnostics_of(one_stage("executor: thread-per-task, workers: 1, limits: {cpu_time: 30s}")),
              ElementsAre("3:89 W220 stage 'a': 'cpu_time' of 'limits' cannot be held on the executor "
                          "'thread-per-task': its tasks share a process"));
  const auto plan = plan_of(one_stage("executor: thread, limits: {cpu_time: 30s}"));
  const Errors errors = plan.error();
  EXPECT_THAT(errors.list.at(0).notes,
              ElementsAre("write 'executor: process', where each worker has a process of its own"));
}

TEST(LimitChecks, AnExecutorThatTheTaskPrefersIsNamedAsThat) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.sleep, limits: {cpu_time: 30s}}\n"),
              ElementsAre("3:51 W220 stage 'a': 'cpu_time' of 'limits' cannot be held on the executor 'thread', which "
                          "the task 'sim.sleep' prefers: its tasks share a process"));
}

TEST(LimitChecks, ALimitOfTheDefaultsIsNotDroppedForAStageThatCannotHoldIt) {
  const std::string text =
      "ropewalk: 1\ndefaults: {limits: {cpu_time: 30s}}\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: "
      "sim.noop, executor: thread}\n";
  EXPECT_THAT(diagnostics_of(text), ElementsAre("2:31 W220 stage 'b': 'cpu_time' of 'limits' cannot be held on the "
                                                "executor 'thread': its tasks share a process"));
  const auto plan = plan_of(text);
  const Errors errors = plan.error();
  EXPECT_THAT(errors.list.at(0).notes,
              ElementsAre("write 'executor: process' for that stage, or give it 'limits' of its own"));
  EXPECT_TRUE(
      plan_of("ropewalk: 1\ndefaults: {limits: {cpu_time: 30s}}\nstages:\n  - {name: b, task: sim.noop, "
              "executor: thread, limits: {}}\n"));
}

TEST(LimitChecks, AnExecutorOfTheCommandLineMustHoldTheFilesLimits) {
  const std::string text = one_stage("limits: {cpu_time: 30s}");
  const auto plan = plan_of(text, {.executors = {{"", "thread"}}});
  ASSERT_FALSE(plan);
  const Error expected{
      "C208",
      "--executor thread: stage 'a': 'cpu_time' of 'limits' cannot be held on the executor 'thread': "
      "its tasks share a process",
      {},
      {"leave that stage to processes with --executor a=process; or remove the limit from the workflow"}};
  EXPECT_THAT(plan.error().list, ElementsAre(expected));
  EXPECT_TRUE(plan_of(one_stage("executor: thread, limits: {cpu_time: 30s}"), {.executors = {{"a", "process"}}}));
  EXPECT_TRUE(plan_of(text, {.executors = {{"", "thread"}, {"a", "serial"}}}));
  const auto warned = plan_of(one_stage("timeout: 30s"), {.executors = {{"", "thread"}}});
  ASSERT_TRUE(warned);
  EXPECT_THAT(warned->warnings.at(0).notes,
              ElementsAre("leave that stage to processes with --executor a=process, where it is ended alone"));
}

TEST(LimitChecks, MemoryAndOutputOfThreadsAreHeldForTheHostAndThatIsSaid) {
  EXPECT_THAT(
      warnings_of(one_stage("executor: thread, limits: {memory: 1GB, files: 1GB, output: 1MB}")),
      ElementsAre(
          "3:66 W221 'memory' of 'limits' is held for the whole host: tasks of stage 'a' share a process on the "
          "executor 'thread', so all of them together may use so much",
          "3:91 W221 'output' of 'limits' is held for the whole host: tasks of stage 'a' share a process on the "
          "executor 'thread', so what they print themselves is counted together; commands are counted task by task"));
}

TEST(LimitChecks, P12_ATimeoutOnThreadsIsAWarning) {
  const std::string message =
      "W222 stage 'a' has a timeout on the executor 'thread': a task that does not stop when asked is ended with its "
      "whole host, and what else runs there runs again";
  EXPECT_THAT(warnings_of(one_stage("executor: thread, timeout: 30s")), ElementsAre("3:58 " + message));
  EXPECT_THAT(warnings_of(one_stage("timeout: 30s"), {.executors = {{"", "thread"}}}), ElementsAre("3:40 " + message));
  EXPECT_THAT(warnings_of("ropewalk: 1\ndefaults: {timeout: 30s, executor: thread}\nstages:\n  - {name: a, task: "
                          "sim.noop}\n"),
              ElementsAre("2:21 " + message));
}

TEST(LimitChecks, ATimeoutOnThreadsIsNoWarningWhereTheTaskStopsWhenAsked) {
  EXPECT_THAT(warnings_of("ropewalk: 1\nstages:\n  - {name: a, task: shell.run, timeout: 30s, with: {command: ls}}\n"),
              testing::IsEmpty());
}

TEST(LimitChecks, AnUnknownExecutorCausesNoOtherMistake) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.sleep, executor: treads, limits: {cpu_time: "
                     "30s}}\n"),
      ElementsAre("3:42 W212 there is no executor 'treads'; did you mean 'thread'?"));
}

}  // namespace
}  // namespace ropewalk
