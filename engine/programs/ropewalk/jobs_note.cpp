#include "jobs_note.hpp"

#include "report/numbers.hpp"

#include <ropewalk/executors.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {

void JobsNote::stage_started(std::int64_t, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  const ExecutorKind* executor = find_executor(event.executor);
  stages_[event.stage] = {.name = std::string(event.name),
                          .serial = executor != nullptr && !executor->parallel,
                          .running = true,
                          .workers = event.workers,
                          .tally = {.tasks = event.tasks}};
}

void JobsNote::stage_listed(std::int64_t, const StageListed& event) {
  if (event.stage < stages_.size()) stages_[event.stage].tally.tasks = event.tasks;
}

void JobsNote::tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  if (!said_ && stage < stages_.size()) stages_[stage].tally.finished(tasks);
}

void JobsNote::tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning> tasks) {
  if (stage < stages_.size()) stages_[stage].busy = tasks.size();
}

void JobsNote::stage_finished(std::int64_t, const StageFinished& event) {
  if (event.stage < stages_.size()) stages_[event.stage].running = false;
}

/// By the first tick, every stage that can run now has started.
void JobsNote::tick(std::int64_t) {
  if (said_) return;
  std::uint64_t allowed = 0;
  for (const Stage& stage : stages_) allowed += stage.running ? stage.workers : 0;
  if (allowed >= jobs_) return;
  for (const Stage& stage : stages_) {
    if (!stage.running || stage.busy < stage.workers || stage.tally.left() <= stage.workers) continue;
    said_ = true;
    return say_(note_on(stage));
  }
}

std::string JobsNote::note_on(const Stage& stage) const {
  const std::string begin = fmt::format("ropewalk: note: -j {} has no effect on stage '{}': ", jobs_, stage.name);
  if (stage.serial)
    return begin +
           fmt::format("its executor is serial; '--executor {}=process' runs several tasks at a time\n", stage.name);
  return begin + fmt::format(
                     "it runs {} at a time, as its 'workers' allows (default: one per core); set 'workers: {}' in the "
                     "stage or in 'defaults'\n",
                     counted(stage.workers, "task"), jobs_);
}

}  // namespace ropewalk::cli
