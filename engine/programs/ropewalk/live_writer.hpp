#pragma once
// Writes a LiveOutput to a terminal on a thread of its own, so that a run never waits for a terminal that is slow or
// stopped (Ctrl-S). Frames that the terminal has no time for are dropped; text is not.

#include "live_output.hpp"

#include "base/mutex.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ropewalk::cli {

/// Any thread. One object at a time in a process. Errors of the terminal discard all further output.
class LiveWriter {
 public:
  static constexpr std::size_t kMaxWaitingBytes = 16 << 20;  ///< of text; add() waits at more

  /// Borrows the descriptor.
  explicit LiveWriter(int fd);
  /// Erases the frame, and waits until everything is written.
  ~LiveWriter();
  LiveWriter(const LiveWriter&) = delete;
  LiveWriter& operator=(const LiveWriter&) = delete;

  void add(std::string_view text);
  /// The same without waiting.
  void add_now(std::string_view text);
  void show(std::vector<std::string> lines);
  /// Erases the frame, and waits at most this long until everything is written.
  void clear(std::chrono::milliseconds patience);

 private:
  void run();
  void take_note() ROPEWALK_REQUIRES(mutex_);

  const int fd_;
  Mutex mutex_;
  ConditionVariable changed_, written_;
  LiveOutput output_ ROPEWALK_GUARDED_BY(mutex_);
  bool writing_ ROPEWALK_GUARDED_BY(mutex_) = false;
  bool ending_ ROPEWALK_GUARDED_BY(mutex_) = false;
  bool gone_ ROPEWALK_GUARDED_BY(mutex_) = false;  // the terminal
  std::thread thread_;
};

/// For a handler of a crash signal: waits a fifth of a second for the text that is waiting, then erases the frame of
/// the process's LiveWriter if one is shown, so that a report does not mix with it.
void leave_frame_after_crash();

/// 80 and 24 if it is not known.
TerminalSize size_of_terminal(int fd);

}  // namespace ropewalk::cli
