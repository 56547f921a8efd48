#include "hosts/leftovers.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"
#include "base/processes.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::int64_t kLongestNs = 2'000'000'000;  // without the end of any process
constexpr std::size_t kWaitedFor = 256;             // of those that are killed in one round
constexpr useconds_t kLookUs = 5000;

bool carries(pid_t pid, const std::string& mark) {
  return ('\0' + process_file(pid, "environ")).find('\0' + mark + '\0') != std::string::npos;
}

/// All are killed before the first is waited for. False: none of them was there, or none ended.
bool kill_one_round(const std::string& mark) {
  std::vector<Fd> killed;
  for_each_process([&](pid_t pid) {
    if (pid == ::getpid()) return;
    // The descriptor first: if the process ends and its number is given to another, the mark decides.
    Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd || !carries(pid, mark)) return;
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    if (killed.size() < kWaitedFor) killed.push_back(std::move(pidfd));
  });
  bool any = false;
  std::int64_t until = monotonic_ns() + kLongestNs;
  for (const Fd& pidfd : killed) {
    pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    const std::int64_t left_ms = (until - monotonic_ns()) / 1'000'000;
    if (::poll(&exit, 1, static_cast<int>(left_ms > 0 ? left_ms : 0)) == 1)
      any = true, until = monotonic_ns() + kLongestNs;
  }
  return any;
}

/// Those that live and descend from `root`, children before their own children.
std::vector<pid_t> descendants(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  std::set<pid_t> ended;
  for_each_process([&](pid_t pid) {
    const auto stat = process_stat(pid);
    if (!stat) return;
    if (stat->has_ended()) ended.insert(pid);
    children.emplace(stat->parent, pid);
  });
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (auto [at, end] = children.equal_range(found[i]); at != end; ++at) found.push_back(at->second);
  found.erase(found.begin());
  std::erase_if(found, [&](pid_t pid) { return ended.contains(pid); });
  return found;
}

}  // namespace

std::string engine_mark() {
  static std::atomic<unsigned> engines = 0;
  return fmt::format("ROPEWALK_ENGINE={}.{}.{}", ::getpid(), monotonic_ns(), engines++);
}

void end_marked(const std::string& mark) {
  while (kill_one_round(mark)) {
  }
}

void end_tree(pid_t root) {
  std::int64_t until = monotonic_ns() + kLongestNs;
  std::size_t before = 0;
  for (std::vector<pid_t> all = descendants(root); !all.empty() && monotonic_ns() < until; all = descendants(root)) {
    for (const pid_t pid : all) ::kill(pid, SIGKILL);
    if (all.size() < before) until = monotonic_ns() + kLongestNs;
    before = all.size();
    ::usleep(kLookUs);
  }
  ::kill(root, SIGKILL);
}

}  // namespace ropewalk
