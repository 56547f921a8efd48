#pragma once
// Writes to stderr, a terminal or not: permanent lines, and below them a live frame that is cleared before other
// output. The program writes to stderr only by this class.

#include "base/mutex.hpp"
#include "options.hpp"
#include "report/progress.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

/// Any thread. Does not fail: if stderr is closed (pipe or terminal), output is discarded. If the reader is slow,
/// progress is dropped and everything else waits.
class Screen final : public ProgressView {
 public:
  explicit Screen(ColorMode wish);

  bool terminal() const { return terminal_; }
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

  /// Discards all further output.
  void mute();

  void frame(const std::vector<std::string>& lines) override;
  void line(std::string_view text) override;
  unsigned width() override;
  unsigned height() override;

 private:
  void clear() ROPEWALK_REQUIRES(mutex_);
  void write(std::string_view text) const;
  static bool has_room();

  const bool terminal_;
  bool color_ = false;
  std::atomic<bool> suspended_ = false;
  std::atomic<bool> muted_ = false;
  TimedMutex mutex_;
  std::size_t shown_ ROPEWALK_GUARDED_BY(mutex_) = 0;  // lines of the frame
};

}  // namespace ropewalk::cli
