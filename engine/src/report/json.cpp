#include <ropewalk/report.hpp>

#include "events/ledger_keys.hpp"
#include "report/choice_text.hpp"
#include "report/json_object.hpp"
#include "report/ledger_json.hpp"
#include "report/numbers.hpp"
#include "report/written.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

class LedgerJson {
 public:
  explicit LedgerJson(std::string& out) : out_(out), object_(out) {}
  void always(std::string_view key, double value) { object_.number(key, value); }
  void always(std::string_view key, std::uint64_t value) { object_.count(key, value); }
  void if_set(std::string_view key, double value) {
    if (value > 0) object_.number(key, value);
  }
  void if_set(std::string_view key, std::optional<double> value) {
    if (value) object_.number(key, *value);
  }
  void if_set(std::string_view key, std::uint32_t value) {
    if (value != 0) object_.count(key, value);
  }
  void if_set(std::string_view key, const std::string& value) { object_.optional_text(key, value); }
  void if_set(std::string_view key, const std::optional<ShownValue>& value) {
    if (value) object_.shown(key, *value);
  }
  void if_set(std::string_view key, const std::optional<StageLedger::LastTask>& value) {
    if (!value) return;
    object_.key(key);
    visit_last_task(*value, LedgerJson(out_));
  }

 private:
  std::string& out_;
  JsonObject object_;
};

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
  if (stage.bound)
    object.text("bound", bound_name(*stage.bound));
  else
    object.key("bound") += "null";
  if (stage.vs_serial) object.number("vs_serial", *stage.vs_serial);
  if (stage.kept != 0) object.count("kept", stage.kept);
  if (stage.ledger) append_ledger_json(object.key("ledger"), *stage.ledger);
  if (stage.choice) append_choice_json(object.key("choice"), *stage.choice);
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

void append_ledger_json(std::string& out, const StageLedger& ledger) { visit_ledger(ledger, LedgerJson(out)); }

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
