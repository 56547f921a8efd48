#pragma once
// What could not be kept of what the tasks of a stage said, and what they left behind: counted while the stage runs,
// reported as warnings when it ends. On the engine's thread.

#include "executors/executor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

struct LossCounts {
  std::uint64_t dropped_logs = 0;   ///< lines
  std::uint64_t cut_log_bytes = 0;  ///< of lines that were too long
  std::uint64_t printed_bytes = 0;  ///< printed and kept, of hosts that share their output
  std::uint64_t unkept_bytes = 0;   ///< printed and not kept
  std::uint64_t unkept_tasks = 0;   ///< that printed more at once than is kept
  std::uint64_t left_behind = 0;    ///< processes
  std::uint64_t open_failures = 0;  ///< tasks whose type could not be opened
  std::uint64_t late_calls = 0;     ///< of functions of the host, after the end of the task
  std::string late_function = {};   ///< one of those

  /// A warning for each count.
  void report(std::string_view stage, ExecutorListener& listener) const;
};

}  // namespace ropewalk
