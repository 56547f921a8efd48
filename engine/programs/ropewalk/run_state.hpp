#pragma once
// The current state of a run, for the messages of Ctrl-C and SIGUSR1. Written on the run's thread and read on the
// signals' thread, even while the run's thread hangs.

#include "base/mutex.hpp"
#include "report/latest_progress.hpp"
#include "report/tally.hpp"

#include <ropewalk/events.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ropewalk::cli {

class RunState final : public Observer {
 public:
  std::int64_t running() const { return running_.load(std::memory_order_relaxed); }
  /// Lines for the run, its stages with their counts, and every running task with age, progress and host, the oldest
  /// first. Running tasks are those of the last tick, at most a tenth of a second ago.
  std::string text() const;

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void tasks_waiting(std::int64_t, std::uint32_t stage, const TasksWaiting&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

 private:
  struct Stage {
    std::string name;  // empty: not started
    Tally tally;
    LatestProgress progress;
    bool ended = false;
    std::vector<TaskRunning> running;            // as of the last tick
    std::int64_t retry_in_ns = 0;                // as of the last tick, if some tasks wait for a retry
    std::map<std::uint64_t, std::string> names;  // of running tasks, by index
    std::chrono::steady_clock::time_point reported_at;
  };
  template <class Change>
  void change(std::uint32_t stage, Change&& change);

  std::atomic<std::int64_t> running_ = 0;
  const TaskItems* items_ = nullptr;  // the run's thread only; borrowed while the run lasts
  mutable Mutex mutex_;
  std::string run_id_ ROPEWALK_GUARDED_BY(mutex_);
  std::vector<Stage> stages_;  // by place in the plan; guarded by mutex_, except that the run's thread, the only
                               // writer, may read without it
};

}  // namespace ropewalk::cli
