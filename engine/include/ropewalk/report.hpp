#pragma once
// The reports of a run: the texts and documents that the program `ropewalk` writes, for programs that embed the engine.
// Functions over a result, a record or errors. Observers that write while a run lasts are in report_observers.hpp and
// progress_report.hpp. Pure text unless a sink is named; any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/progress_report.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/run_result.hpp>
#include <ropewalk/sink.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// How the output of a failed task is shown.
struct WrittenStyle {
  std::size_t lines = 20;                   ///< maximum: half of them from the beginning, half from the end
  bool err = true;                          ///< include standard error of commands
  std::string_view more = "-v shows more";  ///< how to see the omitted lines; borrowed, static text as a rule
};

/// How the summary looks.
struct SummaryStyle {
  bool color = false;               ///< with escape sequences for a terminal
  bool table = true;                ///< false: only the failures and the final line
  bool ledger = false;              ///< below the table, where the time of workers went
  std::size_t evidence_lines = 12;  ///< of a crash, maximum
  /// Returns the log of that task, as whole lines to show below its failure; may be empty.
  std::function<std::string(const Failure&)> logged = {};
  WrittenStyle written = {};  ///< how the task's output is shown below the log
  /// Of a run that has not ended, in place of how it ended: "running", "killed". Empty: it has ended.
  std::string unfinished = {};
  std::vector<std::string> next = {};  ///< commands that continue from here, a line each below the last one
};

/// Appends the summary of a run for people: the timing table, the ledger, then remarks, then the failures.
///
///     stage      executor     tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial
///     threads    thread x2        8    8       0   4.16 s   1.03 s   1.08 s      2.0   1.98  cpu         2.0x
///
/// The summary must not flatter: a speed-up is shown only if it was measured, and tasks that did not run are reported.
void append_summary(std::string& out, const RunResult& result, const SummaryStyle& style = {});

/// Appends one failure: its line, then its evidence, its log and what it wrote.
void append_failure(std::string& out, const Failure& failure, const SummaryStyle& style = {});

/// "crashed by SIGSEGV", "exited with 3 and no result", "timed out". `detail`: as TaskFinished.
std::string outcome_text(Outcome outcome, std::int32_t detail);

/// "hash/17 (photos/a.jpg) crashed by SIGSEGV: message", escaped for a terminal.
std::string failure_line(const Failure& failure);

/// Appends the document of `--json`: one about the run, on one line. A contract versioned by "schema": keys are only
/// added, and always at the end of their object. `version`: of the program that writes it, program_version() as a rule.
void append_run_json(std::string& out, const RunResult& result, std::string_view version);

/// Writes the lines of `--results`: one of JSON per task, by stage and index:
///
///     {"stage": "hash", "index": 0, "item": "a.txt", "outcome": "succeeded", "value": {...}}
///
/// A task that did not succeed has "message" instead of "value", then the "stdout" and "stderr" of its commands if
/// there was any: a string, or {"bytes", "head", "tail"} if it is longer than 64 KiB. Nothing depends on when, where or
/// how often a task ran, so the same workflow gives the same bytes on every executor. Needs RunResult::results. Returns
/// false if the sink failed.
bool write_results(const RunResult& result, Sink& sink);

/// Writes a recorded run in Chrome's trace event format, as `ropewalk trace` does, for Perfetto. A process for each
/// host with a track for each worker, a span for each attempt, an arrow from each streamed result to the task that
/// consumes it, and for the engine the run, its stages, warnings and counters. Written while it is read: only stages
/// that another one streams from, and those with a process for each task, take memory for each of their tasks, at most
/// 40 bytes. `state`: as run_state() of history.hpp. Returns the error of the record. The sink knows whether it took
/// everything.
Result<void> write_trace(const Record& record, std::string_view state, Sink& sink);

/// Returns one recorded run, or two beside each other, as one HTML page that works offline, as `ropewalk report` does.
/// The same records make the same bytes. No text of a run becomes markup or script, and the page's own policy admits no
/// script but its own and no network. Errors: those of Record.
Result<std::string> page_html(const std::vector<const Record*>& records);

/// How grave a diagnostic is.
enum class Severity {
  error,    ///< nothing runs
  warning,  ///< worth a look, not in the way
};

/// Appends one diagnostic for people, with its line end: place, message, the source line with a caret under it, and the
/// fix. Long source lines are cut around the caret. Foreign text (source lines, names) is escaped for a terminal.
///
///     photos.yaml:20:7: error[W202]: task 'image.resize' takes no parameter 'widht'; did you mean 'width'?
///       20 |       widht: 640
///          |       ^^^^^
///          = it takes: input (path, required), output (path, required)
void append_diagnostic(std::string& out, const Error& error, Severity severity, bool color);

/// Appends all diagnostics, and a closing line "3 mistakes in photos.yaml" that counts those with a line in the file.
void append_diagnostics(std::string& out, const Errors& errors, bool color);

/// Appends {"file", "line", "column", "end_column", "severity", "code", "message", "hint"} on one line. Columns count
/// characters from 1; the end column is the first one behind. A diagnostic of the whole file has no line; one without a
/// place gets `file`. The hint is the fix, one line per note; "" if there is none.
void append_diagnostic_json(std::string& out, const Error& error, Severity severity, std::string_view file);

}  // namespace ropewalk
