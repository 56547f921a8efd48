#include "host/process_setup.hpp"

#include "base/descriptor_limit.hpp"
#include "host/limits.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace ropewalk::host {
namespace {

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

}  // namespace

bool is_engine_socket(int fd) {
  int kind = 0;
  socklen_t size = sizeof kind;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET;
}

void set_up_process(std::uint64_t users_descriptors) {
  // SIGTERM to the group is for what tasks started: a handler, unlike SIG_IGN, is not inherited by programs.
  struct sigaction take_no_notice {};
  take_no_notice.sa_handler = [](int) {};
  take_no_notice.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &take_no_notice, nullptr);
  leave_warnings_to_engine();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  raise_descriptor_limit(KeepBack::few, users_descriptors);
  watch_for_refusals();
}

}  // namespace ropewalk::host
