#pragma once
// Interrupts Python code whose task was requested to stop. Each worker has a thread that waits for requests: on the
// first thread of the process it sends a signal, whose handler in Python raises ropewalk.Cancelled, also out of
// time.sleep() and lock.acquire(). On other threads the interpreter raises it between two instructions. An attempt is
// interrupted once, so that its `finally` blocks run in peace.

#include "python.hpp"

#include "host/call.hpp"

#include <atomic>
#include <cstdint>
#include <pthread.h>

namespace ropewalk::python {

/// The attempt that runs on a worker, as others see it.
struct Running {
  explicit Running(const board::WorkerLane& lane) : lane(lane) {}

  const board::WorkerLane& lane;
  std::atomic<std::uint64_t> item = 0;    ///< of the lane; 0: no Python code of a task runs
  std::atomic<std::uint64_t> raised = 0;  ///< the item in which Cancelled was raised
  std::atomic<std::uint64_t> ended = 0;   ///< the last item that is over
  std::atomic<bool> first_thread = false;
  std::atomic<unsigned long> thread = 0;  ///< as Python calls it
  bool is_watched = false;
};

/// Of the worker that runs on this thread.
Running& running_here(const host::Call& call);

/// Marks the time in which requests interrupt this thread. With the lock of the interpreter.
class Interruptible {
 public:
  Interruptible(const host::Call& call, bool wanted);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  /// Whether the task was requested to stop.
  bool is_stopping() const;
  /// No request interrupts any more: what follows is not the task's code.
  void end();

 private:
  Running& running_;
  const std::uint64_t item_;
  bool active_;
};

/// Installs the handler. Once, on the first thread. False: an exception is set.
bool prepare_interrupts(PyObject* cancelled_type);

}  // namespace ropewalk::python
