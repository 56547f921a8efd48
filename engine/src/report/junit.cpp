#include "report/junit.hpp"

#include "events/task_name.hpp"
#include "report/numbers.hpp"
#include "report/time_text.hpp"
#include "report/xml_text.hpp"
#include "values/shown_value.hpp"

#include <fmt/format.h>

#include <memory>
#include <iterator>
#include <optional>

namespace ropewalk {
namespace {

/// JUnit's failure is what a test finds, its error what no test expects.
bool is_error(Outcome outcome) { return outcome != Outcome::failed; }

void append_time(std::string& out, std::int64_t ns) {
  out += " time=\"";
  append_json_seconds(out, ns);
  out += '"';
}

template <class Counts>
void append_counts(std::string& out, const Counts& counts) {
  fmt::format_to(std::back_inserter(out), R"( tests="{}" failures="{}" errors="{}" skipped="{}")", counts.tests,
                 counts.failures, counts.errors, counts.skipped);
}

void append_property(std::string& out, std::string_view name, std::string_view value) {
  out += "      <property";
  append_xml_attribute(out, "name", name);
  append_xml_attribute(out, "value", value);
  out += "/>\n";
}

/// ` message="..." type="crashed"`.
void append_why(std::string& out, Outcome outcome, std::string_view message) {
  append_xml_attribute(out, "message", message.empty() ? outcome_name(outcome) : message);
  append_xml_attribute(out, "type", outcome_name(outcome));
}

/// The streams as one text, with a note where bytes were not kept.
void append_streams(std::string& out, const char* element, const KeptOutput& output,
                    std::initializer_list<OutputStream> streams) {
  std::string text;
  for (const OutputStream which : streams) {
    const KeptStream stream = output.of(which);
    text += stream.head;
    if (!stream.whole())
      fmt::format_to(std::back_inserter(text), "\n... {} bytes of {} were not kept ...\n",
                     stream.bytes - stream.head.size() - stream.tail.size(), stream_name(which));
    text += stream.tail;
  }
  if (text.empty()) return;
  fmt::format_to(std::back_inserter(out), "      <{}>", element);
  append_xml_text(out, text);
  fmt::format_to(std::back_inserter(out), "</{}>\n", element);
}

}  // namespace

JunitWriter::Stage& JunitWriter::stage(std::uint32_t number) {
  if (stages_.size() <= number) stages_.resize(number + 1);
  return stages_[number];
}

void JunitWriter::run_started(std::int64_t, const RunStarted& event) {
  run_id_ = event.run_id;
  workflow_ = event.workflow;
  started_unix_ns_ = event.started_unix_ns;
  items_ = event.items;
}

void JunitWriter::stage_started(std::int64_t t_ns, const StageStarted& event) {
  Stage& started = stage(event.stage);
  started.name = event.name;
  started.task = event.task;
  started.executor = event.executor;
  started.workers = event.workers;
  started.started_ns = t_ns;
}

void JunitWriter::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  Stage& owner = stage(number);
  for (const TaskFinished& task : tasks) {
    if (!task.last) {
      owner.repeated[task.index].push_back({task.outcome, std::string(task.message), std::string(task.evidence)});
      continue;
    }
    ++owner.counts.tests;
    if (is_failure(task.outcome))
      ++(is_error(task.outcome) ? owner.counts.errors : owner.counts.failures);
    else
      owner.counts.skipped += task.outcome != Outcome::succeeded;
    row_.clear();
    append_case(row_, number, task);
    rows_.add({.time_ns = 0, .stage = number, .index = task.index}, row_);
    owner.repeated.erase(task.index);
  }
}

/// All of a test case behind the name of its stage, which is not known yet if the stage did not start.
void JunitWriter::append_case(std::string& out, std::uint32_t number, const TaskFinished& task) {
  const Stage& owner = stages_[number];
  std::optional<ShownValue> item;
  if (items_ != nullptr) item = shown(items_->item_of(number, task.index));
  append_xml_value(out, task_name("", task.index, item));
  out += '"';
  append_time(out, task.kept ? 0 : task.run_ns);
  const auto repeated = owner.repeated.find(task.index);
  const bool good = task.outcome == Outcome::succeeded, failed = is_failure(task.outcome);
  if (good && repeated == owner.repeated.end()) {
    out += "/>\n";
    return;
  }
  out += ">\n";
  if (failed) {
    const char* element = is_error(task.outcome) ? "error" : "failure";
    fmt::format_to(std::back_inserter(out), "      <{}", element);
    append_why(out, task.outcome, task.message);
    out += '>';
    append_xml_text(out, task.evidence.empty() ? task.message : task.evidence);
    fmt::format_to(std::back_inserter(out), "</{}>\n", element);
  } else if (!good) {
    out += "      <skipped";
    append_why(out, task.outcome, task.message);
    out += "/>\n";
  }
  if (repeated != owner.repeated.end())
    for (const Attempt& attempt : repeated->second) {
      const std::string element =
          fmt::format("{}{}", good ? "flaky" : "rerun", is_error(attempt.outcome) ? "Error" : "Failure");
      fmt::format_to(std::back_inserter(out), "      <{}", element);
      append_why(out, attempt.outcome, attempt.message);
      out += ">\n        <stackTrace>";
      append_xml_text(out, attempt.evidence.empty() ? attempt.message : attempt.evidence);
      fmt::format_to(std::back_inserter(out), "</stackTrace>\n      </{}>\n", element);
    }
  if (failed && task.output != nullptr) {
    append_streams(out, "system-out", *task.output, {OutputStream::out, OutputStream::process});
    append_streams(out, "system-err", *task.output, {OutputStream::err});
  }
  out += "    </testcase>\n";
}

