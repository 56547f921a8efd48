#pragma once
// gdb on the process that runs a task, for `ropewalk repro --gdb`. The task's host waits until a debugger is attached
// (PlannedStage::awaits_debugger). Observes on the run's thread; a thread of its own waits for gdb.

#include "screen.hpp"

#include <ropewalk/events.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <thread>

namespace ropewalk {
class Engine;
}

namespace ropewalk::cli {

/// Starts gdb in the foreground of the terminal once the task's process is known. If there is no gdb in PATH, or
/// standard input is no terminal, prints the command that attaches one, and the task waits for that. A run whose gdb
/// ends without having been attached is stopped. Does not return from run_finished() before gdb has ended.
class Debugger final : public Observer {
 public:
  /// Borrows both.
  Debugger(Engine& engine, Screen& screen);
  ~Debugger() override;
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;

  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void run_finished(std::int64_t, const RunFinished&) override;

 private:
  void begin();
  void wait_for_end(pid_t gdb);

  Engine& engine_;
  Screen& screen_;
  const std::string gdb_;  // its path; empty: it is not to be started
  pid_t host_ = 0;
  std::thread waiter_;
};

}  // namespace ropewalk::cli
