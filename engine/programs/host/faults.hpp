#pragma once
// Last words: when a task kills its process, the fault and exit handlers here say on the outbox of the worker that
// did it who it was, and then with what evidence: the address, an exception that nobody caught, the stack. Without
// them (SIGKILL, _exit) the engine has only suspects.
//
// Who did it is told first, in one record, and nothing after it can take it back: the evidence is gathered by a
// process in an unknown state, under a timer, and ends where it faults again.

#include "protocol/worker_lane.hpp"

#include <cstdint>
#include <memory>

namespace ropewalk::host {

/// Handlers for the fatal signals. Before the plugin is loaded, so that its own handlers win.
void install_fault_handlers();
/// In a child that is to be a host of its own.
void adopt_fault_handlers();
/// Before a zygote forks, what is dear and the same in each child: where this thread's stack lies, and another one for
/// its handlers, which a child inherits.
void prepare_stacks();
/// Handlers for exit() and quick_exit(). After the plugin is loaded, so that they run before its destructors.
void install_exit_handlers();

/// Ends the process, on a thread whose task has left it no system call, as a seccomp filter can. exit() is one.
[[noreturn]] void end_without_calls();

/// Makes this thread's faults speak for `lane`, on a stack of their own (a task may have used up its own).
class FaultScope {
 public:
  /// `only_worker`: what other threads of the process do wrong is its task's doing too.
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
