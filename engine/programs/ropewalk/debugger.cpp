#include "debugger.hpp"

#include "base/fd.hpp"
#include "base/processes.hpp"
#include "base/text.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace ropewalk::cli {
namespace {

constexpr int kPauseMs = 20;

/// The first gdb of PATH that can be started; empty: there is none.
std::string gdb_in_path() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  for (bool more = !rest.empty(); more;) {
    const std::size_t colon = rest.find(':');
    more = colon != rest.npos;
    std::string file(rest.substr(0, colon));
    rest = more ? rest.substr(colon + 1) : std::string_view();
    file += file.empty() ? "./gdb" : "/gdb";
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

/// The terminal's keys are for this group from now on.
void take_terminal(pid_t group) {
  sigset_t none, before;
  sigemptyset(&none);
  sigaddset(&none, SIGTTOU);  // else a group in the background would be stopped by this
  ::pthread_sigmask(SIG_BLOCK, &none, &before);
  ::tcsetpgrp(STDIN_FILENO, group);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// 0, or why it did not start. gdb gets the terminal, and no signal disposition or mask of this program.
int start(const std::string& program, pid_t host, pid_t& gdb) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::string name = "gdb", quiet = "-q", option = "-p", process = std::to_string(host);
  std::array<char*, 5> argv{name.data(), quiet.data(), option.data(), process.data(), nullptr};
  const int error = ::posix_spawn(&gdb, program.c_str(), nullptr, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return error;
  take_terminal(gdb);
  ::kill(-gdb, SIGCONT);  // it may have read from the terminal before that was its own
  return 0;
}

}  // namespace

Debugger::Debugger(Engine& engine, Screen& screen)
    : engine_(engine), screen_(screen), gdb_(::isatty(STDIN_FILENO) != 0 ? gdb_in_path() : "") {}

Debugger::~Debugger() {
  if (waiter_.joinable()) waiter_.join();
}

void Debugger::tasks_running(std::int64_t, std::uint32_t, std::span<const TaskRunning> tasks) {
  if (tasks.empty() || tasks.front().host == 0 || tasks.front().host == host_) return;
  if (host_ != 0) {
    // A task whose process was killed from outside runs again in another one, which would wait for a debugger too.
    screen_.say("ropewalk: the process was killed, and the task does not run again\n");
    return engine_.stop(StopLevel::kill);
  }
  host_ = tasks.front().host;
  begin();
}

void Debugger::begin() {
  if (gdb_.empty())
    return screen_.say(
        fmt::format("process {} waits for a debugger before it runs the task:\n  gdb -p {}\n", host_, host_));
  screen_.say(fmt::format("process {} waits before it runs the task; set breakpoints in gdb, then 'continue' runs it\n",
                          host_));
  pid_t gdb = 0;
  if (const int error = start(gdb_, host_, gdb); error != 0) {
    screen_.say(fmt::format("ropewalk: cannot start {}: {}\n", escape_for_display(gdb_), std::strerror(error)));
    return engine_.stop(StopLevel::kill);
  }
  waiter_ = std::thread([this, gdb] { wait_for_end(gdb); });
}

void Debugger::wait_for_end(pid_t gdb) {
  const Fd ended(static_cast<int>(::syscall(SYS_pidfd_open, gdb, 0)));
  bool attached = false;
  int status = 0;
  for (pid_t done = 0; done == 0 || (done < 0 && errno == EINTR);) {
    attached = attached || tracer_of(host_) == gdb;
    pollfd end{.fd = ended.get(), .events = POLLIN, .revents = 0};
    ::poll(&end, 1, kPauseMs);
    done = ::waitpid(gdb, &status, WNOHANG);
  }
  take_terminal(::getpgrp());
  if (attached) return;
  screen_.say("ropewalk: gdb has ended without being attached, so the task does not run\n");
  engine_.stop(StopLevel::kill);
}

void Debugger::run_finished(std::int64_t, const RunFinished&) {
  if (waiter_.joinable()) waiter_.join();
}

}  // namespace ropewalk::cli
