#include "engine/leftovers.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"
#include "base/processes.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::chrono::seconds kForWarden{3}, kUntilDead{20};
constexpr std::chrono::milliseconds kLookAgain{20};
/// By which clocks may differ, and a process is older than what is recorded of it.
constexpr std::int64_t kSlackNs = 2'000'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;

struct Process {
  pid_t pid = 0, parent = 0;
  std::string name = {};
  std::int64_t started_unix_ns = 0;
};

/// Nothing: there is no such process, or it has ended and waits to be reaped.
std::optional<Process> process_of(pid_t pid) {
  auto stat = process_stat(pid);
  if (!stat || stat->has_ended()) return std::nullopt;
  const std::int64_t tick_ns = kSecondNs / ::sysconf(_SC_CLK_TCK);
  const std::int64_t age_ns = clock_ns(CLOCK_BOOTTIME) - static_cast<std::int64_t>(stat->start_ticks) * tick_ns;
  return Process{
      .pid = pid, .parent = stat->parent, .name = std::move(stat->name), .started_unix_ns = unix_ns() - age_ns};
}

/// Every process below one of these.
std::vector<Process> descendants(const std::set<pid_t>& roots) {
  std::vector<Process> all;
  for_each_process([&](pid_t pid) {
    if (auto process = process_of(pid)) all.push_back(std::move(*process));
  });
  std::set<pid_t> below = roots;
  std::vector<Process> found;
  for (bool more = true; more;) {
    more = false;
    for (const Process& process : all)
      if (below.contains(process.parent) && below.insert(process.pid).second) {
        found.push_back(process);
        more = true;
      }
  }
  return found;
}

/// Only if it is still the same process.
void kill_process(const Process& process) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  const auto now = process_of(process.pid);
  if (!pidfd || !now || now->name != process.name || now->parent != process.parent) return;
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
}

class Leftovers {
 public:
  explicit Leftovers(const Record& record) : record_(record), boot_(boot_id()) {}

  Result<void> end() {
    auto hosts = record_.open_hosts();
    if (!hosts) return hosts.error();
    hosts_ = std::move(*hosts);
    const auto begin = std::chrono::steady_clock::now();
    for (std::vector<Process> alive = find(); !alive.empty(); alive = find()) {
      const auto waited = std::chrono::steady_clock::now() - begin;
      if (waited >= kUntilDead)
        return Errors(
            Error{codes::kRunStillAlive,
                  fmt::format("process {} of the run '{}' is still alive", alive.front().pid, record_.run().id),
                  {},
                  {"wait until it has ended, or kill it"}});
      killed_ = killed_ || (waited >= kForWarden && !engine_lives());
      // What a process that is killed has started comes to its warden, and is found there the next time.
      for (const Process& process : alive)
        if (killed_) kill_process(process);
      std::this_thread::sleep_for(kLookAgain);
    }
    for (const pid_t pid : wardens_)
      if (const auto warden = killed_ ? process_of(pid) : std::nullopt) kill_process(*warden);
    return {};
  }

 private:
  /// Null: none of whose processes may be left. Those of this process are known to its engine.
  const RecordedSession* session_of(const RecordedHost& host) const {
    for (const RecordedSession& session : record_.run().sessions)
      if (session.number == host.session && session.boot_id == boot_ && session.pid != ::getpid()) return &session;
    return nullptr;
  }

  /// The hosts of the run, and below wardens that were seen with them whatever is left there.
  std::vector<Process> find() {
    std::vector<Process> alive;
    for (const RecordedHost& host : hosts_) {
      const RecordedSession* const session = session_of(host);
      auto process = session ? process_of(host.pid) : std::nullopt;
      if (!process || process->name != "ropewalk-host" ||
          process->started_unix_ns > session->started_unix_ns + host.started_ns + kSlackNs)
        continue;
      if (const auto parent = process_of(process->parent); parent && parent->name == "ropewalk-warden")
        wardens_.insert(parent->pid);
      alive.push_back(std::move(*process));
    }
    std::erase_if(wardens_, [](pid_t pid) {
      const auto warden = process_of(pid);
      return !warden || warden->name != "ropewalk-warden";
    });
    for (Process& process : descendants(wardens_)) alive.push_back(std::move(process));
    return alive;
  }

  bool engine_lives() const {
    for (const RecordedSession& session : record_.run().sessions) {
      if (session.outcome || session.boot_id != boot_) continue;
      const auto engine = process_of(session.pid);
      if (engine && engine->started_unix_ns <= session.started_unix_ns + kSlackNs) return true;
    }
    return false;
  }

  const Record& record_;
  const std::string boot_;
  std::vector<RecordedHost> hosts_;
  std::set<pid_t> wardens_;
  bool killed_ = false;
};

}  // namespace

Result<void> end_leftovers(const Record& record) { return Leftovers(record).end(); }

}  // namespace ropewalk
