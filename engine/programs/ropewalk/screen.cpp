#include "screen.hpp"

#include "base/style.hpp"

#include <ropewalk/sink.hpp>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace ropewalk::cli {
namespace {

constexpr std::chrono::milliseconds kShortTime{200}, kLongTime{1000};

bool set_and_not(const char* variable, std::string_view nothing) {
  const char* value = std::getenv(variable);
  return value != nullptr && value != nothing;
}

/// A program that collects output for people who read it later, whether or not it has made a terminal for that.
bool is_ci() {
  const char* value = std::getenv("CI");
  const std::string_view ci = value == nullptr ? "" : value;
  return (!ci.empty() && ci != "0" && ci != "false") || set_and_not("GITHUB_ACTIONS", "");
}

bool wants_color(ColorMode wish, bool live) {
  if (wish != ColorMode::automatic) return wish == ColorMode::always;
  if (set_and_not("NO_COLOR", "")) return false;
  if (set_and_not("CLICOLOR_FORCE", "0")) return true;
  return live;
}

/// Not std::timed_mutex: ThreadSanitizer does not see that it is locked. The mutex is rarely held by another thread.
bool lock_within(Mutex& mutex, std::chrono::milliseconds patience) ROPEWALK_TRY_ACQUIRE(true, mutex) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!mutex.try_lock()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Whether this is a background job, which must not draw on the terminal.
bool in_background(int fd) {
  const pid_t foreground = ::tcgetpgrp(fd);
  return foreground > 0 && foreground != ::getpgrp();
}

}  // namespace

ScreenDevice ScreenDevice::standard_error() {
  const char* term = std::getenv("TERM");
  const bool moves = term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
  return {.fd = STDERR_FILENO, .live = ::isatty(STDERR_FILENO) == 1 && moves && !is_ci()};
}

Screen::Screen(ColorMode wish, ScreenDevice device) : device_(device), frames_(device.live) { set_color(wish); }

void Screen::set_color(ColorMode wish) { color_ = wants_color(wish, device_.live); }

bool Screen::has_room() const {
  pollfd room{device_.fd, POLLOUT, 0};
  return ::poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0;
}

void Screen::write(std::string_view text) {
  if (writer_)
    writer_->add(text);
  else
    FdSink(device_.fd).write(text);
}

void Screen::mute() {
  frame({});
  muted_ = true;
}

void Screen::say(std::string_view lines) {
  const MutexLock lock(mutex_);
  if (!muted_) write(for_terminal(lines, color_));
}

void Screen::message(std::string_view text) { say(std::string(text) + "\n"); }

void Screen::pass_on(std::string_view lines) {
  const MutexLock lock(mutex_);
  if (muted_) return;
  if (::isatty(device_.fd) == 1)
    write(for_terminal(lines, color_));
  else
    write(lines);
}

void Screen::say_if_possible(std::string_view lines) {
  if (!lock_within(mutex_, kShortTime)) return;
  const std::string text = for_terminal(lines, color_);
  if (!muted_ && writer_)
    writer_->add_now(text);
  else if (!muted_ && has_room())
    FdSink(device_.fd).write(text);
  mutex_.unlock();
}

void Screen::suspend() {
  suspended_ = true;
  clear(kShortTime);
}

void Screen::leave() { clear(kLongTime); }

void Screen::clear(std::chrono::milliseconds patience) {
  if (!lock_within(mutex_, patience)) return;
  if (writer_) writer_->clear(patience);
  mutex_.unlock();
}

void Screen::settle() {
  const MutexLock lock(mutex_);
  writer_.reset();
}

void Screen::frame(const std::vector<std::string>& lines) {
  const MutexLock lock(mutex_);
  if (!frames_ || muted_) return;
  const bool hidden = suspended_ || in_background(device_.fd);
  if (!writer_ && (lines.empty() || hidden)) return;
  try {
    if (!writer_) writer_.emplace(device_.fd);
  } catch (const std::system_error&) {
    frames_ = false;  // the limit of threads is reached: the run matters more
    return;
  }
  std::vector<std::string> shown;
  if (!hidden)
    for (const std::string& each : lines) shown.push_back(for_terminal(each, color_));
  writer_->show(std::move(shown));
}

void Screen::line(std::string_view text) {
  const MutexLock lock(mutex_);
  if (!muted_ && (writer_ || has_room())) write(for_terminal(std::string(text) + "\n", color_));
}

}  // namespace ropewalk::cli
