#include "host/zygote.hpp"

#include "base/failpoint.hpp"
#include "base/text.hpp"
#include "host/faults.hpp"
#include "host/language.hpp"
#include "protocol/host_messages.hpp"
#include "protocol/warden_messages.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ropewalk::host {
namespace {

constexpr std::size_t kHeapRoom = 100 << 10;  // less than what free() gives back to the kernel

/// Like fork(), but the child has the same parent as this process. The C library has no such function, so this does
/// what it does in a child: it sets the number of the thread, which locks and pthread_kill() use, and the list of
/// robust locks. Handlers of pthread_atfork() are not called; with one thread there is no lock that they would have to
/// take.
pid_t fork_sibling(int* thread_id) {
  void* locks = nullptr;
  std::size_t size = 0;
  const bool robust = ::syscall(SYS_get_robust_list, 0, &locks, &size) == 0 && locks != nullptr;
  const unsigned long flags =
      CLONE_PARENT | SIGCHLD | (thread_id != nullptr ? CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID : 0);
#if defined(__aarch64__)
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, thread_id));
#else
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, thread_id, nullptr));
#endif
  if (child == 0 && robust) ::syscall(SYS_set_robust_list, locks, size);
  return child;
}

}  // namespace

Zygote::Zygote(Fd fork_log, int engine) : fork_log_(std::move(fork_log)), engine_(engine), warden_(::getppid()) {
  // Otherwise every child would write the same buffers.
  std::fflush(nullptr);
  prepare_stacks();
  // Reserves heap for the allocations of every child, which then needs no system call for them.
  void* volatile room = std::malloc(kHeapRoom);
  std::free(room);
  // Done once here, so that symbols are resolved before children are forked: that touches twenty pages.
  (void)wire::decode_stage(wire::encode(wire::StageSetup{}));
  int* where = nullptr;
  if (::prctl(PR_GET_TID_ADDRESS, &where, 0, 0, 0) == 0 && where != nullptr && *where == ::getpid()) thread_id_ = where;
}

std::uint64_t Zygote::threads() {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 2 ? tasks.st_nlink - 2 : 1;
}

void Zygote::log_fork(std::uint64_t host, pid_t pid) const {
  const warden_wire::ForkRecord record{.pid = pid, .host = host};
  while (::write(fork_log_.get(), &record, sizeof record) < 0 && errno == EINTR) {
  }
}

bool Zygote::refuse(std::uint64_t host, std::string_view why) const {
  log_fork(host, -1);
  wire::send(engine_, wire::Type::not_forked, host, why);
  return false;
}

bool Zygote::fork(std::uint64_t host, int socket, int output) {
  // The C library knows without reading /proc that there are no threads.
  if (!__libc_single_threaded && threads() > 1) return refuse(host, "its plugin has started a thread");
  if (const int error = ROPEWALK_FAILPOINT("zygote.fork"); error != 0) return refuse(host, start_failure_text(error));
  log_fork(host, 0);
  ROPEWALK_FAILPOINT("zygote.before_fork");
  if (language != nullptr) language->before_fork();
  const pid_t child = fork_sibling(thread_id_);
  if (child == 0) {
    become_host(host, socket, output);
    if (language != nullptr) language->after_fork_in_child();
    return true;
  }
  if (language != nullptr) language->after_fork_in_parent();
  if (child < 0) return refuse(host, start_failure_text(errno));
  ROPEWALK_FAILPOINT("zygote.after_fork");
  log_fork(host, child);
  return false;
}

void Zygote::close(std::span<const int> fds) {
  // They usually have consecutive numbers.
  for (std::size_t first = 0; first < fds.size();) {
    std::size_t last = first;
    while (last + 1 < fds.size() && fds[last + 1] == fds[last] + 1) ++last;
    if (last == first || ::close_range(static_cast<unsigned>(fds[first]), static_cast<unsigned>(fds[last]), 0) != 0)
      for (std::size_t i = first; i <= last; ++i) ::close(fds[i]);
    first = last + 1;
  }
}

void Zygote::become_host(std::uint64_t host, int socket, int output) {
  ROPEWALK_FAILPOINT("forked.at_birth");
  fork_log_.reset();  // the warden waits for its end if the zygote dies
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != warden_) ::_exit(1);  // the warden died before the call above took effect
  ::setpgid(0, 0);
  if (!mark_.put(host)) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // see the spawner of the warden
  adopt_fault_handlers();
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0 || ::dup3(socket, engine_, O_CLOEXEC) < 0)
    ::_exit(1);
}

}  // namespace ropewalk::host
