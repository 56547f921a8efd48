#include "signals.hpp"

#include "base/crash_signals.hpp"
#include "report/numbers.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cerrno>
#include <cstdlib>
#include <initializer_list>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr auto kSameWish = std::chrono::milliseconds(50);
constexpr auto kSaidLately = std::chrono::milliseconds(100);
// A batch system sends SIGKILL some time after SIGTERM. The grace period of running tasks is ten seconds of this limit.
constexpr auto kInAll = std::chrono::seconds(14);
constexpr auto kOfLast = std::chrono::seconds(10);  // the grace period of stages with `finally`, which follow

/// Whether the signal has that handler. A library that was loaded before main may have set another.
bool has_handler(int signal, sighandler_t handler) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == handler;
}
bool is_ignored(int signal) { return has_handler(signal, SIG_IGN); }

/// Whether a signal that has no meaning here would end the program, as the warnings of batch systems (SIGUSR2, SIGXCPU)
/// and timers that were set before this program was started (SIGALRM) do.
bool is_warning(int signal) {
  if (is_crash_signal(signal)) return false;
  switch (signal) {
    case SIGINT:
    case SIGTERM:
    case SIGHUP:
    case SIGQUIT:
    case SIGUSR1:  // have a meaning of their own
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
    case SIGPIPE:
    case SIGXFSZ: return false;                                 // are ignored
    default: return signal < __SIGRTMIN || signal >= SIGRTMIN;  // the C library uses those between the two
  }
}

/// Without ignored signals: sigwait() would receive a blocked signal even if it is ignored, as by nohup or by a shell
/// without job control.
sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals)
    if (!is_ignored(signal)) sigaddset(&set, signal);
  return set;
}

sigset_t stopping() { return set_of({SIGINT, SIGTERM, SIGHUP}); }
sigset_t taken() {
  static const sigset_t taken = [] {
    sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1});
    for (int signal = 1; signal <= SIGRTMAX; ++signal)
      if (is_warning(signal) && has_handler(signal, SIG_DFL)) sigaddset(&set, signal);
    return set;
  }();
  return taken;
}
sigset_t handled() {
  sigset_t set = taken();
  if (!is_ignored(SIGTSTP)) sigaddset(&set, SIGTSTP);
  return set;
}

Fd descriptor_of(const sigset_t& signals) {
  Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

void unblock(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

void Signals::prepare() {
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGCHLD}) ::signal(signal, SIG_DFL);
  // A failed write is reported, and does not end the program without its results.
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  const sigset_t set = handled();
  ::pthread_sigmask(SIG_SETMASK, &set, nullptr);
}

void Signals::end_by(int signal) {
  if (is_warning(signal)) {
    const rlimit no_core{};  // nothing is wrong with this program
    ::setrlimit(RLIMIT_CORE, &no_core);
  }
  ::signal(signal, SIG_DFL);
  unblock(signal);
  ::raise(signal);
  ::_exit(128 + signal);
}

Signals::Signals(Screen& screen) : screen_(screen), arrived_(descriptor_of(handled())), thread_([this] { wait(); }) {}

Signals::~Signals() {
  ending_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Signals::attach(Engine& engine, const RunState& state, const Plan& plan) {
  const MutexLock lock(mutex_);
  engine_ = &engine;
  state_ = &state;
  has_last_ =
      std::any_of(plan.stages.begin(), plan.stages.end(), [](const PlannedStage& stage) { return stage.finally; });
}

void Signals::run_ended() {
  const MutexLock lock(mutex_);
  engine_ = nullptr;
  writing_ = true;
}

void Signals::detach() {
  const MutexLock lock(mutex_);
  engine_ = nullptr;
  state_ = nullptr;
  writing_ = false;
}

/// The program ends by the first signal.
void Signals::take(int signal) {
  int none = 0;
  received_.compare_exchange_strong(none, signal);
}

/// Returns the next signal. The kernel delivers the lowest number first, so stopping signals are checked before others;
/// otherwise a storm of another signal would delay them for ever. SIGTSTP is not consumed here, because a SIGCONT
/// cancels it while it is pending.
int Signals::next() {
  const sigset_t stops = stopping(), all = taken();
  const timespec at_once{};
  for (;;) {
    pollfd pending{arrived_.get(), POLLIN, 0};
    const auto left = leave_at_ ? std::max(Clock::duration(), *leave_at_ - Clock::now()) : Clock::duration(-1);
    const int milliseconds =
        leave_at_ ? static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()) : -1;
    if (::poll(&pending, 1, milliseconds) == 0) return 0;
    if (const int signal = ::sigtimedwait(&stops, nullptr, &at_once); signal > 0) return signal;
    if (const int signal = ::sigtimedwait(&all, nullptr, &at_once); signal > 0) return signal;
    sigset_t waiting;
    if (::sigpending(&waiting) == 0 && sigismember(&waiting, SIGTSTP) == 1 && !is_ignored(SIGTSTP)) return SIGTSTP;
  }
}

