#include "hosts/warden_client.hpp"

#include "base/cycles.hpp"
#include "base/text.hpp"
#include "hosts/leftovers.hpp"
#include "hosts/process_use.hpp"
#include "hosts/warden_watch.hpp"
#include "protocol/version_check.hpp"
#include "protocol/warden_messages.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/version.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

extern char** environ;

namespace ropewalk {
namespace {

constexpr std::int64_t kLastLookNs = 1'000'000'000;
constexpr int kWardenSocket = 3;

}  // namespace

Result<std::unique_ptr<WardenClient>> WardenClient::start(const std::filesystem::path& program, bool scratch_folder) {
  auto [mine, theirs] = socket_pair();
  const auto failed = [&](int error) {
    return Error{codes::kNoWarden,
                 fmt::format("cannot start {}: {}", program.string(), start_failure_text(error)),
                 {},
                 {error == EMFILE   ? "raise the limit of open files (ulimit -n)"
                  : error == EAGAIN ? "end other processes of yours, or raise the limit"
                                    : "ropewalk, ropewalk-host and ropewalk-warden belong together, as one build or "
                                      "one installation has them"}};
  };
  if (!mine || !theirs) return failed(errno);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  // A dup onto itself would keep close-on-exec, so go by way of a number that is not taken.
  const Fd high(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, kWardenSocket + 1));
  ::posix_spawn_file_actions_adddup2(&actions, high.get(), kWardenSocket);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  ::sigemptyset(&none);
  ::sigfillset(&defaults);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string path = program.string(), socket = std::to_string(kWardenSocket), scratch(warden_wire::kScratchFolder),
              version = program_version();
  std::vector<char*> argv{path.data(), socket.data()};
  if (scratch_folder) argv.push_back(scratch.data());
  argv.insert(argv.end(), {version.data(), nullptr});
  pid_t pid = 0;
  const int error = high ? ::posix_spawn(&pid, path.c_str(), &actions, &attributes, argv.data(), environ) : errno;
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return failed(error);
  return std::unique_ptr<WardenClient>(new WardenClient(std::move(mine), pid));
}

WardenClient::~WardenClient() {
  if (!leaving_) socket_.reset();  // it sees the end of file, kills what is left, and exits
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  WardenWatch watch = WardenWatch::waiting();
  int status = 0;
  do {
    if (::waitpid(pid_, &status, WNOHANG) != 0) return;
  } while (::poll(&exit, 1, WardenWatch::kLookNs / 1'000'000) == 0 && is_alive(watch));
  // A process that traces it may keep it as a zombie.
  const std::int64_t until = monotonic_ns() + kLastLookNs;
  while (::waitpid(pid_, &status, WNOHANG) == 0 && monotonic_ns() < until) ::usleep(1000);
}

bool WardenClient::is_of_another_version() const {
  if (heard_) return false;
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  if (::poll(&exit, 1, kLastLookNs / 1'000'000) != 1) return false;
  siginfo_t end{};
  const bool ended = ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT | WNOHANG) == 0;
  return ended && end.si_code == CLD_EXITED && end.si_status == kExitOtherVersion;
}

bool WardenClient::is_alive(WardenWatch& watch) const {
  const ProcessState state = process_state(pid_);
  if (state.state == 'Z') return false;
  switch (watch.look(state)) {
    case WardenWatch::Step::continue_it: ::kill(pid_, SIGCONT); return true;
    case WardenWatch::Step::replace: end_tree(pid_); return false;
    default: return true;
  }
}

/// A warden that stands still reads nothing.
bool WardenClient::send(const warden_wire::Head& head, std::string_view text, std::span<const int> fds) {
  WardenWatch watch = WardenWatch::waiting();
  return warden_wire::send(socket_.get(), head, text, fds, [&] { return is_alive(watch); });
}

std::uint64_t WardenClient::spawn(const HostCommand& command, int output, std::span<const int> fds) {
  const std::uint64_t host = ++hosts_;
  std::vector<int> all;
  if (output >= 0) all.push_back(output);
  all.insert(all.end(), fds.begin(), fds.end());
  const std::string text = warden_wire::encode({command.program, command.argv, command.env});
  const warden_wire::Head head{.type = warden_wire::Type::spawn, .host = host, .has_output = output >= 0 ? 1u : 0u};
  if (!send(head, text, all))
    not_sent_.push_back({.kind = Event::Kind::failed, .host = host, .text = std::strerror(errno)});
  return host;
}

void WardenClient::will_fork(std::uint64_t zygote, int fork_log) {
  const int fds[] = {fork_log};
  send({.type = warden_wire::Type::zygote, .host = zygote}, {}, fds);
}

void WardenClient::remove_at_end(const std::filesystem::path& groups) {
  send({.type = warden_wire::Type::groups}, groups.string());
}

void WardenClient::signal(std::uint64_t host, int signal) {
  send({.type = warden_wire::Type::signal, .host = host, .status = signal}, {});
}

void WardenClient::ask(std::uint32_t question) {
  send({.type = warden_wire::Type::ask, .status = static_cast<std::int32_t>(question)}, {});
}

void WardenClient::replace() { end_tree(pid_); }

void WardenClient::freeze() { send({.type = warden_wire::Type::freeze}); }

void WardenClient::thaw() { send({.type = warden_wire::Type::thaw}, {}); }

void WardenClient::farewell() { leaving_ = send({.type = warden_wire::Type::farewell}, {}); }

std::vector<WardenClient::Event> WardenClient::receive() {
  std::vector<Event> events = std::move(not_sent_);
  not_sent_.clear();
  warden_wire::Received received;
  for (;;) {
    switch (warden_wire::receive(socket_.get(), received, false)) {
      case Received::would_block: return events;
      case Received::closed: events.push_back({.kind = Event::Kind::lost}); return events;
      case Received::message: heard_ = true; break;
    }
    Event event{.host = received.head.host,
                .pid = received.head.pid,
                .text = received.text,
                .status = received.head.status,
                .usage = received.head.usage,
                .left_behind = received.head.left_behind};
    if (received.head.type == warden_wire::Type::spawned) {
      event.kind = Event::Kind::spawned;
      if (!received.fds.empty()) event.pidfd = std::move(received.fds.front());
    } else if (received.head.type == warden_wire::Type::failed) {
      event.kind = Event::Kind::failed;
    } else if (received.head.type == warden_wire::Type::answer) {
      event.kind = Event::Kind::answer;
    } else {
      event.kind = Event::Kind::died;
    }
    events.push_back(std::move(event));
  }
}

}  // namespace ropewalk
