#pragma once
// What a comparison of modes says: the content of `compare --json`, of the table, and of the page that `report` makes
// of it. Plain values. Pure; any thread.

#include "history/mode_comparison.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Times are seconds.
struct ComparedMode {
  std::string name;                        ///< "thread x4"
  std::vector<double> wall_s = {};         ///< of its runs, one a round
  std::vector<std::size_t> outliers = {};  ///< places in `wall_s`, ascending
  std::optional<MedianInterval> interval = {};
  std::optional<TimeChange> speed_up = {};  ///< against the first mode; empty for that, and with fewer than two rounds
  double cpu_s = 0;                         ///< of all tasks of all its runs
  std::uint64_t failed = 0, crashed = 0;    ///< as ModeRun, over all its runs
  double wall_sum_s() const;
};

struct ComparisonSummary {
  std::string workflow;
  unsigned rounds = 0;                   ///< that were asked for
  std::vector<ComparedMode> modes = {};  ///< the first one is the baseline
  std::vector<std::string> notes = {};   ///< of disturbances()
  std::string verdict = {};              ///< "thread x4 is 3.9 +- 0.1 times faster than serial"; empty: of one mode
  std::string difference = {};           ///< as ModeComparison; the next four too
  std::string version = {}, started = {}, machine = {}, command = {};  ///< started: "2026-11-29T12:03:00Z"
  unsigned cores = 0;
};

ComparisonSummary summary_of(const ModeComparison& comparison);

/// `compare --json`: one document on one line. A contract, as that of append_run_json().
void append_comparison_json(std::string& out, const ComparisonSummary& comparison);

/// The document that append_comparison_json() has written, by this version or an earlier one. Errors: C121, with what
/// is wrong. `name`: of the file, for the message.
Result<ComparisonSummary> read_comparison(std::string_view json, std::string_view name);

}  // namespace ropewalk
