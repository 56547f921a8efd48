#include "signals.hpp"

#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr auto kSameWish = std::chrono::milliseconds(50);

bool hang_up_is_ignored() {
  struct sigaction hang_up {};
  return ::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
}

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  // nohup means it; and a signal that is blocked would reach sigwait() although it is ignored.
  if (!hang_up_is_ignored()) sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void Signals::prepare() {
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGCHLD}) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = handled();
  ::pthread_sigmask(SIG_SETMASK, &set, nullptr);
}

void Signals::end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

Signals::Signals(Screen& screen) : screen_(screen), thread_([this] { wait(); }) {}

Signals::~Signals() {
  ending_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Signals::attach(std::function<void(int)> stop, const std::atomic<std::int64_t>& running) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
  running_ = &running;
}

void Signals::detach() {
  const std::lock_guard lock(mutex_);
  stop_ = nullptr;
  running_ = nullptr;
}

void Signals::wait() {
  const sigset_t set = handled();
  std::chrono::steady_clock::time_point last;
  for (;;) {
    int signal = 0;
    if (::sigwait(&set, &signal) != 0) continue;
    if (ending_) return;
    // timeout(1) and some terminals send the same signal to the program and to its group: that is one wish.
    const auto now = std::chrono::steady_clock::now();
    if (count_ > 0 && now - last < kSameWish) continue;
    last = now;
    if (++count_ > 2) ::_exit(128 + signal);
    const std::lock_guard lock(mutex_);
    if (!stop_) end_by(signal);
    int none = 0;
    received_.compare_exchange_strong(none, signal);
    stop_(count_);
    const std::string tasks =
        counted(static_cast<std::uint64_t>(std::max<std::int64_t>(0, running_->load())), "running task");
    screen_.say_if_possible(count_ > 1 ? fmt::format("ropewalk: ending {} now\n", tasks)
                : signal == SIGINT
                    ? fmt::format("ropewalk: finishing {}; press Ctrl-C again to end them now\n", tasks)
                    : fmt::format("ropewalk: stopping: finishing {}; a second signal ends them now\n", tasks));
  }
}

}  // namespace ropewalk::cli
