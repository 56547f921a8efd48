#pragma once
// Handles the signals of Ctrl-C, Ctrl-Z and kill. One thread waits for them; they are blocked in all other threads.

#include "run_state.hpp"
#include "screen.hpp"

#include "base/fd.hpp"
#include "base/mutex.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace ropewalk {
class Engine;
struct Plan;
}  // namespace ropewalk

namespace ropewalk::cli {

/// While a run is attached, the first SIGINT, SIGTERM or SIGHUP requests it to stop, the second kills its tasks, and
/// the third ends the program at once, as the first does if no run is attached. SIGTERM and SIGHUP also set a deadline.
/// Every other signal that would end the program (SIGUSR2, SIGXCPU, SIGALRM, ...) requests the run to stop, however
/// often it arrives. Signals that the parent ignored stay ignored. SIGTSTP stops the hosts with the program. SIGUSR1
/// prints what runs; SIGQUIT does the same and ends the program.
class Signals {
 public:
  /// Resets signals that the parent ignored or blocked. Call it first in main, before any thread.
  static void prepare();
  /// Ends the program by this signal, as if it were not handled.
  [[noreturn]] static void end_by(int signal);

  explicit Signals(Screen& screen);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Borrows the engine and the state until detach(). Stages of the plan with `finally` follow a stop, within a grace
  /// period of their own.
  void attach(Engine& engine, const RunState& state, const Plan& plan);
  /// The run has ended, and its results are being written. Until detach(), only the third signal interrupts that.
  void run_ended();
  void detach();
  /// The first signal since attach(); 0: none.
  int received() const { return received_.load(); }

 private:
  using Clock = std::chrono::steady_clock;
  void wait();
  int next();
  void take(int signal);
  void stop(int signal);
  void suspend();
  void say_state();
  [[noreturn]] void end_now(int signal);

  Screen& screen_;
  const Fd arrived_;  // readable while a signal is pending
  Mutex mutex_;
  Engine* engine_ ROPEWALK_GUARDED_BY(mutex_) = nullptr;
  const RunState* state_ ROPEWALK_GUARDED_BY(mutex_) = nullptr;
  bool writing_ ROPEWALK_GUARDED_BY(mutex_) = false;
  bool has_last_ ROPEWALK_GUARDED_BY(mutex_) = false;
  std::atomic<int> received_ = 0;
  std::atomic<bool> ending_ = false;
  // The signals' thread only.
  int count_ = 0;
  Clock::time_point last_, said_;
  std::optional<Clock::time_point> leave_at_;
  std::thread thread_;
};

}  // namespace ropewalk::cli
