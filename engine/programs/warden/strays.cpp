#include "warden/strays.hpp"

#include "base/cycles.hpp"
#include "base/failpoint.hpp"
#include "base/fd.hpp"
#include "base/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace ropewalk::warden {
namespace {

constexpr std::int64_t kPatienceNs = 5'000'000'000;  // with no process ending in between
constexpr int kLookMs = 100;

/// Reads the file from its start.
std::string content(const Fd& file) {
  std::string text;
  char buffer[4096];
  for (ssize_t size; file && (size = ::pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

/// Fallback for kernels without /proc/PID/task/TID/children.
std::vector<pid_t> scan_for_children() {
  std::vector<pid_t> found;
  for_each_process([&](pid_t pid) {
    const auto stat = process_stat(pid);
    if (stat && stat->parent == ::getpid()) found.push_back(pid);
  });
  return found;
}

}  // namespace

std::vector<pid_t> children() {
  // Stays open, because opening it takes longer than reading it, and it is read at each death.
  static const Fd list(
      ::open(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), O_RDONLY | O_CLOEXEC));
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

namespace {

/// Reaps the processes in `strays` that have ended; returns their number.
std::size_t reap(std::vector<pid_t>& strays) {
  return std::erase_if(strays, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
}

bool kill_stray(pid_t child) {
  if (const int error = ROPEWALK_FAILPOINT("warden.kill_stray"); error != 0) return errno = error, false;
  return ::kill(child, SIGKILL) == 0;
}

/// Waits until one of them has ended, or for a limited time.
void wait_for_one_of(const std::vector<pid_t>& strays) {
  constexpr std::size_t kFew = 64;
  std::vector<Fd> pidfds;
  std::vector<pollfd> exits;
  for (std::size_t i = 0; i < std::min(strays.size(), kFew); ++i) {
    pidfds.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, strays[i], 0)));
    exits.push_back({.fd = pidfds.back().get(), .events = POLLIN, .revents = 0});
  }
  ::poll(exits.data(), exits.size(), kLookMs);
}

/// Processes that could not be killed. They are not waited for, and are forgotten once they end.
std::vector<pid_t>& abandoned() {
  static std::vector<pid_t> all;
  return all;
}

}  // namespace

StraysEnd end_strays(const std::function<bool(pid_t)>& known, pid_t group, std::int64_t patience_ns) {
  StraysEnd end;
  std::vector<pid_t>& lasting = abandoned();
  const std::int64_t began = monotonic_ns();
  std::int64_t progress = began;
  for (bool first = true;; first = false) {
    std::vector<pid_t> strays = children();
    std::erase_if(lasting, [&](pid_t child) { return std::find(strays.begin(), strays.end(), child) == strays.end(); });
    std::erase_if(strays, [&](pid_t child) {
      return std::find(lasting.begin(), lasting.end(), child) != lasting.end() || known(child);
    });
    // A process that ends after the list was read leaves its own children, which are not on that list.
    const bool none = strays.empty();
    // Count before killing: a process that ended by itself was not left running.
    if (reap(strays) != 0) progress = monotonic_ns();
    if (first) {
      end.running = strays.size();
      if (group != 0) ::kill(-group, SIGKILL);
    }
    std::vector<pid_t> dying;
    for (const pid_t child : strays) {
      if (kill_stray(child) || errno == ESRCH)
        dying.push_back(child);
      else
        lasting.push_back(child), end.remaining.push_back(child);  // belongs to another user
    }
    if (none) return end;
    // Kill all before waiting for the first. Processes that they have started in the meantime become children for the
    // next round.
    const auto over = [&] { return patience_ns != 0 && monotonic_ns() - began >= patience_ns; };
    while (!dying.empty() && monotonic_ns() - progress < kPatienceNs && !over()) {
      if (reap(dying) != 0)
        progress = monotonic_ns();
      else
        wait_for_one_of(dying);
    }
    end.remaining.insert(end.remaining.end(), dying.begin(), dying.end());
    if (over()) return end;
    lasting.insert(lasting.end(), dying.begin(), dying.end());
    progress = monotonic_ns();
  }
}

void try_again() { abandoned().clear(); }

std::string list_of(const std::vector<pid_t>& processes) {
  constexpr std::size_t kNamed = 5;
  std::string text = std::to_string(processes.size()) + (processes.size() == 1 ? " process (" : " processes (");
  for (std::size_t i = 0; i < std::min(processes.size(), kNamed); ++i) {
    const auto stat = process_stat(processes[i]);
    const std::string name = stat ? stat->name : std::string();
    text += (i == 0 ? "" : ", ") + std::to_string(processes[i]) + (name.empty() ? "" : " ") + name;
  }
  return text + (processes.size() > kNamed ? ", ...)" : ")");
}

}  // namespace ropewalk::warden
