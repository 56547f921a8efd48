#pragma once
// The executors: their names, and what each can do. Constant data; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// One executor: how the tasks of a stage are carried out.
struct ExecutorKind {
  /// How long a worker lasts.
  enum class Worker : std::uint8_t {
    reused,          ///< for many tasks
    thread_a_task,   ///< each task has a thread of its own
    process_a_task,  ///< each task has a process of its own
  };

  std::string_view name;           ///< as workflows and PlanOptions::executors write it
  std::string_view summary;        ///< what it is for, in a line
  Worker worker = Worker::reused;  ///< how long its workers last
  bool parallel = true;            ///< runs several tasks at once; else it has one worker, whatever `workers` says
  bool threads = false;            ///< its workers share a process unless `per_host` says less; else each has its own
  bool takes_per_host = false;     ///< `per_host` says how many of its workers share a process
  bool chooses = false;            ///< carries out a stage as one of the others, which it chooses while tasks run
};

/// Returns all of them, in the order of the documents. Static.
std::span<const ExecutorKind> executor_kinds();
/// Returns null if there is none of that name.
const ExecutorKind* find_executor(std::string_view name);
/// Returns their names, ordered by what tasks share: one worker, then threads, then processes, then what
/// chooses among them.
const std::vector<std::string>& executor_names();

}  // namespace ropewalk
