#include <ropewalk/report.hpp>

#include "report/json_object.hpp"
#include "report/numbers.hpp"
#include "report/written.hpp"

#include <ropewalk/value.hpp>

namespace ropewalk {
namespace {

void append_times(std::string& out, const TaskTimes& times) {
  JsonObject object(out);
  object.number("min", times.min);
  object.number("median", times.median);
  object.number("p95", times.p95);
  object.number("max", times.max);
  object.number("sum", times.sum);
}

void append_ledger(std::string& out, const StageLedger& ledger) {
  JsonObject object(out);
  for (const LedgerPart& part : kLedgerParts) object.number(part.key, ledger.*part.seconds);
  if (ledger.retry_s > 0) object.number("retry_s", ledger.retry_s);
  if (ledger.engine_s_per_task) object.number("engine_s_per_task", *ledger.engine_s_per_task);
  if (ledger.metg_s) object.number("metg_s", *ledger.metg_s);
  if (ledger.cores != 0) object.count("cores", ledger.cores);
  if (ledger.idle_cores) object.number("idle_cores", *ledger.idle_cores);
  object.optional_text("fed_by", ledger.fed_by);
  if (!ledger.last_task) return;
  JsonObject last(object.key("last_task"));
  last.count("index", ledger.last_task->index);
  last.number("run_s", ledger.last_task->run_s);
  if (ledger.last_task->item) last.shown("item", *ledger.last_task->item);
}

void append_stage(std::string& out, const StageResult& stage) {
  JsonObject object(out);
  object.text("name", stage.name);
  object.text("task", stage.task);
  object.text("executor", stage.executor);
  object.count("hosts", stage.hosts);
  object.count("workers", stage.workers);
  object.text("outcome", outcome_name(stage.outcome));
  object.count("tasks", stage.tasks);
  object.count("succeeded", stage.succeeded);
  object.count("failed", stage.failed);
  object.count("skipped", stage.skipped);
  object.count("cancelled", stage.cancelled);
  object.count("not_started", stage.not_started);
  object.count("retried", stage.retried);
  object.number("wall_s", stage.wall_s);
  append_times(object.key("task_s"), stage.task_s);
  object.number("cpu_s", stage.cpu_s);
  object.number("runnable_wait_s", stage.runnable_wait_s);
  object.number("concurrency", stage.concurrency);
  object.number("cores", stage.cores);
  if (stage.bound.empty())
    object.key("bound") += "null";
  else
    object.text("bound", stage.bound);
  if (stage.vs_serial) object.number("vs_serial", *stage.vs_serial);
  if (stage.kept != 0) object.count("kept", stage.kept);
  if (stage.ledger) append_ledger(object.key("ledger"), *stage.ledger);
  if (!stage.why.empty()) object.text("why", stage.why);
}

void append_failure_object(std::string& out, const Failure& failure) {
  JsonObject object(out);
  object.text("stage", failure.stage);
  object.count("index", failure.index);
  object.count("attempt", failure.attempt);
  object.text("outcome", outcome_name(failure.outcome));
  if (failure.outcome == Outcome::crashed) append_json(object.key("signal"), failure.detail);
  if (failure.outcome == Outcome::exited) append_json(object.key("exit_code"), failure.detail);
  object.text("message", failure.message);
  if (!failure.evidence.empty()) append_json_lines(object.key("evidence"), failure.evidence);
  append_output_members(out, failure.output);
  if (failure.item) object.shown("item", *failure.item);
}

}  // namespace

void append_run_json(std::string& out, const RunResult& result, std::string_view version) {
  {
    JsonObject object(out);
    object.count("schema", 1);
    object.text("ropewalk", version);
    object.text("run", result.run_id);
    object.text("workflow", result.workflow);
    object.text("outcome", outcome_name(result.outcome));
    object.number("wall_s", result.wall_s);
    object.list("stages", result.stages, [&](const StageResult& stage) { append_stage(out, stage); });
    object.list("failures", result.failures, [&](const Failure& failure) { append_failure_object(out, failure); });
    if (result.more_failures > 0) object.count("more", result.more_failures);
    if (!result.why.empty()) object.text("why", result.why);
  }
  out += '\n';
}

}  // namespace ropewalk
