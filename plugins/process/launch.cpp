#include "process/launch.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace process {
namespace {

constexpr std::size_t kStackBytes = 16 << 10;
constexpr int kTakeTokens = 3, kReturnTokens = 4;  // in programs

/// The kernel's structure. The C library's sigaction() hides signals 32 and 33, which posix_spawn() leaves ignored in
/// its children.
struct Disposition {
  unsigned long handler = 0, flags = 0, restorer = 0, mask = 0;  // 0: the default
};
static_assert(sizeof(void*) == 8, "the kernel's layout is another one where words are");

struct ChildContext {
  const Program& program;
  const std::vector<int>& signals;
  int most_descriptors;
  const rlimit* descriptors;       // for the program
  int take_tokens, return_tokens;  // -1: none; else above 4
  int error = 0;
};

/// Runs in the memory of the parent, whose thread waits, with all signals blocked. The sanitizers would mistake its
/// stack for the parent's.
__attribute__((no_sanitize("address", "thread", "undefined"))) int run_child(void* argument) {
  auto& context = *static_cast<ChildContext*>(argument);
  const Program& program = context.program;
  constexpr Disposition by_default;
  constexpr unsigned long none = 0;
  ::syscall(SYS_setpgid, 0, 0);
  for (const int signal : context.signals) ::syscall(SYS_rt_sigaction, signal, &by_default, nullptr, sizeof none);
  const int in =
      program.in >= 0 ? program.in : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY));
  const bool ready = in >= 0 && (program.folder == AT_FDCWD || ::syscall(SYS_fchdir, program.folder) == 0) &&
                     (in == 0 || ::syscall(SYS_dup3, in, 0, 0) == 0) && ::syscall(SYS_dup3, program.out, 1, 0) == 1 &&
                     ::syscall(SYS_dup3, program.err, 2, 0) == 2;
  int first_closed = 3;
  if (ready && context.take_tokens >= 0) {
    ::syscall(SYS_dup3, context.take_tokens, kTakeTokens, 0);
    ::syscall(SYS_dup3, context.return_tokens, kReturnTokens, 0);
    first_closed = kReturnTokens + 1;
  }
  if (ready) {
    if (::syscall(SYS_close_range, first_closed, ~0u, 0) != 0)  // before Linux 5.9
      for (int fd = first_closed; fd < context.most_descriptors; ++fd) ::syscall(SYS_close, fd);
    if (context.descriptors != nullptr) ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, context.descriptors, nullptr);
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
    ::syscall(SYS_execve, program.path, program.argv, program.env);
  }
  context.error = errno;
  ::syscall(SYS_exit_group, 127);
  return 127;
}

/// Above the descriptors that programs get.
Descriptor open_high(const char* path, int flags) {
  const Descriptor fd(::open(path, flags | O_CLOEXEC));
  return Descriptor(fd ? ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kReturnTokens + 1) : -1);
}

std::uint64_t users_descriptors(const ropewalk::Call& call) {
  const void* limit = call.query("ropewalk.descriptor_limit/1");
  return limit == nullptr ? 0 : *static_cast<const std::uint64_t*>(limit);
}

}  // namespace

Launcher::Launcher(const ropewalk::Call& call)
    : most_descriptors_(static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 1L << 20))),
      soft_descriptors_(users_descriptors(call)) {
  if (const char* const tokens = std::getenv("ROPEWALK_JOB_TOKENS"); tokens != nullptr && *tokens != '\0') {
    take_tokens_ = open_high(tokens, O_RDONLY);
    return_tokens_ = open_high(tokens, O_WRONLY);
    // A user's own MAKEFLAGS stay.
    if (take_tokens_ && return_tokens_ && std::getenv("MAKEFLAGS") == nullptr) make_flags_ = " -j --jobserver-auth=3,4";
  }
  for (int signal = 1; signal < NSIG; ++signal) {
    Disposition now;
    if (::syscall(SYS_rt_sigaction, signal, nullptr, &now, sizeof now.mask) == 0 && now.handler != 0)
      signals_.push_back(signal);
  }
}

Launcher::Started Launcher::start(const Program& program) const {
  Started started;
  rlimit descriptors{};
  const bool known = soft_descriptors_ != 0 && ::getrlimit(RLIMIT_NOFILE, &descriptors) == 0;
  descriptors.rlim_cur = std::min<rlim_t>(soft_descriptors_, descriptors.rlim_max);
  ChildContext context{program,
                       signals_,
                       most_descriptors_,
                       known ? &descriptors : nullptr,
                       make_flags_.empty() ? -1 : take_tokens_.get(),
                       return_tokens_.get()};
  alignas(16) std::byte stack[kStackBytes];
  int pidfd = -1;
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);  // a handler of this process must not run in the child
  started.pid =
      ::clone(run_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &pidfd);
  started.error = started.pid < 0 ? errno : context.error;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  started.pidfd = Descriptor(pidfd);
  if (started.pid > 0 && started.error == 0 && !started.pidfd) {
    started.error = ENOSYS;
    ::kill(-started.pid, SIGKILL);
  }
  if (started.error == 0) return started;
  while (started.pid > 0 && ::waitpid(started.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  started.pid = -1;
  started.pidfd.reset();
  return started;
}

}  // namespace process
