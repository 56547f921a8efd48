#include "report/json.hpp"

#include "values/shown_value.hpp"
#include "report/numbers.hpp"
#include "report/written.hpp"

#include <ropewalk/value.hpp>

namespace ropewalk {
namespace {

constexpr int kDigits = 7;  // precision of a float

/// Writes one JSON object, one member at a time.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::string& key(std::string_view name) {
    if (!first_) out_ += ", ";
    first_ = false;
    append_json_string(out_, name);
    out_ += ": ";
    return out_;
  }
  void shown(std::string_view name, const ShownValue& value) {
    if (!first_) out_ += ", ";
    first_ = false;
    append_shown_member(out_, name, value);
  }
  void text(std::string_view name, std::string_view value) { append_json_string(key(name), value); }
  void count(std::string_view name, std::uint64_t value) { append_json_count(key(name), value); }
  void number(std::string_view name, double value) { append_json_rounded(key(name), value, kDigits); }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_times(std::string& out, const TaskTimes& times) {
  Object object(out);
  object.number("min", times.min);
  object.number("median", times.median);
  object.number("p95", times.p95);
  object.number("max", times.max);
  object.number("sum", times.sum);
}

void append_stage(std::string& out, const StageResult& stage) {
  Object object(out);
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
  if (!stage.why.empty()) object.text("why", stage.why);
}

void append_failure(std::string& out, const Failure& failure) {
  Object object(out);
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

template <class Element>
void append_all(std::string& out, const std::vector<Element>& elements, void (*append)(std::string&, const Element&)) {
  out += '[';
  for (const Element& element : elements) {
    if (&element != &elements.front()) out += ", ";
    append(out, element);
  }
  out += ']';
}

}  // namespace

void append_run_json(std::string& out, const RunResult& result, std::string_view version) {
  {
    Object object(out);
    object.count("schema", 1);
    object.text("ropewalk", version);
    object.text("run", result.run_id);
    object.text("workflow", result.workflow);
    object.text("outcome", outcome_name(result.outcome));
    object.number("wall_s", result.wall_s);
    append_all(object.key("stages"), result.stages, append_stage);
    append_all(object.key("failures"), result.failures, append_failure);
    if (result.more_failures > 0) object.count("more", result.more_failures);
    if (!result.why.empty()) object.text("why", result.why);
  }
  out += '\n';
}

}  // namespace ropewalk
