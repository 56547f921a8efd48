#include "hosts/leftovers.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>

namespace ropewalk {
namespace {

constexpr std::int64_t kLongestNs = 2'000'000'000;

bool carries(pid_t pid, const std::string& mark) {
  const Fd fd(::open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  std::string environment(1, '\0');
  char buffer[4096];
  for (ssize_t size; fd && (size = ::read(fd.get(), buffer, sizeof buffer)) > 0;) environment.append(buffer, static_cast<std::size_t>(size));
  return environment.find('\0' + mark + '\0') != std::string::npos;
}

bool kill_one_round(const std::string& mark, std::int64_t until) {
  bool any = false;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (proc) {
    const dirent* entry = ::readdir(proc.get());
    if (entry == nullptr) break;
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0 || pid == ::getpid()) continue;
    // The descriptor first: if the process ends and its number is given to another, the mark decides.
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd || !carries(pid, mark)) continue;
    any = true;
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    const std::int64_t left_ms = (until - monotonic_ns()) / 1'000'000;
    ::poll(&exit, 1, static_cast<int>(left_ms > 0 ? left_ms : 0));
  }
  return any;
}

}  // namespace

std::string engine_mark() {
  static std::atomic<unsigned> engines = 0;
  return fmt::format("ROPEWALK_ENGINE={}.{}.{}", ::getpid(), monotonic_ns(), engines++);
}

void end_marked(const std::string& mark) {
  const std::int64_t until = monotonic_ns() + kLongestNs;
  while (kill_one_round(mark, until) && monotonic_ns() < until) {
  }
}

}  // namespace ropewalk
