#include "page/page_json.hpp"

#include "page/attempt_columns.hpp"
#include "report/json_object.hpp"
#include "report/ledger_json.hpp"
#include "report/ledger_text.hpp"

#include <ropewalk/json.hpp>
#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ropewalk::page {
namespace {

/// Written again, because a record may come from anywhere.
std::string command_of(const std::string& json) {
  std::string problem;
  const auto words = value_from_json(json, problem);
  return words && words->as_list() != nullptr ? to_json(*words) : "[]";
}

void append_session(std::string& out, const Session& session) {
  JsonObject object(out);
  object.count("number", session.about.number);
  object.whole("started_unix_ns", session.about.started_unix_ns);
  object.whole("offset_ns", session.offset_ns);
  if (session.about.wall_ns)
    object.whole("wall_ns", *session.about.wall_ns);
  else
    object.key("wall_ns") += "null";
  object.text("state", session.state);
  object.text("why", session.about.why);
  object.count("ended", session.ended);
  object.count("kept", session.kept);
  object.whole("pid", session.about.pid);
  object.text("machine", session.about.machine);
  object.text("version", session.about.version);
  object.text("directory", session.about.directory.string());
  object.text("durability", session.about.durability);
  object.count("cores", session.about.cores);
  object.key("command") += command_of(session.about.command);
  if (!session.about.resumed.empty())
    object.list("resumed", session.about.resumed, [&](const std::string& note) { append_json_string(out, note); });
}

void append_items(std::string& out, const Items& items) {
  if (items.kind == Items::Kind::indices)
    out += "\"index\"";
  else if (items.kind != Items::Kind::texts)
    out += "null";
  else {
    out += '[';
    for (std::size_t i = 0; i < items.texts.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, items.texts[i]);
    }
    out += ']';
  }
}

std::string state_of(const Run& run, const Stage& stage) {
  if (stage.about.outcome) return std::string(outcome_name(*stage.about.outcome));
  if (run.state != "running" && run.state != "killed") return "not_started";
  return stage.about.started_ns == 0 ? "not_started" : run.state;
}

void append_stage(std::string& out, const Run& run, const Stage& stage) {
  const auto& [about, result, started, slowest, items] = stage;
  JsonObject object(out);
  object.text("name", about.name);
  object.text("task", about.task);
  object.text("executor", about.choice ? about.executor + ": " + about.choice->executor : about.executor);
  object.count("workers", about.choice ? about.choice->workers : about.workers);
  if (about.choice) object.text("chosen", about.choice->why);
  object.text("plugin", about.plugin);
  object.text("plugin_version", about.plugin_version);
  object.text("plugin_path", about.plugin_path);
  object.list("needs", about.needs, [&](std::uint32_t need) { append_json_count(out, need); });
  object.text("outcome", state_of(run, stage));
  object.text("why", about.why.empty() ? result.why : about.why);
  object.count("tasks", result.tasks);
  object.count("succeeded", result.succeeded);
  object.count("failed", result.failed);
  object.count("skipped", result.skipped);
  object.count("cancelled", result.cancelled);
  object.count("not_started", result.not_started);
  object.count("retried", result.retried);
  object.count("kept", result.kept);
  object.count("started", started);
  object.number("wall_s", result.wall_s);
  object.number("run_s", result.task_s.sum);
  object.number("cpu_s", result.cpu_s);
  object.number("median_s", result.task_s.median);
  object.number("p95_s", result.task_s.p95);
  object.number("max_s", result.task_s.max);
  object.number("concurrency", result.concurrency);
  object.number("cores", result.cores);
  object.text("bound", result.bound ? bound_name(*result.bound) : "");
  if (result.vs_serial) object.number("vs_serial", *result.vs_serial);
  if (result.ledger) append_ledger_json(object.key("ledger"), *result.ledger);
  object.optional_text("ledger_sentence", ledger_sentence(result));
  append_items(object.key("items"), items);
  object.list("slowest", slowest, [&](std::uint32_t place) { append_json_count(out, place); });
}

void append_output(std::string& out, const Output& output) {
  JsonObject object(out);
  object.text("name", output.name);
  object.text("head", output.head);
  object.text("tail", output.tail);
  object.count("left_out", output.left_out);
}

void append_attempt(std::string& out, const AttemptTexts& attempt) {
  JsonObject object(out);
  object.count("attempt", attempt.about.attempt);
  object.text("outcome", outcome_name(attempt.about.outcome));
  object.whole("detail", attempt.about.detail);
  object.whole("queued_ns", attempt.about.queued_ns);
  object.whole("run_ns", attempt.about.run_ns);
  object.whole("host", attempt.about.host);
  object.count("worker", attempt.about.worker);
  object.optional_text("message", attempt.about.message);
  object.optional_text("evidence", attempt.about.evidence);
  if (!attempt.log.empty())
    object.list("log", attempt.log, [&](const RecordedLine& line) {
      fmt::format_to(std::back_inserter(out), "[{}, {}, ", line.t_ns, static_cast<int>(line.level));
      append_json_string(out, line.text);
      out += ']';
    });
  if (!attempt.output.empty())
    object.list("output", attempt.output, [&](const Output& output) { append_output(out, output); });
}

