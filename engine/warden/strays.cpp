#include "warden/strays.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace ropewalk::warden {
namespace {

constexpr std::int64_t kLongestNs = 2'000'000'000;

/// From its beginning.
std::string content(const Fd& file) {
  std::string text;
  char buffer[4096];
  for (ssize_t size; file && (size = ::pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

/// For kernels without /proc/PID/task/TID/children.
std::vector<pid_t> scan_for_children() {
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (proc) {
    const dirent* entry = ::readdir(proc.get());
    if (entry == nullptr) break;
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    const std::string stat = content(Fd(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC)));
    const std::size_t name_end = stat.rfind(')');  // a name may hold anything
    int parent = 0;
    if (name_end != std::string::npos && std::sscanf(stat.c_str() + name_end, ") %*c %d", &parent) == 1 && parent == ::getpid()) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::vector<pid_t> children() {
  // Open for good: looking it up takes longer than reading it, which happens at each death.
  static const Fd list(::open(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), O_RDONLY | O_CLOEXEC));
  if (!list) return scan_for_children();
  std::vector<pid_t> found;
  const std::string text = content(list);
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const long pid = std::strtol(at, &end, 10);
    if (end == at) break;
    found.push_back(static_cast<pid_t>(pid));
    at = end;
  }
  return found;
}

std::uint64_t end_strays(const std::function<bool(pid_t)>& known, pid_t group) {
  const std::int64_t until = monotonic_ns() + kLongestNs;
  std::uint64_t running = 0;
  for (bool first = true;; first = false) {
    bool any = false;
    std::vector<pid_t> strays = children();
    std::erase_if(strays, known);
    // Counted before anything is killed: what has ended by itself was not left running.
    if (first) {
      std::erase_if(strays, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) == child; });
      running = strays.size();
      if (group != 0) ::kill(-group, SIGKILL);
    }
    for (const pid_t child : strays) {
      any = true;
      ::kill(child, SIGKILL);
      // Its own children become ours when it is gone: the next round finds them.
      const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
      const std::int64_t left_ms = (until - monotonic_ns()) / 1'000'000;
      pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
      if (pidfd) ::poll(&exit, 1, static_cast<int>(left_ms > 0 ? left_ms : 0));
      ::waitpid(child, nullptr, WNOHANG);
    }
    if (!any || monotonic_ns() >= until) return running;
  }
}

}  // namespace ropewalk::warden
