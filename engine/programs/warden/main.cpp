// ropewalk-warden: the small process between the engine and its hosts. See warden.hpp.

#include "base/crash_signals.hpp"
#include "base/descriptor_limit.hpp"
#include "protocol/version_check.hpp"
#include "protocol/warden_messages.hpp"
#include "warden/warden.hpp"

#include <ropewalk/version.hpp>

#include <fcntl.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

/// Ignores signals that a terminal, a batch system or a timer sends to all processes of a run; the engine handles them.
/// Crash signals keep their default action.
void ignore_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (ropewalk::is_crash_signal(signal)) continue;
    std::signal(signal, signal == SIGCHLD ? SIG_DFL : SIG_IGN);  // some signals cannot be ignored
  }
}

}  // namespace

/// SOCKET ["scratch-folder"] VERSION, which is the engine's.
int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::printf("ropewalk-warden %s\n", ropewalk::program_version());
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  int socket = -1;
  const bool scratch_folder = argc == 4 && argv[2] == ropewalk::warden_wire::kScratchFolder;
  if ((argc != 3 && !scratch_folder) ||
      std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), socket).ec != std::errc() || socket < 3 ||
      ::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs(
        "ropewalk-warden keeps the host processes of ropewalk, which starts it by itself. See ropewalk --help.\n",
        stderr);
    return 2;
  }
  if (!ropewalk::is_of_engines_version("ropewalk-warden", argv[argc - 1])) return ropewalk::kExitOtherVersion;
  ::setsid();  // detach from the terminal's signals, which are for the engine
  ignore_signals();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  ropewalk::raise_descriptor_limit();
  ropewalk::warden::Warden(ropewalk::Fd(socket), scratch_folder).run();
  return 0;
}
