#include "run_state.hpp"

#include "values/shown_value.hpp"
#include "events/task_name.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::cli {

void RunState::run_started(std::int64_t, const RunStarted& event) {
  items_ = event.items;
  const MutexLock lock(mutex_);
  run_id_ = event.run_id;
}

void RunState::stage_started(std::int64_t, const StageStarted& event) {
  const MutexLock lock(mutex_);
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage].name = event.name;
  stages_[event.stage].tally.tasks = event.tasks;
}

void RunState::stage_listed(std::int64_t, const StageListed& event) {
  const MutexLock lock(mutex_);
  if (event.stage < stages_.size()) stages_[event.stage].tally.tasks = event.tasks;
}

void RunState::tasks_started(std::int64_t, std::uint32_t number, std::span<const TaskStarted> tasks) {
  change(number, [&](Tally& tally) { tally.started(tasks); });
}

void RunState::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  change(number, [&](Tally& tally) { tally.finished(tasks); });
  const MutexLock lock(mutex_);
  if (number < stages_.size()) stages_[number].progress.finished(tasks);
}

void RunState::task_progress(std::int64_t, std::uint32_t number, const TaskProgress& task) {
  const MutexLock lock(mutex_);
  if (number < stages_.size()) stages_[number].progress.reported(task);
}

template <class Change>
void RunState::change(std::uint32_t number, Change&& change) {
  const MutexLock lock(mutex_);
  if (number >= stages_.size()) return;
  Tally& tally = stages_[number].tally;
  const std::uint64_t before = tally.running();
  change(tally);
  running_.fetch_add(static_cast<std::int64_t>(tally.running()) - static_cast<std::int64_t>(before),
                     std::memory_order_relaxed);
}

void RunState::tasks_running(std::int64_t, std::uint32_t number, std::span<const TaskRunning> tasks) {
  if (number >= stages_.size()) return;
  Stage& stage = stages_[number];
  // Only this thread writes to stages. It reads items without the lock, because reading a file may block.
  std::map<std::uint64_t, std::string> names;
  for (const TaskRunning& task : tasks) {
    const auto known = stage.names.find(task.index);
    names.emplace(task.index, known != stage.names.end()
                                  ? known->second
                                  : task_name(stage.name, task.index,
                                              shown(items_ ? items_->item_of(number, task.index) : std::nullopt)));
  }
  const MutexLock lock(mutex_);
  stage.names = std::move(names);
  stage.running.assign(tasks.begin(), tasks.end());
  stage.reported_at = std::chrono::steady_clock::now();
}

void RunState::tasks_waiting(std::int64_t, std::uint32_t number, const TasksWaiting& event) {
  change(number, [&](Tally& tally) { tally.waiting = event.count; });
  const MutexLock lock(mutex_);
  if (number < stages_.size()) stages_[number].retry_in_ns = event.next_in_ns;
}

void RunState::stage_finished(std::int64_t, const StageFinished& event) {
  const MutexLock lock(mutex_);
  if (event.stage >= stages_.size()) return;
  stages_[event.stage].ended = true;
  stages_[event.stage].running.clear();
  stages_[event.stage].tally.waiting = 0;
  stages_[event.stage].names.clear();
  stages_[event.stage].progress.clear();
}

void RunState::run_finished(std::int64_t, const RunFinished&) { items_ = nullptr; }

std::string RunState::text() const {
  const MutexLock lock(mutex_);
  if (run_id_.empty()) return "ropewalk: nothing runs yet\n";
  std::string out =
      fmt::format("ropewalk: run {}, {}\n", run_id_,
                  counted(static_cast<std::uint64_t>(std::max<std::int64_t>(0, running())), "running task"));
  const auto now = std::chrono::steady_clock::now();
  for (const Stage& stage : stages_) {
    if (stage.name.empty()) continue;
    const std::chrono::duration<double> since = now - stage.reported_at;
    const std::string next =
        stage.tally.waiting == 0
            ? ""
            : fmt::format(" (the next in {})",
                          duration_text(std::max(static_cast<double>(stage.retry_in_ns) / 1e9 - since.count(), 0.0)));
    fmt::format_to(std::back_inserter(out), "  stage {}: {}{}{}{}\n", stage.name, stage.tally.done_text(),
                   stage.tally.rest_text(), next, stage.ended ? ", ended" : "");
    std::vector<TaskRunning> running = stage.running;
    std::sort(running.begin(), running.end(),
              [](const TaskRunning& a, const TaskRunning& b) { return a.running_ns > b.running_ns; });
    for (const TaskRunning& task : running)
      fmt::format_to(std::back_inserter(out), "    {} attempt {}, running for {}, host {}, worker {}{}\n",
                     stage.names.at(task.index), task.attempt,
                     duration_text(static_cast<double>(task.running_ns) / 1e9 + since.count()), task.host, task.worker,
                     stage.progress.text(task.index, task.attempt));
  }
  return out;
}

}  // namespace ropewalk::cli
