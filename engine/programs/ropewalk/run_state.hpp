#pragma once
// What a run is doing at this moment, for Ctrl-C's message and for who asks with SIGUSR1. Told on the run's thread;
// asked on the signals' thread, also while the run's thread hangs.

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
  /// Lines: the run, its stages with their counts, every running task with its age, its progress and its host, longest
  /// first. What runs is known as of the last tick, a tenth of a second ago at most.
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
    std::vector<TaskRunning> running;            // when told
    std::int64_t retry_in_ns = 0;                // when told, if some wait for that
    std::map<std::uint64_t, std::string> names;  // of those that run, by index
    std::chrono::steady_clock::time_point reported_at;
  };
  template <class Change>
  void change(std::uint32_t stage, Change&& change);

  std::atomic<std::int64_t> running_ = 0;
  const TaskItems* items_ = nullptr;  // the run's thread only; borrowed while the run lasts
  mutable Mutex mutex_;
  std::string run_id_ ROPEWALK_GUARDED_BY(mutex_);
  std::vector<Stage>
      stages_;  // by place in the plan; guarded by mutex_, but the run's thread, which alone writes, may read without
};

}  // namespace ropewalk::cli
