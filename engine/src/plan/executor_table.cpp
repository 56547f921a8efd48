#include "plan/executor_table.hpp"

#include <ropewalk/plan.hpp>

#include <algorithm>

namespace ropewalk {
namespace {

using Worker = ExecutorKind::Worker;

constexpr ExecutorKind kExecutors[] = {
    {.name = "serial",
     .summary = "one task after the other, in one process: what every speed-up is measured against",
     .parallel = false},
    {.name = "thread",
     .summary = "a pool of threads in one process: tasks that wait",
     .threads = true,
     .takes_per_host = true},
    {.name = "process",
     .summary = "a pool of processes: tasks that compute, and plugins that may crash",
     .takes_per_host = true},
    {.name = "thread-per-task",
     .summary = "a new thread for each task: the textbook way, here to be compared",
     .worker = Worker::thread_a_task,
     .threads = true,
     .takes_per_host = true},
    {.name = "process-per-task",
     .summary = "a fresh process for each task: the strongest isolation",
     .worker = Worker::process_a_task},
    {.name = "auto",
     .summary = "tries threads and processes on the first tasks, and takes what is faster",
     .chooses = true},
};

/// What its tasks share, from all to nothing; then what chooses among the others.
int family(const ExecutorKind& executor) {
  return executor.chooses ? 3 : !executor.parallel ? 0 : executor.threads ? 1 : 2;
}

}  // namespace

std::span<const ExecutorKind> executor_kinds() { return kExecutors; }

const ExecutorKind* find_executor(std::string_view name) {
  for (const ExecutorKind& executor : kExecutors)
    if (executor.name == name) return &executor;
  return nullptr;
}

ExecutorKind::Worker worker_kind(std::string_view executor) {
  const ExecutorKind* kind = find_executor(executor);
  return kind == nullptr ? Worker::reused : kind->worker;
}

ExecutorKind::Worker worker_kind(std::string_view executor, const std::optional<AutoChoice>& choice) {
  if (!choice) return worker_kind(executor);
  Worker kind = worker_kind(choice->executor);
  for (const ModeEvidence& mode : choice->modes)
    if (worker_kind(mode.executor) == Worker::process_a_task) kind = Worker::process_a_task;
  return kind;
}

const std::vector<std::string>& executor_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<ExecutorKind> sorted(std::begin(kExecutors), std::end(kExecutors));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const ExecutorKind& a, const ExecutorKind& b) { return family(a) < family(b); });
    std::vector<std::string> names;
    for (const ExecutorKind& executor : sorted) names.emplace_back(executor.name);
    return names;
  }();
  return kNames;
}

Placement placement_of(const ExecutorKind& executor, std::uint32_t workers, std::uint32_t per_host) {
  if (!executor.parallel) workers = 1;
  if (!executor.takes_per_host) per_host = 1;
  return {.hosts = (workers + per_host - 1) / per_host,
          .workers_per_host = per_host,
          .thread_per_task = executor.worker == Worker::thread_a_task,
          .host_per_task = executor.worker == Worker::process_a_task};
}

bool shares_a_process(const PlannedStage& stage) {
  const ExecutorKind* executor = find_executor(stage.executor);
  return stage.per_host > 1 || (executor != nullptr && executor->threads && stage.workers == 1);
}

bool runs_in_turn(const ExecutorKind& executor, std::uint32_t per_host) {
  return !executor.threads && !executor.chooses && executor.worker == Worker::reused && per_host == 1;
}

}  // namespace ropewalk
