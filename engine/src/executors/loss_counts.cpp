#include "executors/loss_counts.hpp"

#include <fmt/format.h>

namespace ropewalk {

void LossCounts::report(std::string_view stage, ExecutorListener& listener) const {
  const auto warn = [&](std::uint64_t count, std::string_view one, std::string_view many, std::string_view what) {
    if (count != 0) listener.warning(fmt::format("stage '{}': {} {} {}", stage, count, count == 1 ? one : many, what));
  };
  warn(dropped_logs, "log line was", "log lines were", "dropped: its tasks log faster than the engine reads");
  warn(cut_log_bytes, "byte", "bytes", "of log lines beyond 1 KiB were not kept");
  warn(unkept_bytes, "byte", "bytes", "that its tasks printed were not kept (limits.output)");
  warn(unkept_tasks, "task", "tasks", "printed more at once than is kept; a larger limits.output keeps more");
  warn(open_failures, "task", "tasks", "failed because open() of the task type failed");
  warn(late_calls, "call", "calls",
       fmt::format("of functions of the host, such as {}(), came after the end of their tasks and had no effect",
                   late_function));
  warn(left_behind, "process", "processes", "that its tasks left running were killed");
}

}  // namespace ropewalk
