#pragma once
// A run that takes no thread: it goes on in step(), from the event loop of your program.

#include <ropewalk/error.hpp>
#include <ropewalk/run_result.hpp>

#include <memory>

namespace ropewalk {

class ActiveRun;

/// What Engine::start() returns. Its plan and its observer must outlive it. If its engine ends first, its tasks are
/// killed, and wait() still returns the result. Use it on the thread that uses
/// its engine; observers are called during step() and wait(). A run that has been moved from can only be destroyed.
class Run {
 public:
  /// Takes the run over. The other one can only be destroyed.
  Run(Run&& other) noexcept;
  Run& operator=(Run&&) = delete;
  /// If the run has not ended, its tasks are killed first; the rest of its events still reaches the observer.
  ~Run();

  /// A descriptor that is readable when step() has something to do, and after the end of the run. It belongs to the
  /// run: poll it, and do not read or close it. R403: the program has no descriptor left.
  Result<int> fd();
  /// Does what can be done now, without waiting for tasks, in about the time of their ends since the last step. True:
  /// the run goes on. False: it has ended, and wait() returns its result at once. R402: wait() has returned it.
  Result<bool> step();
  /// Goes on to the end of the run, waiting for its tasks, and returns its result. R402: it has returned it before.
  Result<RunResult> wait();

 private:
  friend class Engine;
  explicit Run(std::unique_ptr<ActiveRun> active);

  std::unique_ptr<ActiveRun> active_;  // null: wait() has returned
};

}  // namespace ropewalk
