#include "warden/warden.hpp"

#include "warden/spawner.hpp"
#include "warden/strays.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

namespace ropewalk::warden {

using boost::system::error_code;
using Descriptor = boost::asio::posix::stream_descriptor;

Warden::Warden(Fd engine)
    : engine_(context_, engine.release()), engine_process_(context_), deaths_(context_, SIGCHLD) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0));
  if (pidfd >= 0) engine_process_.assign(pidfd);
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

/// The socket says when the engine is gone, unless it was handed to somebody; the process itself cannot be.
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
      // Its group now; what left the group comes to us when the host is dead, and is ended in reap().
      if (const auto host = by_host_.find(request.head.host); host != by_host_.end()) {
        ::kill(-host->second, request.head.status);
        if (request.head.status == SIGKILL) ::kill(host->second, SIGKILL);
      }
    } else if (request.head.type == warden_wire::Type::freeze) {
      frozen_ = true;
      signal_all(SIGSTOP);
    } else if (request.head.type == warden_wire::Type::thaw) {
      frozen_ = false;
      signal_all(SIGCONT);
    }
  }
}

void Warden::signal_all(int signal) const {
  for (const auto& [host, pid] : by_host_) ::kill(-pid, signal);
}

void Warden::start_host(warden_wire::Received& request) {
  const std::uint64_t host = request.head.host;
  const auto fail = [&](int error, std::string_view text) {
    warden_wire::send(engine_.native_handle(), {.type = warden_wire::Type::failed, .host = host, .status = error}, text);
  };
  const std::optional<warden_wire::Command> command = warden_wire::decode_command(request.text);
  if (!command || (request.head.has_output != 0 && request.fds.empty())) return fail(EINVAL, "the request was damaged");
  Fd output;
  if (request.head.has_output != 0) {
    output = std::move(request.fds.front());
    request.fds.erase(request.fds.begin());
  }
  const Spawned spawned = spawn(context_.get_executor(), *command, output.get(), request.fds);
  request.fds.clear();
  if (spawned.pid == 0) return fail(spawned.error, spawned.text);
  by_pid_.emplace(spawned.pid, host);
  by_host_.emplace(host, spawned.pid);
  if (frozen_) ::kill(-spawned.pid, SIGSTOP);
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  std::vector<int> fds;
  if (pidfd) fds.push_back(pidfd.get());
  warden_wire::send(engine_.native_handle(), {.type = warden_wire::Type::spawned, .host = host, .pid = spawned.pid}, {}, fds);
}

void Warden::reap() {
  for (;;) {
    siginfo_t dead{};
    // Look without reaping: while it is a zombie its number, and its group's, cannot be given to anybody else.
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) != 0 || dead.si_pid == 0) return;
    const auto host = by_pid_.find(dead.si_pid);
    if (host == by_pid_.end()) {
      ::waitpid(dead.si_pid, nullptr, WNOHANG);
      continue;
    }
    ::kill(-dead.si_pid, SIGKILL);
    end_strays([this](pid_t pid) { return is_host(pid); });
    int status = 0;
    rusage usage{};
    if (::wait4(dead.si_pid, &status, WNOHANG, &usage) <= 0) continue;
    const std::uint64_t number = host->second;
    by_host_.erase(number);
    by_pid_.erase(host);
    report_death(number, status, usage);
  }
}

void Warden::report_death(std::uint64_t host, int status, const rusage& usage) {
  warden_wire::send(engine_.native_handle(), {.type = warden_wire::Type::died, .host = host, .status = status, .usage = usage}, {});
}

void Warden::leave() {
  for (const auto& [pid, host] : by_pid_) ::kill(-pid, SIGKILL), ::kill(pid, SIGKILL);
  by_pid_.clear();  // all of them are strays now
  end_strays([](pid_t) { return false; });
}

}  // namespace ropewalk::warden
