#pragma once
// The summary of a run for people: the timing table, the ledger, then remarks, then the failures.
//
//   stage      executor     tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial
//   threads    thread x2        8    8       0   4.16 s   1.03 s   1.08 s      2.0   1.98  cpu         2.0x
//
// The summary must not flatter: a speed-up is shown only if it was measured, and tasks that did not run are reported.
// Pure text.

#include "report/written.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/run_result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct SummaryStyle {
  bool color = false;
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

void append_summary(std::string& out, const RunResult& result, const SummaryStyle& style);

/// One failure: its line, then its evidence, its log and what it wrote.
void append_failure(std::string& out, const Failure& failure, const SummaryStyle& style);

/// A stage failed for a reason other than its tasks: its items could not be read completely.
bool failed_by_itself(Outcome outcome, const TaskCounts& counts, std::string_view why);

/// "crashed by SIGSEGV", "exited with 3 and no result", "timed out". `detail`: as TaskFinished.
std::string outcome_text(Outcome outcome, std::int32_t detail);

/// "hash/17 (photos/a.jpg) crashed by SIGSEGV: message", escaped for a terminal.
std::string failure_line(const Failure& failure);

}  // namespace ropewalk
