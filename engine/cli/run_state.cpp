#include "run_state.hpp"

#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::cli {

void RunState::run_started(std::int64_t, const RunStarted& event) {
  const std::lock_guard lock(mutex_);
  run_id_ = event.run_id;
}

void RunState::stage_started(std::int64_t, const StageStarted& event) {
  const std::lock_guard lock(mutex_);
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage].name = event.name;
  stages_[event.stage].tasks = event.tasks;
}

void RunState::stage_listed(std::int64_t, const StageListed& event) {
  const std::lock_guard lock(mutex_);
  if (event.stage < stages_.size()) stages_[event.stage].tasks = event.tasks;
}

void RunState::tasks_started(std::int64_t, std::uint32_t number, std::span<const TaskStarted> tasks) {
  const auto first = std::count_if(tasks.begin(), tasks.end(), [](const TaskStarted& task) { return task.attempt <= 1; });
  running_.fetch_add(first, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (number < stages_.size()) stages_[number].begun += static_cast<std::uint64_t>(first);
}

void RunState::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  std::int64_t ran = 0;
  std::uint64_t done = 0, failed = 0;
  for (const TaskFinished& task : tasks) {
    ran += task.last && task.attempt != 0;
    done += task.last;
    failed += task.last && is_failure(task.outcome);
  }
  running_.fetch_sub(ran, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (number < stages_.size()) stages_[number].done += done, stages_[number].failed += failed;
}

void RunState::tasks_running(std::int64_t, std::uint32_t number, std::span<const TaskRunning> tasks) {
  const std::lock_guard lock(mutex_);
  if (number >= stages_.size()) return;
  stages_[number].running.assign(tasks.begin(), tasks.end());
  stages_[number].told_at = std::chrono::steady_clock::now();
}

void RunState::stage_finished(std::int64_t, const StageFinished& event) {
  const std::lock_guard lock(mutex_);
  if (event.stage >= stages_.size()) return;
  stages_[event.stage].ended = true;
  stages_[event.stage].running.clear();
}

std::string RunState::text() const {
  const std::lock_guard lock(mutex_);
  if (run_id_.empty()) return "ropewalk: nothing runs yet\n";
  std::string out = fmt::format("ropewalk: run {}, {}\n", run_id_, counted(static_cast<std::uint64_t>(std::max<std::int64_t>(0, running())), "running task"));
  const auto now = std::chrono::steady_clock::now();
  for (const Stage& stage : stages_) {
    if (stage.name.empty()) continue;
    fmt::format_to(std::back_inserter(out), "  stage {}: {}{} done, {} failed{}\n", stage.name, grouped(stage.done),
                   stage.tasks == 0 ? "" : "/" + grouped(stage.tasks), grouped(stage.failed), stage.ended ? ", ended" : "");
    std::vector<TaskRunning> running = stage.running;
    std::sort(running.begin(), running.end(), [](const TaskRunning& a, const TaskRunning& b) { return a.running_ns > b.running_ns; });
    const std::chrono::duration<double> since = now - stage.told_at;
    for (const TaskRunning& task : running)
      fmt::format_to(std::back_inserter(out), "    {}/{} attempt {}, running for {}, host {}, worker {}\n", stage.name, task.index, task.attempt,
                     duration_text(static_cast<double>(task.running_ns) / 1e9 + since.count()), task.host, task.worker);
  }
  return out;
}

}  // namespace ropewalk::cli
