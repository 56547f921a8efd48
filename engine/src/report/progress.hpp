#pragma once
// Shows the progress of a run. On a terminal: a line for each running stage, then the longest-running tasks, redrawn at
// most ten times a second. Elsewhere: a plain line when a stage starts, when it ends, every ten seconds, and when a
// task is slow. Failures are printed by LiveFailures.

#include "report/completion_rate.hpp"
#include "report/latest_progress.hpp"
#include "report/stage_lines.hpp"
#include "report/tally.hpp"
#include "report/task_lines.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/progress_report.hpp>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {

/// Called on the run's thread. Keeps a few counters for each stage, and its longest-running tasks.
class Progress final : public Observer {
 public:
  using Style = ProgressStyle;
  Progress(ProgressView& view, Style style) : view_(view), style_(style) {}

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_slow(std::int64_t, std::uint32_t stage, const TaskSlow&) override;
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void tasks_waiting(std::int64_t, std::uint32_t stage, const TasksWaiting&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  void tick(std::int64_t) override;

 private:
  struct Stage {
    std::string name, executor;
    std::uint32_t workers = 1;
    bool running = false;
    Tally tally = {};
    LatestProgress progress = {};
    CompletionRate rate = {};
    std::uint64_t running_now = 0;  // as of the last tick
    std::int64_t began_ns = 0;
    std::vector<TaskRunning> longest = {};  // the tasks that may get their own line, the longest first
    std::set<std::pair<std::uint64_t, std::uint32_t>> slow = {};  // slow attempts
  };
  struct LongTask {
    std::uint32_t stage;
    TaskRunning task;
  };
  std::string name_of(std::uint32_t stage, std::uint64_t index) const;
  std::vector<StageRow> rows(std::int64_t t_ns) const;
  std::vector<LongTask> longest(std::size_t most) const;
  TaskRow task_row(const LongTask& task) const;
  void draw(std::int64_t t_ns);
  void print_rest(std::int64_t t_ns);

  ProgressView& view_;
  const Style style_;
  const TaskItems* items_ = nullptr;  // borrowed while the run lasts
  std::vector<Stage> stages_;
  std::int64_t drawn_ns_ = -1'000'000'000, printed_ns_ = 0;
};

}  // namespace ropewalk