void JunitWriter::stage_finished(std::int64_t, const StageFinished& event) {
  Stage& ended = stage(event.stage);
  ended.name = event.name;
  ended.wall_ns = event.wall_ns;
  ended.why = event.why;
  if (ended.counts.tests != 0 || event.outcome == Outcome::succeeded || is_failure(event.outcome)) return;
  // None of its tasks is known. The stage stands for them, because a suite without a case is easily overlooked.
  ended.counts = {.tests = 1, .failures = 0, .errors = 0, .skipped = 1};
  std::string row = "\" time=\"0.0\">\n      <skipped";
  append_why(row, event.outcome, event.why);
  rows_.add({.time_ns = 0, .stage = event.stage, .index = 0}, row + "/>\n    </testcase>\n");
}

void JunitWriter::run_finished(std::int64_t, const RunFinished& event) {
  finished_ = true;
  wall_ns_ = event.wall_ns;
  broken_ = event.broken;
  why_ = event.why;
}

void JunitWriter::append_suite(std::string& out, const Stage& suite) const {
  out += "  <testsuite";
  append_xml_attribute(out, "name", suite.name);
  append_counts(out, suite.counts);
  append_time(out, suite.wall_ns);
  append_xml_attribute(out, "timestamp", utc_time_text(started_unix_ns_ + suite.started_ns));
  out += ">\n    <properties>\n";
  append_property(out, "run", run_id_);
  if (!suite.task.empty()) {
    append_property(out, "task", suite.task);
    append_property(out, "executor", suite.executor);
    append_property(out, "workers", std::to_string(suite.workers));
  }
  if (!suite.why.empty()) append_property(out, "why", suite.why);
  out += "    </properties>\n";
}

/// What no task can say: a run without an end must not look like one that went well.
std::optional<JunitWriter::RunCase> JunitWriter::run_case(std::string_view unfinished) const {
  std::uint64_t tasks = 0;
  for (const Stage& each : stages_) tasks += each.counts.tests;
  const std::string ended = counted(tasks, "task") + " had ended";
  if (unfinished == "running") return RunCase{fmt::format("the run goes on; {} so far", ended), "running", false};
  if (!finished_) return RunCase{fmt::format("the run was killed, or its machine stopped; {}", ended), "killed", true};
  if (broken_) return RunCase{fmt::format("the run broke: {}", why_), "broken", true};
  if (tasks == 0) return RunCase{"the run had no task at all", "empty", false};
  return std::nullopt;
}

/// A suite with one case.
void JunitWriter::append_run_suite(std::string& out, const RunCase& about) const {
  out += "  <testsuite";
  append_xml_attribute(out, "name", "the run");
  append_counts(out,
                Counts{.tests = 1, .failures = 0, .errors = about.error ? 1u : 0u, .skipped = about.error ? 0u : 1u});
  append_time(out, wall_ns_);
  append_xml_attribute(out, "timestamp", utc_time_text(started_unix_ns_));
  out += ">\n    <testcase";
  append_xml_attribute(out, "name", "the run");
  append_xml_attribute(out, "classname", workflow_);
  append_time(out, wall_ns_);
  out += about.error ? ">\n      <error" : ">\n      <skipped";
  append_xml_attribute(out, "message", about.message);
  append_xml_attribute(out, "type", about.type);
  out += "/>\n    </testcase>\n  </testsuite>\n";
}

bool JunitWriter::write(Sink& sink, std::string_view unfinished) {
  const auto about_run = run_case(unfinished);
  Counts all;
  for (const Stage& each : stages_) {
    all.tests += each.counts.tests;
    all.failures += each.counts.failures;
    all.errors += each.counts.errors;
    all.skipped += each.counts.skipped;
  }
  if (about_run) {
    ++all.tests;
    ++(about_run->error ? all.errors : all.skipped);
  }
  std::string block = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  append_xml_attribute(block, "name", workflow_);
  append_counts(block, all);
  append_time(block, wall_ns_);
  block += ">\n";
  std::size_t open = 0;  // suites that are begun
  std::string start;     // of a case of the last one
  const auto begin_until = [&](std::size_t wanted) {
    for (; open < wanted; ++open) {
      if (open > 0) block += "  </testsuite>\n";
      append_suite(block, stages_[open]);
      start = "    <testcase";
      append_xml_attribute(start, "classname", fmt::format("{}.{}", workflow_, stages_[open].name));
      start += " name=\"";
      append_xml_value(start, stages_[open].name);
    }
  };
  const bool good = rows_.write(sink, block, [&](const SortedRows::Key& key, std::string_view row) {
    begin_until(key.stage + 1);
    block += start;
    block += row;
  });
  begin_until(stages_.size());
  if (open > 0) block += "  </testsuite>\n";
  if (about_run) append_run_suite(block, *about_run);
  block += "</testsuites>\n";
  return good && sink.write(block);
}

std::unique_ptr<RunDocument> make_junit_report() { return std::make_unique<JunitWriter>(); }

}  // namespace ropewalk
