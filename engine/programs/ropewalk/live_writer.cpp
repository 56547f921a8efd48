#include "live_writer.hpp"

#include <ropewalk/sink.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <utility>

namespace ropewalk::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t ns_of(Clock::time_point time) { return std::chrono::nanoseconds(time.time_since_epoch()).count(); }

/// What a crash handler reads of the process's one LiveWriter.
struct ForCrash {
  std::atomic<int> fd = -1;
  std::atomic<bool> painted = false;
  std::atomic<bool> waiting = false;  // text is not written yet
  std::atomic<bool> crashed = false;
};
ForCrash for_crash;

}  // namespace

LiveWriter::LiveWriter(int fd) : fd_(fd), thread_([this] { run(); }) { for_crash.fd = fd; }

LiveWriter::~LiveWriter() {
  {
    const MutexLock lock(mutex_);
    output_.show({});
    ending_ = true;
    changed_.notify_one();
  }
  thread_.join();
  for_crash.painted = for_crash.waiting = false;
}

void LiveWriter::take_note() {
  for_crash.waiting = writing_ || output_.waiting_bytes() > 0;
  for_crash.painted = output_.is_painted();
}

void LiveWriter::add(std::string_view text) {
  const MutexLock lock(mutex_);
  while (!gone_ && output_.waiting_bytes() >= kMaxWaitingBytes) written_.wait(mutex_);
  if (gone_) return;
  output_.add(text);
  take_note();
  changed_.notify_one();
}

void LiveWriter::add_now(std::string_view text) {
  const MutexLock lock(mutex_);
  if (gone_) return;
  output_.add(text);
  take_note();
  changed_.notify_one();
}

void LiveWriter::show(std::vector<std::string> lines) {
  const MutexLock lock(mutex_);
  if (gone_) return;
  output_.show(std::move(lines));
  changed_.notify_one();
}

void LiveWriter::clear(std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  const MutexLock lock(mutex_);
  output_.show({});
  changed_.notify_one();
  while ((writing_ || output_.due_ns()) && !gone_ && Clock::now() < until) written_.wait_until(mutex_, until);
}

void LiveWriter::run() {
  FdSink terminal(fd_);
  MutexLock lock(mutex_);
  for (;;) {
    const auto due_ns = output_.due_ns();
    if (!due_ns && ending_) return;
    if (!due_ns) {
      changed_.wait(mutex_);
      continue;
    }
    const auto due = Clock::time_point(std::chrono::nanoseconds(*due_ns));
    if (!ending_ && Clock::now() < due) {
      changed_.wait_until(mutex_, due);
      continue;
    }
    if (for_crash.crashed) output_.show({});
    const std::string bytes = output_.take(ns_of(Clock::now()), size_of_terminal(fd_));
    writing_ = true;
    take_note();
    lock.unlock();
    const bool good = terminal.write(bytes);
    lock.lock();
    writing_ = false;
    gone_ = !good;
    if (gone_) output_ = LiveOutput();
    take_note();
    written_.notify_all();
    if (gone_) return;
  }
}

void leave_frame_after_crash() {
  if (for_crash.fd < 0) return;
  for_crash.crashed = true;
  const timespec moment{0, 10'000'000};
  for (int i = 0; i < 20 && for_crash.waiting; ++i) ::nanosleep(&moment, nullptr);
  if (for_crash.painted) (void)!::write(for_crash.fd, LiveOutput::kErase.data(), LiveOutput::kErase.size());
}

TerminalSize size_of_terminal(int fd) {
  TerminalSize size;
  winsize found{};
  if (::ioctl(fd, TIOCGWINSZ, &found) != 0) return size;
  if (found.ws_col > 0) size.columns = found.ws_col;
  if (found.ws_row > 0) size.lines = found.ws_row;
  return size;
}

}  // namespace ropewalk::cli
