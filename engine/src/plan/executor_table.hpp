#pragma once
// The one list of executors, of which <ropewalk/executors.hpp> has the public part. A new executor
// is a row here; how its workers are placed follows from the row (placement_of), and the contract suite runs over it.

#include <ropewalk/auto_choice.hpp>
#include <ropewalk/executors.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ropewalk {

struct PlannedStage;

/// How long a worker of this executor lasts; of an unknown one, as records of other versions may have: reused.
ExecutorKind::Worker worker_kind(std::string_view executor);
/// The same of a stage that `executor: auto` has carried out: as soon as any of its tasks had a process of its own.
ExecutorKind::Worker worker_kind(std::string_view executor, const std::optional<AutoChoice>& choice);
/// Where the workers of a stage are: the whole difference between the executors.
struct Placement {
  std::uint32_t hosts = 1;
  std::uint32_t workers_per_host = 1;
  bool thread_per_task = false;  ///< each task gets a thread of its own
  bool host_per_task = false;    ///< each task gets a host of its own
};
/// `workers` tasks at once, `per_host` of them in one host; both at least 1.
Placement placement_of(const ExecutorKind& executor, std::uint32_t workers, std::uint32_t per_host);

/// Whether tasks of the stage share a process, so that it cannot hold what is meant for one of them: a limit of CPU
/// time, a task that is not thread-safe. A thread executor with a single worker counts as several: a file means the
/// same on every machine and with every -j.
bool shares_a_process(const PlannedStage& stage);
/// Whether its tasks follow one another in a process, and nothing else runs there: then it is known which of them
/// changed it.
bool runs_in_turn(const ExecutorKind& executor, std::uint32_t per_host);

}  // namespace ropewalk
