#pragma once
// The user's terminal, or whatever stderr is: lines that stay, and below them a live frame that is cleared before
// anything else is written. Every word that this program says on stderr goes through it.

#include "base/mutex.hpp"
#include "options.hpp"
#include "report/progress.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

/// Any thread. Never fails: when stderr is gone (closed pipe, dead terminal) it says nothing. Progress is dropped
/// where nobody reads, everything else waits for its reader.
class Screen final : public ProgressView {
 public:
  explicit Screen(ColorMode wish);

  bool terminal() const { return terminal_; }
  bool color() const { return color_; }
  void set_color(ColorMode wish);

  /// Whole lines, with their ends. Colours are marks of base/style.hpp; anything else that a terminal would obey is
  /// shown as an escape.
  void say(std::string_view lines);
  /// What a task wrote, byte for byte where stderr is no terminal.
  void pass_on(std::string_view lines);
  /// For the thread that must never hang: says it if that is possible at once, or within a moment.
  void say_if_possible(std::string_view lines);

  /// No frame is drawn from suspend() to resume(): the shell has the terminal.
  void suspend();
  void resume() { suspended_ = false; }

  /// Nothing is said or drawn from here on: nobody is there to whom it would matter.
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
