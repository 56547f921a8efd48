#pragma once
// Prints failures while the run lasts, as the summary repeats them: the first twenty as they happen, then, every ten
// seconds at most, how many more there are. On GitHub Actions each of these twenty is also an annotation.

#include "report/github.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/progress_report.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// Called on the run's thread. Failed attempts that are retried are no failures.
class LiveFailures final : public Observer {
 public:
  using Style = FailureReportStyle;
  LiveFailures(ProgressView& view, Style style) : view_(view), style_(std::move(style)) {}

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  void tick(std::int64_t) override;

 private:
  void task_failed(std::uint32_t stage, const TaskFinished& task);
  void print(std::uint32_t stage, const std::string& line, const std::string& annotation);
  void print_count();

  ProgressView& view_;
  const Style style_;
  const TaskItems* items_ = nullptr;                    // borrowed while the run lasts
  std::vector<std::string> stages_;                     // names
  std::uint64_t printed_ = 0, more_ = 0, counted_ = 0;  // `more_`: not printed; `counted_`: of them, in a line
  std::int64_t counted_ns_ = 0;
};

}  // namespace ropewalk
