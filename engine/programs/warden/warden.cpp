#include "warden/warden.hpp"

#include "base/cycles.hpp"
#include "base/memory_groups.hpp"
#include "base/failpoint.hpp"
#include "warden/spawner.hpp"
#include "warden/strays.hpp"

#include <boost/asio/post.hpp>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

namespace ropewalk::warden {

using boost::system::error_code;
constexpr std::chrono::milliseconds kFarewell{3000}, kTellAgain{1};
constexpr std::chrono::seconds kMaxGroupsWait{10};  // for killed processes to exit
constexpr int kReapedAtOnce = 256;
constexpr std::int64_t kMaxSweepNs = 20'000'000'000;     // after the death of a host; the engine waits for it
constexpr std::int64_t kFinalSweepNs = 60'000'000'000;   // while the engine is alive
constexpr std::int64_t kMaxForkWaitNs = 10'000'000'000;  // a zygote may be stopped for a while

using Descriptor = boost::asio::posix::stream_descriptor;

Warden::Warden(Fd engine, bool scratch_folder)
    : shield_(::getpid(), ::getppid()),
      engine_(context_, engine.release()),
      engine_process_(context_),
      deaths_(context_, SIGCHLD),
      to_engine_(engine_.native_handle(), unsent_) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0));
  if (pidfd >= 0) engine_process_.assign(pidfd);
  if (scratch_folder) scratch_.emplace();
}

void Warden::run() {
  listen();
  watch_engine();
  wait_for_deaths();
  context_.run();
  leave();
}

void Warden::listen() {
  engine_.async_wait(Descriptor::wait_read, [this](const error_code& error) {
    if (error || !read_requests()) return context_.stop();
    listen();
  });
}

/// The socket reports the engine's end, unless another process also holds its peer. The pidfd always reports it.
void Warden::watch_engine() {
  if (!engine_process_.is_open()) return;
  engine_process_.async_wait(Descriptor::wait_read, [this](const error_code&) { context_.stop(); });
}

void Warden::wait_for_deaths() {
  deaths_.async_wait([this](const error_code& error, int) {
    if (error) return;
    reap();
    wait_for_deaths();
  });
}

bool Warden::read_requests() {
  warden_wire::Received request;
  for (;;) {
    switch (warden_wire::receive(engine_.native_handle(), request, false)) {
      case Received::closed: return false;
      case Received::would_block: return true;
      case Received::message: break;
    }
    if (request.head.type == warden_wire::Type::spawn) {
      start_host(request);
    } else if (request.head.type == warden_wire::Type::signal) {
      signal_host(request.head.host, request.head.status);
    } else if (request.head.type == warden_wire::Type::freeze) {
      frozen_ = true;
      read_fork_log();
      signal_all(SIGSTOP);
    } else if (request.head.type == warden_wire::Type::thaw) {
      frozen_ = false;
      signal_all(SIGCONT);
    } else if (request.head.type == warden_wire::Type::zygote && !request.fds.empty()) {
      fork_log_.listen_to(request.head.host, std::move(request.fds.front()));
    } else if (request.head.type == warden_wire::Type::groups) {
      groups_ = request.text;
    } else if (request.head.type == warden_wire::Type::ask) {
      ROPEWALK_FAILPOINT("warden.answer");
      report({.type = warden_wire::Type::answer, .status = request.head.status}, {});
    } else if (request.head.type == warden_wire::Type::farewell) {
      begin_shutdown();
    }
  }
}

/// The engine may be busy starting hosts. Neither side may block on the other.
void Warden::report(const warden_wire::Head& head, std::string_view text, std::span<const int> fds) {
  warden_wire::send(to_engine_, head, text, fds);
  if (to_engine_.size() != 0 && !std::exchange(telling_later_, true)) report_later();
}

void Warden::report_later() {
  report_timer_.expires_after(kTellAgain);
  report_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    to_engine_.flush();
    telling_later_ = to_engine_.size() != 0;
    if (telling_later_) report_later();
  });
}

void Warden::signal_all(int signal) const {
  for (const auto& [host, pid] : by_host_) ::kill(-pid, signal);
}

