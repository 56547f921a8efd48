#pragma once
// What a run came to, for people: the timing table, then what is worth knowing about it, then the failures.
//
//   stage      executor     tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial
//   threads    thread x2        8    8       0   4.16 s   1.03 s   1.08 s      2.0   1.98  cpu         2.0x
//
// It must not flatter: a speed-up is shown only where it was measured, and what did not run is said. Pure text.

#include "report/written.hpp"

#include <ropewalk/run_result.hpp>

#include <functional>
#include <string>

namespace ropewalk {

struct SummaryStyle {
  bool color = false;
  bool table = true;  ///< false: only what went wrong and how it ended
  std::size_t evidence_lines = 12;  ///< of a crash, at most
  /// What that task logged, as whole lines to show below its failure; may be empty.
  std::function<std::string(const Failure&)> logged = {};
  WrittenStyle written = {};  ///< how what it wrote is shown below that
};

void append_summary(std::string& out, const RunResult& result, const SummaryStyle& style);

/// "hash/17 (photos/a.jpg) crashed by SIGSEGV: message", made harmless for a terminal.
std::string failure_line(const Failure& failure);

}  // namespace ropewalk
