#include "report/summary.hpp"

#include "base/style.hpp"
#include "events/task_name.hpp"
#include "base/text.hpp"
#include "report/choice_text.hpp"
#include "report/ledger_text.hpp"
#include "report/numbers.hpp"
#include "report/stage_lines.hpp"
#include "report/written.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::size_t kShownFailures = 10;
/// A stage is reported to have waited for cores from this share of its run time on, if the time is long enough to
/// matter.
constexpr double kLargeWait = 0.2;
constexpr double kSmallestWait_s = 0.1;

constexpr std::size_t kColumns = 12;
struct Column {
  std::string_view title;
  bool right;
  std::size_t gap;    // blanks before the column
  std::size_t width;  // minimum
};
constexpr std::array<Column, kColumns> kLayout{{{"stage", false, 0, 5},
                                                {"executor", false, 1, 12},
                                                {"tasks", true, 1, 5},
                                                {"ok", true, 2, 3},
                                                {"failed", true, 2, 6},
                                                {"wall", true, 2, 7},
                                                {"median", true, 2, 7},
                                                {"p95", true, 2, 7},
                                                {"at once", true, 2, 7},
                                                {"cores", true, 2, 5},
                                                {"bound", false, 2, 5},
                                                {"vs serial", true, 2, 9}}};
using Row = std::array<std::string, kColumns>;

Row row_of(const StageResult& stage) {
  const bool ran = stage.bound || stage.task_s.sum > 0;
  const AutoChoice* const choice = stage.choice ? &*stage.choice : nullptr;
  Row row{stage.name, executor_text(stage.executor, stage.workers, choice), grouped(stage.tasks),
          grouped(stage.succeeded), grouped(stage.failed)};
  if (!ran) {
    std::fill(row.begin() + 5, row.begin() + 10, "-");
    return row;
  }
  row[6] = duration_text(stage.task_s.median);
  row[7] = duration_text(stage.task_s.p95);
  const bool ended = stage.wall_s > 0;  // else of a run that is running or was killed
  row[5] = ended ? duration_text(stage.wall_s) : "-";
  row[8] = ended ? fmt::format("{:.1f}", stage.concurrency) : "-";
  row[9] = ended ? fmt::format("{:.2f}", stage.cores) : "-";
  if (stage.bound) row[10] = bound_name(*stage.bound);
  if (stage.vs_serial) row[11] = fmt::format("{:.{}f}x", *stage.vs_serial, *stage.vs_serial < 0.95 ? 2 : 1);
  return row;
}

void append_table(std::string& out, const std::vector<StageResult>& stages, bool color) {
  std::vector<Row> rows(1);
  for (std::size_t c = 0; c < kColumns; ++c) rows[0][c] = kLayout[c].title;
  for (const StageResult& stage : stages) rows.push_back(row_of(stage));
  std::array<std::size_t, kColumns> widths{};
  for (std::size_t c = 0; c < kColumns; ++c) {
    widths[c] = kLayout[c].width;
    for (const Row& row : rows) widths[c] = std::max(widths[c], row[c].size());
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < kColumns; ++c) {
      const std::string pad(widths[c] - rows[r][c].size(), ' ');
      line.append(kLayout[c].gap, ' ');
      line += kLayout[c].right ? pad + rows[r][c] : rows[r][c] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += color && r == 0 ? fmt::format("{}{}{}\n", style::kBold, line, style::kPlain) : line + "\n";
  }
}

bool failed_by_itself(const StageResult& stage) {
  return failed_by_itself(
      stage.outcome, {.failed = stage.failed, .skipped = stage.skipped, .not_started = stage.not_started}, stage.why);
}

void append_notes(std::string& out, const StageResult& stage, bool run_ended) {
  const auto note = [&](std::string_view text) {
    fmt::format_to(std::back_inserter(out), "note: stage '{}' {}\n", stage.name, text);
  };
  const std::string why = stage.why.empty() ? "" : ": " + escape_for_display(stage.why);
  if (!run_ended && stage.outcome == Outcome::not_started)
    note(stage.tasks == 0 ? "has not started a task" : "has not ended");
  else if (stage.outcome == Outcome::skipped)
    note(stage.tasks == 0 ? "was skipped" + why : fmt::format("was skipped, {}{}", counted(stage.tasks, "task"), why));
  else if (stage.outcome == Outcome::not_started)
    note("was not started" + why);
  else if (stage.outcome == Outcome::left_out)
    note("was left out" + why);
  else if (stage.tasks == 0)
    note(stage.outcome == Outcome::succeeded ? "had no task" : "ended before it had a task" + why);
  else {
    if (failed_by_itself(stage)) note("failed" + why);
    if (stage.skipped > 0)
      note(fmt::format("skipped {}{}", counted(stage.skipped, "task"), stage.failed == 0 ? why : ""));
    if (stage.cancelled > 0) note(fmt::format("had {} cancelled while running", counted(stage.cancelled, "task")));
    if (stage.not_started > 0) note(fmt::format("did not start {}", counted(stage.not_started, "task")));
  }
  if (stage.kept > 0) note(fmt::format("kept {} of an earlier session", counted(stage.kept, "task")));
  if (stage.retried > 0) note(fmt::format("ran {} again", counted(stage.retried, "attempt")));
  if (stage.runnable_wait_s >= kSmallestWait_s && stage.runnable_wait_s >= kLargeWait * stage.task_s.sum &&
      stage.workers > 1)
    note(fmt::format(
        "waited for cores: its tasks were ready to run for {} without one, {:.0f}% of their run time; there are more "
        "workers than cores, or other programs use them",
        duration_text(stage.runnable_wait_s),
        std::min(100.0, 100 * stage.runnable_wait_s / std::max(stage.task_s.sum, 1e-9))));
}