/// Signals the host's group. Processes that left the group become children of the warden when the host dies; reap()
/// kills them.
void Warden::signal_host(std::uint64_t host, int signal) {
  if (!by_host_.contains(host)) read_fork_log();
  if (const auto found = by_host_.find(host); found != by_host_.end()) {
    ::kill(-found->second, signal);
    if (signal == SIGKILL) ::kill(found->second, SIGKILL);
  } else if (signal == SIGKILL && !fork_log_.none()) {
    to_kill_.insert_or_assign(host, monotonic_ns() + kMaxForkWaitNs);
    wait_for_forks_to_kill();
  }
}

void Warden::remember(std::uint64_t host, pid_t pid, std::uint64_t zygote) {
  by_pid_.insert_or_assign(pid, Child{host, zygote});
  by_host_.insert_or_assign(host, pid);
}

void Warden::read_fork_log() {
  const ForkLog::News news = fork_log_.read();
  for (const ForkLog::Forked& forked : news.forked) adopt(forked);
  if (news.stuck.empty()) return;
  // The zygote was stopped, perhaps forever. Killing it settles which children are hosts.
  for (const std::uint64_t zygote : news.stuck)
    if (const auto found = by_host_.find(zygote); found != by_host_.end()) ::kill(found->second, SIGKILL);
  for (const ForkLog::Forked& forked : fork_log_.read().forked) adopt(forked);
}

void Warden::adopt(const ForkLog::Forked& forked) {
  const bool must_die = to_kill_.erase(forked.host) != 0;
  if (forked.pid <= 0) return;
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(forked.pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
    // The report came too late: the child was taken for a stray and has been killed.
    report({.type = warden_wire::Type::died, .host = forked.host, .pid = forked.pid, .status = SIGKILL}, {});
    return;
  }
  remember(forked.host, forked.pid, forked.zygote);
  if (must_die)
    ::kill(-forked.pid, SIGKILL), ::kill(forked.pid, SIGKILL);
  else if (frozen_)
    ::kill(forked.pid, SIGSTOP);
}

/// Waits only for the forks of hosts that must be killed at once.
void Warden::wait_for_forks_to_kill() {
  doomed_timer_.expires_after(std::chrono::milliseconds(2));
  doomed_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    read_fork_log();
    std::erase_if(to_kill_, [now = monotonic_ns()](const auto& each) { return each.second < now; });
    if (!to_kill_.empty()) wait_for_forks_to_kill();
  });
}

/// For a child that existed before the call.
bool Warden::is_host(pid_t pid) {
  if (by_pid_.contains(pid)) return true;
  read_fork_log();
  if (by_pid_.contains(pid)) return true;
  // The zygote's registration may still be unread in the socket.
  if (!read_requests()) context_.stop();
  read_fork_log();
  return by_pid_.contains(pid);
}

/// For a child that was there before the call: whether it is a host, or an orphan of a host that lives. `dead` is a
/// host of which nothing is to be left. An orphan that has ended is reaped.
bool Warden::is_claimed(pid_t pid, std::uint64_t dead) {
  if (is_host(pid)) return true;
  const std::optional<std::uint64_t> owner = mark_.of(pid);
  if (!owner || *owner == dead || !by_host_.contains(*owner)) return false;
  ::waitpid(pid, nullptr, WNOHANG);
  return true;
}

void Warden::start_host(warden_wire::Received& request) {
  const std::uint64_t host = request.head.host;
  const auto fail = [&](int error, std::string_view text) {
    report({.type = warden_wire::Type::failed, .host = host, .status = error}, text);
  };
  if (request.fds_lost) return fail(EMFILE, std::strerror(EMFILE));
  if (!engine_process_.is_open())
    return fail(ENOSYS, "this kernel or a sandbox refuses pidfd_open(2), which Linux has had since 5.3");
  if (scratch_ && scratch_->error())
    return fail(scratch_->error().value(),
                "no scratch folder can be made below TMPDIR: " + scratch_->error().message());
  const std::optional<warden_wire::Command> command = warden_wire::decode_command(request.text);
  if (!command || (request.head.has_output != 0 && request.fds.empty())) return fail(EINVAL, "the request was damaged");
  Fd output;
  if (request.head.has_output != 0) {
    output = std::move(request.fds.front());
    request.fds.erase(request.fds.begin());
  }
  const Spawned spawned = spawn(context_.get_executor(), {shield_, mark_, host}, *command, output.get(), request.fds);
  request.fds.clear();
  if (spawned.pid == 0) return fail(spawned.error, spawned.text);
  remember(host, spawned.pid, 0);
  if (frozen_) ::kill(-spawned.pid, SIGSTOP);
  ROPEWALK_FAILPOINT("warden.before_told"), ROPEWALK_FAILPOINT("warden.at_told");
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  std::vector<int> fds;
  if (pidfd) fds.push_back(pidfd.get());
  report({.type = warden_wire::Type::spawned, .host = host, .pid = spawned.pid}, {}, fds);
}

