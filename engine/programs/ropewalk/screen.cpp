#include "screen.hpp"

#include "base/style.hpp"
#include "report/sink.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace ropewalk::cli {
namespace {

bool set_and_not(const char* variable, std::string_view nothing) {
  const char* value = std::getenv(variable);
  return value != nullptr && value != nothing;
}

bool wants_color(ColorMode wish, bool terminal) {
  if (wish != ColorMode::automatic) return wish == ColorMode::always;
  if (set_and_not("NO_COLOR", "")) return false;
  if (set_and_not("CLICOLOR_FORCE", "0")) return true;
  const char* term = std::getenv("TERM");
  return terminal && term != nullptr && std::string_view(term) != "dumb";
}

bool can_move_cursor() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

/// Whether this is a background job, which must not draw on the terminal.
bool in_background() {
  const pid_t foreground = ::tcgetpgrp(STDERR_FILENO);
  return foreground > 0 && foreground != ::getpgrp();
}

}  // namespace

Screen::Screen(ColorMode wish) : terminal_(can_move_cursor()) { set_color(wish); }

void Screen::set_color(ColorMode wish) { color_ = wants_color(wish, terminal_); }

bool Screen::has_room() {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0;
}

void Screen::clear() {
  if (shown_ == 0) return;
  // The cursor is after the last line of the frame: move to its first line, and erase to the end of the screen.
  std::string text = "\r";
  if (shown_ > 1) text += "\x1b[" + std::to_string(shown_ - 1) + "A";
  text += "\x1b[J";
  FdSink(STDERR_FILENO).write(text);
  shown_ = 0;
}

void Screen::write(std::string_view text) const { FdSink(STDERR_FILENO).write(for_terminal(text, color_)); }

void Screen::mute() {
  frame({});
  muted_ = true;
}

void Screen::say(std::string_view lines) {
  const TimedMutexLock lock(mutex_);
  if (muted_) return;
  clear();
  write(lines);
}

void Screen::pass_on(std::string_view lines) {
  const TimedMutexLock lock(mutex_);
  if (muted_) return;
  clear();
  if (::isatty(STDERR_FILENO) == 1)
    write(lines);
  else
    FdSink(STDERR_FILENO).write(lines);
}

void Screen::say_if_possible(std::string_view lines) {
  if (!mutex_.try_lock_for(std::chrono::milliseconds(200))) return;
  if (!muted_ && has_room()) {
    clear();
    write(lines);
  }
  mutex_.unlock();
}

void Screen::suspend() {
  suspended_ = true;
  say_if_possible("");
}

void Screen::frame(const std::vector<std::string>& lines) {
  const TimedMutexLock lock(mutex_);
  if (!terminal_ || muted_ || suspended_ || in_background() || !has_room()) return;
  clear();
  std::string text;
  for (const std::string& each : lines) {
    if (!text.empty()) text += "\r\n";
    text += for_terminal(each, color_);
  }
  FdSink(STDERR_FILENO).write(text);
  shown_ = lines.size();
}

void Screen::line(std::string_view text) {
  const TimedMutexLock lock(mutex_);
  if (muted_ || !has_room()) return;
  clear();
  write(std::string(text) + "\n");
}

unsigned Screen::width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

unsigned Screen::height() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

}  // namespace ropewalk::cli
