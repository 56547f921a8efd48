// ropewalk-host: the process in which plugin code runs. The warden starts it with a socket to the engine, the path of
// one plugin, and a copy of that file that was made when the run was planned, or else the file's identity. It loads the
// plugin, sends the plugin's description, and, once the engine has sent it a board, runs items until the engine ends
// it.

#include "base/descriptor_limit.hpp"
#include "host/host.hpp"
#include "host/limits.hpp"
#include "protocol/version_check.hpp"

#include <ropewalk/version.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

namespace ropewalk::host {
namespace {

/// -1: it is no descriptor of this process.
int descriptor(std::string_view word) {
  int fd = -1;
  const bool good = std::from_chars(word.data(), word.data() + word.size(), fd).ec == std::errc() && fd >= 3;
  // What tasks start is not to have it.
  return good && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

bool is_socket(int fd) {
  int kind = 0;
  socklen_t size = sizeof kind;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET;
}

/// What a batch system sends to all processes of a job is for the engine. What a task or a limit does to its own
/// process has the usual effect.
void leave_warnings_to_engine() {
  struct sigaction action {};
  action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
    if (info->si_code <= 0 && info->si_pid != ::getpid()) return;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  };
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int signal : {SIGUSR1, SIGUSR2, SIGXCPU}) ::sigaction(signal, &action, nullptr);
}

/// SOCKET FILE ("copy" DESCRIPTOR | "file" IDENTITY) DESCRIPTORS VERSION: the user's own limit of descriptors, and the
/// engine's version. Engines of other versions may put other words between SOCKET and VERSION.
int main(std::span<char*> arguments) {
  if (arguments.size() == 2 && std::string_view(arguments[1]) == "--version") {
    std::printf("ropewalk-host %s\n", program_version());
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  const int socket = arguments.size() >= 3 ? descriptor(arguments[1]) : -1;
  if (socket >= 0 && is_socket(socket) && !is_of_engines_version("ropewalk-host", arguments.back()))
    return kExitOtherVersion;
  PluginToLoad plugin;
  std::uint64_t users_descriptors = 0;
  if (socket >= 0 && arguments.size() == 7) {
    plugin = {arguments[2], std::string_view(arguments[3]) == "copy" ? descriptor(arguments[4]) : -1, arguments[4]};
    std::from_chars(arguments[5], arguments[5] + std::strlen(arguments[5]), users_descriptors);
  }
  if (arguments.size() != 7 || socket < 0 || !is_socket(socket)) {
    std::fputs("ropewalk-host runs the tasks of a plugin; ropewalk starts it by itself. See ropewalk --help.\n",
               stderr);
    return 2;
  }
  // SIGTERM to the group is for what tasks started: a handler, unlike SIG_IGN, is not inherited by programs.
  struct sigaction take_no_notice {};
  take_no_notice.sa_handler = [](int) {};
  take_no_notice.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &take_no_notice, nullptr);
  leave_warnings_to_engine();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  raise_descriptor_limit(KeepBack::few, users_descriptors);
  watch_for_refusals();
  Host host{Fd(socket)};
  if (!host.load(plugin)) return 1;
  return host.listen();
}

}  // namespace
}  // namespace ropewalk::host

int main(int argc, char** argv) {
  const int code = ropewalk::host::main(std::span(argv, static_cast<std::size_t>(argc)));
  ::_exit(code);
}