void Warden::reap() {
  for (int count = 0;; ++count) {
    // Tasks can make orphans faster than they are reaped here, and the engine must not wait for that.
    if (count == kReapedAtOnce) return reap_later();
    siginfo_t dead{};
    // Look without reaping. While the process is a zombie, its pid and its group id cannot be reused.
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) != 0 || dead.si_pid == 0) return;
    if (!is_host(dead.si_pid)) {
      ::waitpid(dead.si_pid, nullptr, WNOHANG);
      continue;
    }
    const std::uint64_t host = by_pid_.at(dead.si_pid).host;
    const StraysEnd strays =
        end_strays([this, host](pid_t pid) { return is_claimed(pid, host); }, dead.si_pid, kMaxSweepNs);
    // A host that was killed could not clean up.
    const std::uint64_t left_behind = dead.si_code == CLD_EXITED && dead.si_status == 0 ? strays.running : 0;
    int status = 0;
    rusage usage{};
    if (::wait4(dead.si_pid, &status, WNOHANG, &usage) <= 0) continue;
    by_host_.erase(host);
    by_pid_.erase(dead.si_pid);
    if (leaving_) {
      if (by_pid_.empty()) context_.stop();
      continue;  // no process receives the report
    }
    if (fork_log_.is_zygote(host)) report_children_of(host);
    if (ROPEWALK_FAILPOINT("warden.death") != 0) continue;  // simulates a host that lives on
    report({.type = warden_wire::Type::died,
            .host = host,
            .pid = dead.si_pid,
            .status = status,
            .left_behind = left_behind,
            .usage = usage},
           strays.remaining.empty() ? std::string() : list_of(strays.remaining));
  }
}

void Warden::reap_later() {
  if (std::exchange(reaping_later_, true)) return;
  boost::asio::post(context_, [this] {
    reaping_later_ = false;
    reap();
  });
}

/// The engine does not hear of fork_log. When a zygote is dead it has to know which of the hosts that it asked for
/// live.
void Warden::report_children_of(std::uint64_t zygote) {
  read_fork_log();
  fork_log_.forget(zygote);
  for (const auto& [pid, child] : by_pid_)
    if (child.zygote == zygote) report({.type = warden_wire::Type::spawned, .host = child.host, .pid = pid}, {});
}

/// Hosts are closing what their tasks opened. A host that takes too long is killed.
void Warden::begin_shutdown() {
  leaving_ = true;
  if (by_pid_.empty()) return context_.stop();
  leave_timer_.expires_after(kFarewell);
  leave_timer_.async_wait([this](const error_code&) { context_.stop(); });
}

bool Warden::engine_lives() {
  pollfd end{.fd = engine_process_.native_handle(), .events = POLLIN, .revents = 0};
  return engine_process_.is_open() && ::poll(&end, 1, 0) == 0;
}

void Warden::leave() {
  (void)ROPEWALK_FAILPOINT("warden.leave");
  for (const auto& [pid, child] : by_pid_) ::kill(-pid, SIGKILL), ::kill(pid, SIGKILL);
  by_pid_.clear();  // all of them are strays now
  try_again();
  const StraysEnd strays = end_strays([](pid_t) { return false; }, 0, engine_lives() ? kFinalSweepNs : 0);
  // No other process is left to report it.
  if (!strays.remaining.empty()) {
    const std::string text = "ropewalk: " + list_of(strays.remaining) + " that tasks started could not be ended\n";
    (void)!::write(STDERR_FILENO, text.data(), text.size());
  }
  if (!groups_.empty()) remove_groups(groups_, kMaxGroupsWait);
}

}  // namespace ropewalk::warden