void Signals::wait() {
  for (;;) {
    const int signal = next();
    if (ending_) return;
    if (leave_at_ && Clock::now() >= *leave_at_) end_now(received_);
    switch (signal) {
      case SIGINT:
      case SIGTERM:
      case SIGHUP: stop(signal); break;
      case SIGTSTP: suspend(); break;
      case SIGUSR1:
        if (Clock::now() - said_ >= kSaidLately) say_state();
        break;
      case SIGQUIT: say_state(); end_now(SIGQUIT);
      default:
        if (is_warning(signal)) stop(signal);
        break;
    }
  }
}

void Signals::stop(int signal) {
  // The kernel repeats SIGXCPU every second, and a timer may repeat the others: they count as one request.
  const bool warning = is_warning(signal);
  if (warning && count_ > 0) return;
  // timeout(1) and some terminals send the same signal to the program and to its group: it counts once.
  const auto now = Clock::now();
  if (count_ > 0 && now - last_ < kSameWish) return;
  last_ = now;
  if (++count_ > 2) end_now(signal);
  const MutexLock lock(mutex_);
  if (engine_ == nullptr && !writing_) end_now(signal);
  take(signal);
  if (signal != SIGINT && !warning && !leave_at_) leave_at_ = now + kInAll + (has_last_ ? kOfLast : Clock::duration());
  if (writing_) return screen_.say_if_possible("ropewalk: the run is over; writing what it has given\n");
  // Counted before the request, because some tasks end at once.
  const std::string tasks =
      counted(static_cast<std::uint64_t>(std::max<std::int64_t>(0, state_->running())), "running task");
  engine_->stop(count_ == 1 ? StopLevel::ask : StopLevel::kill);
  screen_.say_if_possible(
      count_ > 1 && has_last_
          ? fmt::format("ropewalk: ending {} now; a third signal leaves without the 'finally' stages\n", tasks)
      : count_ > 1       ? fmt::format("ropewalk: ending {} now\n", tasks)
      : signal == SIGINT ? fmt::format("ropewalk: finishing {}; press Ctrl-C again to end them now\n", tasks)
      : warning          ? fmt::format("ropewalk: stopping because of {}: finishing {}\n", signal_name(signal), tasks)
                         : fmt::format("ropewalk: stopping: finishing {}; a second signal ends them now\n", tasks));
}

/// Stops the program, and returns when it is continued. The signal is still pending: a SIGCONT in the meantime has
/// cancelled it, and the program does not stop. An orphaned process group is not stopped either.
void Signals::suspend() {
  const MutexLock lock(mutex_);
  screen_.suspend();
  if (engine_ != nullptr) engine_->freeze();
  const auto before = Clock::now();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (leave_at_) *leave_at_ += Clock::now() - before;
  if (engine_ != nullptr) engine_->thaw();
  screen_.resume();
}

/// The frame is erased first, so that the shell begins on a line of its own.
void Signals::end_now(int signal) {
  screen_.leave();
  end_by(signal);
}

void Signals::say_state() {
  said_ = Clock::now();
  const MutexLock lock(mutex_);
  screen_.say_if_possible(state_ == nullptr ? "ropewalk: nothing runs yet\n" : state_->text());
}

}  // namespace ropewalk::cli
