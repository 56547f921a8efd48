#pragma once
// The files of --junit, --joblog and --metrics: opened before the run, filled by its events, live or from a record, and
// named when they are complete. On the run's thread.

#include "listeners.hpp"
#include "metrics_file.hpp"
#include "options.hpp"
#include "output_file.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/report_observers.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

class ReportFiles {
 public:
  /// `job_of`: for --joblog. Errors: every file that cannot be opened.
  static Result<std::unique_ptr<ReportFiles>> open(const Options& options, JoblogJobOf job_of);
  ReportFiles(const ReportFiles&) = delete;
  ReportFiles& operator=(const ReportFiles&) = delete;

  void add_to(ObserverList& listeners);

  /// After the last event. Returns what could not be written: "cannot write 'run.xml': No space left on device".
  /// `state`: of a run that has no end: "running" or "killed"; empty: it has one. `seen_ns`: of such a run: how long
  /// its last session had lasted at its last event.
  std::vector<std::string> finish(std::string_view state = {}, std::int64_t seen_ns = 0);

 private:
  ReportFiles() = default;

  std::unique_ptr<OutputFile> junit_file_, joblog_file_, metrics_file_;  // null: not asked for
  std::unique_ptr<RunDocument> junit_, joblog_;                          // as above
  std::unique_ptr<MetricsReport> metrics_;
  std::optional<MetricsFile> live_metrics_;
};

}  // namespace ropewalk::cli