void append_task(std::string& out, const Task& task) {
  JsonObject object(out);
  object.count("stage", task.stage);
  object.count("index", task.index);
  object.truth("failed", task.failed);
  object.optional_text("item", task.item);
  object.optional_text("result", task.result);
  object.list("attempts", task.attempts, [&](const AttemptTexts& attempt) { append_attempt(out, attempt); });
}

void append_columns(std::string& out, const AttemptColumns& columns) {
  JsonObject object(out);
  object.text("start", columns.start);
  object.text("run", columns.run);
  object.text("cpu", columns.cpu);
  object.text("lane", columns.lane);
  object.text("kind", columns.kind);
  object.text("index", columns.index);
}

void append_running(std::string& out, const Running& running) {
  JsonObject object(out);
  object.count("stage", running.stage);
  object.count("index", running.index);
  object.count("attempt", running.attempt);
  object.whole("start_ns", running.start_ns);
  object.whole("age_ns", running.age_ns);
  object.whole("host", running.host);
  object.optional_text("item", running.item);
}

void append_param(std::string& out, const RecordedParam& param) {
  JsonObject object(out);
  object.text("name", param.name);
  object.text("value", param.value);
  object.truth("secret", param.secret);
}

void append_source(std::string& out, const RecordedText& source) {
  JsonObject object(out);
  object.text("path", source.path);
  object.text("text", source.text);
}

void append_left_out(std::string& out, const LeftOut& left_out) {
  JsonObject object(out);
  object.count("texts", left_out.texts);
  object.count("failures", left_out.failures);
  object.count("outputs", left_out.outputs);
  object.count("items", left_out.items);
}

void append_run(std::string& out, const Run& run) {
  const auto text = [&](const std::string& each) { append_json_string(out, each); };
  const AttemptColumns columns = columns_of(run.attempts);
  JsonObject object(out);
  object.text("name", run.about.name);
  object.text("id", run.about.id);
  object.text("workflow", run.about.workflow);
  object.text("file", run.about.file.string());
  object.text("state", run.state);
  object.text("why", run.why);
  object.whole("wall_ns", run.wall_ns);
  object.whole("span_ns", run.span_ns);
  object.list("sessions", run.sessions, [&](const Session& session) { append_session(out, session); });
  object.list("stages", run.stages, [&](const Stage& stage) { append_stage(out, run, stage); });
  object.list("gone", run.gone_stages, text);
  object.count("attempts", run.attempts.size());
  object.count("lanes", run.lanes);
  object.list("kinds", columns.kinds, [&](const AttemptKind& kind) {
    fmt::format_to(std::back_inserter(out), "[{},{},{},\"{}\",{}]", kind.stage, kind.session, kind.attempt,
                   outcome_name(kind.outcome), kind.last ? 1 : 0);
  });
  append_columns(object.key("columns"), columns);
  object.list("tasks", run.tasks, [&](const Task& task) { append_task(out, task); });
  if (run.state == "running" || run.state == "killed") {
    object.whole("known_ns", run.known_ns);
    object.list("running", run.running, [&](const Running& running) { append_running(out, running); });
  }
  object.list("params", run.params, [&](const RecordedParam& param) { append_param(out, param); });
  object.list("sources", run.sources, [&](const RecordedText& source) { append_source(out, source); });
  object.list("warnings", run.warnings, text);
  append_left_out(object.key("left_out"), run.left_out);
}

void append_side(std::string& out, const StageChange::Side& side) {
  if (side.outcome.empty()) return void(out += "null");
  JsonObject inner(out);
  inner.text("outcome", side.outcome);
  inner.count("tasks", side.tasks);
  inner.number("wall_s", side.wall_s);
}

void append_change(std::string& out, const StageChange& change) {
  JsonObject object(out);
  object.text("name", change.name);
  append_side(object.key("before"), change.before);
  append_side(object.key("after"), change.after);
  object.count("pairs", change.pairs);
  if (change.time) {
    JsonObject time(object.key("time"));
    time.number("ratio", change.time->ratio);
    time.number("low", change.time->low);
    time.number("high", change.time->high);
    time.truth("evident", change.time->is_evident());
  } else {
    object.key("time") += "null";
  }
  object.count("outcomes", count_of(change.outcomes));
  object.count("results", count_of(change.results));
}

/// These characters stand only in the strings of JSON, where an escape means the same.
std::string escaped(const std::string& json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t next = std::min(json.find_first_of("<>&", at), json.size());
    out.append(json, at, next - at);
    if (next < json.size()) fmt::format_to(std::back_inserter(out), "\\u{:04x}", json[next]);
    at = next + 1;
  }
  return out;
}

}  // namespace

std::string page_json(const PageData& data) {
  std::string out;
  {
    JsonObject object(out);
    object.count("page", 1);
    object.list("runs", data.runs, [&](const Run& run) { append_run(out, run); });
    if (data.runs.size() == 2)
      object.list("changes", data.changes, [&](const StageChange& change) { append_change(out, change); });
  }
  return escaped(out);
}

std::string page_json(const ComparisonSummary& comparison) {
  std::string out;
  {
    JsonObject object(out);
    object.count("page", 1);
    append_comparison_json(object.key("comparison"), comparison);
  }
  return escaped(out);
}

}  // namespace ropewalk::page
