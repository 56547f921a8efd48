#pragma once
// What Ctrl-C and kill do. One thread waits for SIGINT, SIGTERM and SIGHUP; all other threads have them blocked.

#include "screen.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace ropewalk::cli {

/// While a run is attached: the first signal asks it to stop, the second ends its tasks, the third leaves at once.
/// While none is: the first signal ends the program.
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

  /// `stop(1)` asks, `stop(2)` kills; called on the signals' thread. `running` is for the message.
  void attach(std::function<void(int)> stop, const std::atomic<std::int64_t>& running);
  void detach();
  /// The first signal since attach(), 0: none.
  int received() const { return received_.load(); }

 private:
  void wait();

  Screen& screen_;
  std::mutex mutex_;
  std::function<void(int)> stop_;                          // guarded by mutex_
  const std::atomic<std::int64_t>* running_ = nullptr;     // guarded by mutex_
  int count_ = 0;                                          // signals' thread only
  std::atomic<int> received_ = 0;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace ropewalk::cli
