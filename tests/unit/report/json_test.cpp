#include <ropewalk/report.hpp>

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

AutoChoice choice() {
  return {
      .executor = "thread",
      .workers = 32,
      .why = "tasks \"waited\"",
      .remembered = false,
      .modes = {{.executor = "thread", .workers = 2, .attempts = 4, .died = 1, .run_s = 2, .cpu_s = 0.5, .bytes = 64}}};
}

TEST(Json, AStageOfAutoHasItsChoice) {
  RunResult run;
  StageResult stage;
  stage.choice = choice();
  stage.why = "w";
  run.stages = {stage};
  std::string out;
  append_run_json(out, run, "0.1.0");
  EXPECT_NE(out.find(R"("bound": null, "choice": {"executor": "thread", "workers": 32, "why": "tasks \"waited\"", )"
                     R"("remembered": false, "modes": [{"executor": "thread", "workers": 2, "attempts": 4, "died": 1, )"
                     R"("run_s": 2.0, "cpu_s": 0.5, "bytes": 64}]}, "why": "w"})"),
            std::string::npos)
      << out;
}

TEST(RunJson, MatchesTheContractByteForByte) {
  RunResult run;
  run.run_id = "r-1";
  run.workflow = "de\"mo";
  run.outcome = Outcome::failed;
  run.wall_s = 1.25;
  StageResult stage;
  stage.name = "hash";
  stage.task = "file.checksum";
  stage.executor = "process";
  stage.hosts = stage.workers = 2;
  stage.outcome = Outcome::failed;
  stage.tasks = 3;
  stage.succeeded = 1;
  stage.failed = 2;
  stage.wall_s = 1;
  stage.task_s = {0.1, static_cast<double>(0.2f), 0.3, 0.3, 0.6};
  stage.cpu_s = 0.5;
  stage.concurrency = 0.6;
  stage.cores = 0.5;
  stage.bound = Bound::cpu;
  stage.vs_serial = 2;
  stage.kept = 1;
  stage.ledger = StageLedger{.total_s = 2,
                             .user_s = 0.4,
                             .system_s = 0.1,
                             .core_wait_s = 0.05,
                             .blocked_s = 0.25,
                             .dispatch_s = 0.2,
                             .starved_s = 0.3,
                             .start_s = 0.1,
                             .tail_s = 0.5,
                             .residual_s = 0.1,
                             .retry_s = 0.02,
                             .engine_s_per_task = 4e-7,
                             .metg_s = 3e-6,
                             .cores = 2,
                             .idle_cores = 0.5,
                             .interpreter_threads = 2,
                             .fed_by = "fetch",
                             .last_task = StageLedger::LastTask{2, 0.3, ShownValue{"b.txt"}}};
  run.stages = {stage, StageResult{}};
  run.failures = {{"hash", 1, 1, Outcome::crashed, 11, "x", "read address 0x0\n#0 a.so  f()+0x4\n"},
                  {"hash", 2, 2, Outcome::exited, 3, ""}};
  run.failures[1].output.add(OutputStream::out, "1 test failed\n");
  run.failures[1].output.add(OutputStream::err, "bad\n");
  run.failures[1].item = ShownValue{"a.txt"};
  run.more_failures = 5;
  std::string out;
  append_run_json(out, run, "0.1.0");
  EXPECT_EQ(
      out,
      R"({"schema": 1, "ropewalk": "0.1.0", "run": "r-1", "workflow": "de\"mo", "outcome": "failed", "wall_s": 1.25, "stages": [)"
      R"({"name": "hash", "task": "file.checksum", "executor": "process", "hosts": 2, "workers": 2, "outcome": "failed", )"
      R"("tasks": 3, "succeeded": 1, "failed": 2, "skipped": 0, "cancelled": 0, "not_started": 0, "retried": 0, "wall_s": 1.0, )"
      R"("task_s": {"min": 0.1, "median": 0.2, "p95": 0.3, "max": 0.3, "sum": 0.6}, "cpu_s": 0.5, "runnable_wait_s": 0.0, )"
      R"("concurrency": 0.6, "cores": 0.5, "bound": "cpu", "vs_serial": 2.0, "kept": 1, )"
      R"("ledger": {"total_s": 2.0, "user_s": 0.4, "system_s": 0.1, "core_wait_s": 0.05, "blocked_s": 0.25, "dispatch_s": 0.2, )"
      R"("starved_s": 0.3, "start_s": 0.1, "tail_s": 0.5, "residual_s": 0.1, "retry_s": 0.02, "engine_s_per_task": 4e-07, )"
      R"("metg_s": 3e-06, "cores": 2, "idle_cores": 0.5, "interpreter_threads": 2, "fed_by": "fetch", "last_task": {"index": 2, "run_s": 0.3, "item": "b.txt"}}}, )"
      R"({"name": "", "task": "", "executor": "", "hosts": 0, "workers": 0, "outcome": "not_started", )"
      R"("tasks": 0, "succeeded": 0, "failed": 0, "skipped": 0, "cancelled": 0, "not_started": 0, "retried": 0, "wall_s": 0.0, )"
      R"("task_s": {"min": 0.0, "median": 0.0, "p95": 0.0, "max": 0.0, "sum": 0.0}, "cpu_s": 0.0, "runnable_wait_s": 0.0, )"
      R"("concurrency": 0.0, "cores": 0.0, "bound": null}], )"
      R"("failures": [{"stage": "hash", "index": 1, "attempt": 1, "outcome": "crashed", "signal": 11, "message": "x", "evidence": ["read address 0x0", "#0 a.so  f()+0x4"]}, )"
      R"({"stage": "hash", "index": 2, "attempt": 2, "outcome": "exited", "exit_code": 3, "message": "", "stdout": "1 test failed\n", "stderr": "bad\n", "item": "a.txt"}], "more": 5})"
      "\n");
}

}  // namespace
}  // namespace ropewalk
