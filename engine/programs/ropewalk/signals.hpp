#pragma once
// What Ctrl-C, Ctrl-Z and kill do. One thread waits for these signals; all other threads have them blocked.

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
}

namespace ropewalk::cli {

/// SIGINT, SIGTERM and SIGHUP while a run is attached: the first asks it to stop, the second ends its tasks, the third
/// leaves at once, as the first does while none is. After SIGTERM or SIGHUP there is a last moment too.
/// Every other signal that would end the program (SIGUSR2, SIGXCPU, SIGALRM, ...) asks the run to stop too, however
/// often it comes. One that the parent ignored is ignored. SIGTSTP stops the hosts with the program. SIGUSR1 says what
/// runs; SIGQUIT too, and ends.
class Signals {
 public:
  /// Called first thing in main, before any thread: whatever the parent ignored or blocked is as it should be.
  static void prepare();
  /// Ends the program by this signal, as if it had never been handled.
  [[noreturn]] static void end_by(int signal);

  explicit Signals(Screen& screen);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Borrows both until detach().
  void attach(Engine& engine, const RunState& state);
  /// The engine is not needed any more, but what the run has given is not written yet: until detach() that is not cut
  /// off before the third signal either.
  void run_ended();
  void detach();
  /// As if it had come: the program ends by it, unless another one was first. Any thread.
  void take(int signal);
  /// The first signal since attach(), 0: none.
  int received() const { return received_.load(); }

 private:
  using Clock = std::chrono::steady_clock;
  void wait();
  int next();
  void stop(int signal);
  void suspend();
  void say_state();

  Screen& screen_;
  const Fd arrived_;  // readable while a signal is pending
  Mutex mutex_;
  Engine* engine_ ROPEWALK_GUARDED_BY(mutex_) = nullptr;
  const RunState* state_ ROPEWALK_GUARDED_BY(mutex_) = nullptr;
  bool writing_ ROPEWALK_GUARDED_BY(mutex_) = false;
  std::atomic<int> received_ = 0;
  std::atomic<bool> ending_ = false;
  // The signals' thread only.
  int count_ = 0;
  Clock::time_point last_, said_;
  std::optional<Clock::time_point> leave_at_;
  std::thread thread_;
};

}  // namespace ropewalk::cli