/// The task's last logged or printed lines are omitted if they all appear below anyway.
void append_evidence(std::string& out, std::string_view evidence, std::size_t most, bool with_log, bool with_printed) {
  std::size_t shown = 0, left_out = 0;
  for (; !evidence.empty(); evidence.remove_prefix(std::min(evidence.find('\n'), evidence.size() - 1) + 1)) {
    const std::string_view line = evidence.substr(0, evidence.find('\n'));
    if ((!with_log && line.starts_with("log: ")) || (!with_printed && line.starts_with("printed: "))) continue;
    if (shown < most)
      ++shown, fmt::format_to(std::back_inserter(out), "      {}\n", escape_for_display(line));
    else
      ++left_out;
  }
  if (left_out > 0)
    fmt::format_to(std::back_inserter(out), "      ... {}, shown with -v\n", counted(left_out, "more line"));
}

void append_failures(std::string& out, const RunResult& result, const SummaryStyle& style) {
  if (result.failures.empty()) return;
  const std::uint64_t all = result.failures.size() + result.more_failures;
  const std::size_t shown = std::min(kShownFailures, result.failures.size());
  out += shown < all ? fmt::format("failures, the first {} of {}:\n", shown, grouped(all)) : "failures:\n";
  for (std::size_t i = 0; i < shown; ++i) append_failure(out, result.failures[i], style);
}

std::string ending(const RunResult& result, const SummaryStyle& style) {
  if (result.broken && style.unfinished.empty()) return "the run broke: " + escape_for_display(result.why);
  std::uint64_t failed = 0, succeeded = 0;
  for (const StageResult& stage : result.stages) {
    failed += stage.failed;
    succeeded += stage.succeeded;
  }
  const std::uint64_t tasks = result.tasks();
  const std::string counts = fmt::format("{} of {} succeeded", grouped(succeeded), counted(tasks, "task"));
  const std::string in = fmt::format(" in {}", duration_text(result.wall_s));
  if (!style.unfinished.empty())
    return fmt::format("{}: {} succeeded{} so far", style.unfinished, counted(succeeded, "task"),
                       failed == 0 ? "" : fmt::format(" and {} failed", grouped(failed)));
  const std::string why = result.why.empty() ? "" : ": " + escape_for_display(result.why);
  switch (result.outcome) {
    case Outcome::succeeded:
      if (tasks == 0) return "the run had no task at all";
      return failed == 0 ? "succeeded: " + counts + in
                         : fmt::format("succeeded, {} failed and ignored: ", grouped(failed)) + counts + in;
    case Outcome::cancelled: return "cancelled: " + counts + in + why;
    default: return "failed: " + counts + in + why;
  }
}

}  // namespace

bool failed_by_itself(Outcome outcome, const TaskCounts& counts, std::string_view why) {
  return outcome == Outcome::failed && counts.failed == 0 && counts.skipped == 0 && !why.empty();
}

std::string outcome_text(Outcome outcome, std::int32_t detail) {
  std::string how(outcome_name(outcome));
  std::replace(how.begin(), how.end(), '_', ' ');
  if (outcome == Outcome::crashed) how += " by " + signal_name(detail);
  if (outcome == Outcome::exited) how += fmt::format(" with {} and no result", detail);
  return how;
}

std::string failure_line(const Failure& failure) {
  std::string how = outcome_text(failure.outcome, failure.detail);
  if (failure.attempt > 1) how += fmt::format(" at attempt {}", failure.attempt);
  std::string line = fmt::format("{} {}", task_name(failure.stage, failure.index, failure.item), how);
  if (!failure.message.empty()) line += ": " + escape_for_display(failure.message);
  return line;
}

void append_failure(std::string& out, const Failure& failure, const SummaryStyle& style) {
  fmt::format_to(std::back_inserter(out), "  {}{}{}\n", style.color ? style::kRed : "", failure_line(failure),
                 style.color ? style::kPlain : "");
  const std::string logged = style.logged ? style.logged(failure) : std::string();
  append_evidence(out, failure.evidence, style.evidence_lines, logged.empty(),
                  failure.output.bytes(OutputStream::process) == 0);
  out += logged;
  append_written_lines(out, failure.output, escape_for_display(failure.message), style.written);
}

void append_summary(std::string& out, const RunResult& result, const SummaryStyle& style) {
  if (style.table && !result.stages.empty()) {
    append_table(out, result.stages, style.color);
    for (const StageResult& stage : result.stages) append_choice(out, stage);
    if (style.ledger) append_ledgers(out, result.stages, style.color);
    for (const StageResult& stage : result.stages) append_notes(out, stage, style.unfinished.empty());
  } else {
    for (const StageResult& stage : result.stages)
      if (failed_by_itself(stage)) append_notes(out, stage, style.unfinished.empty());
  }
  append_failures(out, result, style);
  const bool good = result.outcome == Outcome::succeeded && !result.broken;
  const std::string_view mark = !style.color ? "" : good ? style::kGreen : style::kBoldRed;
  fmt::format_to(std::back_inserter(out), "{}{}{}\n", mark, ending(result, style), style.color ? style::kPlain : "");
  for (const std::string& command : style.next) fmt::format_to(std::back_inserter(out), "  {}\n", command);
}

}  // namespace ropewalk
