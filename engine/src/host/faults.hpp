#pragma once
// The fault and exit handlers of a host. When a task kills its process, they publish in the outbox of its worker which
// task it was, and then the evidence: the address, an uncaught exception, the stack. Without them (SIGKILL, _exit) the
// engine has only suspects.
//
// The record that names the task comes first and stands by itself: the evidence is gathered by a process in an unknown
// state, under a timer, and ends if the process faults again.

#include "protocol/worker_lane.hpp"

#include <cstdint>
#include <memory>

namespace ropewalk::host {

/// Installs handlers for the fatal signals. Call it before the plugin is loaded, so that the plugin's handlers win.
void install_fault_handlers();
/// Call it in a forked child that becomes a host.
void adopt_fault_handlers();
/// Prepares, before a zygote forks, what is expensive and equal in each child: the place of this thread's stack, and a
/// second stack for its handlers.
void prepare_stacks();
/// Installs handlers for exit() and quick_exit(). Call it after the plugin is loaded, so that they run before its
/// destructors.
void install_exit_handlers();

/// Ends the process without a system call, on a thread whose task has blocked them all with a seccomp filter.
[[noreturn]] void end_without_calls();

/// Publishes faults of this thread in `lane`. The handlers have their own stack, because a task may overflow its stack.
class FaultScope {
 public:
  /// `only_worker`: faults of other threads of the process are attributed to its task too.
  FaultScope(board::WorkerLane& lane, bool only_worker);
  ~FaultScope();
  FaultScope(const FaultScope&) = delete;
  FaultScope& operator=(const FaultScope&) = delete;

  static void running(std::uint64_t task, std::uint32_t attempt);
  static void idle();

 private:
  std::unique_ptr<std::byte[]> stack_;
};

}  // namespace ropewalk::host
