#pragma once
// Writes to stderr, a terminal or not: permanent lines, and on a terminal below them a live frame. The program writes
// to stderr only by this class.

#include "base/mutex.hpp"
#include "live_writer.hpp"
#include "options.hpp"

#include <ropewalk/progress_report.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

/// What a screen writes to.
struct ScreenDevice {
  int fd = 2;  ///< borrowed
  /// A terminal whose cursor can be moved and whose output a person watches: TERM is known, and this is no CI.
  bool live = false;
  static ScreenDevice standard_error();
};

/// Any thread. Does not fail: if stderr is closed (pipe or terminal), output is discarded. Until the first frame, and
/// where there are none, each write is done when its call returns, and waits for the reader. From the first frame to
/// settle() a thread of its own writes, and no call waits for the terminal unless very much text is waiting.
class Screen final : public ProgressView {
 public:
  explicit Screen(ColorMode wish, ScreenDevice device = ScreenDevice::standard_error());

  /// Whether frames can be shown.
  bool live() const { return device_.live; }
  bool color() const { return color_; }
  void set_color(ColorMode wish);

  /// Writes whole lines with their ends. Colors are marks of base/style.hpp. Other control characters are shown as
  /// escapes.
  void say(std::string_view lines);
  /// Writes output of a task, byte for byte unless stderr is a terminal.
  void pass_on(std::string_view lines);
  /// For the thread that must not block: writes the text only if that is possible within a short time.
  void say_if_possible(std::string_view lines);

  /// No frame is drawn from suspend() to resume(), while the shell has the terminal.
  void suspend();
  void resume() { suspended_ = false; }
  /// Before the program ends by a signal: erases the frame, if that is possible within a second.
  void leave();
  /// Erases the frame, and returns when everything is written. Before other output to the same terminal.
  void settle();

  /// Discards all further output.
  void mute();

  void frame(const std::vector<std::string>& lines) override;
  void line(std::string_view text) override;
  void message(std::string_view text) override;
  unsigned width() override { return size_of_terminal(device_.fd).columns; }
  unsigned height() override { return size_of_terminal(device_.fd).lines; }

 private:
  void clear(std::chrono::milliseconds patience);
  void write(std::string_view text) ROPEWALK_REQUIRES(mutex_);
  bool has_room() const;

  const ScreenDevice device_;
  bool color_ = false;
  std::atomic<bool> suspended_ = false;
  std::atomic<bool> muted_ = false;
  Mutex mutex_;
  bool frames_ ROPEWALK_GUARDED_BY(mutex_);                       // false: there can be none, for want of a thread
  std::optional<LiveWriter> writer_ ROPEWALK_GUARDED_BY(mutex_);  // from the first frame to settle()
};

}  // namespace ropewalk::cli
