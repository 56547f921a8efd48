// The one list of executors. A new one is a pair of files and a line here; the contract suite then runs over it.

#include "executors/process.hpp"
#include "executors/process_per_task.hpp"
#include "executors/serial.hpp"
#include "executors/thread.hpp"
#include "executors/thread_per_task.hpp"

namespace ropewalk {

std::span<const BuiltinExecutor> builtin_executors() {
  static constexpr BuiltinExecutor kAll[] = {
      {"serial", "one task after the other, in one process: what every speed-up is measured against", place_serial},
      {"thread", "a pool of threads in one process: tasks that wait", place_thread},
      {"process", "a pool of processes: tasks that compute, and plugins that may crash", place_process},
      {"thread-per-task", "a new thread for each task: the textbook way, here to be compared", place_thread_per_task},
      {"process-per-task", "a fresh process for each task: the strongest isolation", place_process_per_task},
  };
  return kAll;
}

const BuiltinExecutor* find_executor(std::string_view name) {
  for (const BuiltinExecutor& executor : builtin_executors())
    if (executor.name == name) return &executor;
  return nullptr;
}

}  // namespace ropewalk
