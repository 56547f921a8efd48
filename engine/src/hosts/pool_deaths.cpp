// The part of HostPool for the ends of hosts and of the warden: what they report, which hosts failed as they closed,
// and what is used again.

#include "base/text.hpp"
#include "hosts/leftovers.hpp"
#include "hosts/pool.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace ropewalk {
namespace {

constexpr std::int64_t kClosingNs = 3'000'000'000;  // more than a host gives itself

/// Signals that a process sends itself seldom.
bool is_from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace

std::map<std::string, HostPool::CloseFailures> HostPool::take_close_failures(bool close) {
  const auto closing = [this] {
    std::vector<HostProcess*> hosts;
    for (auto& [id, kept] : hosts_)
      if ((kept.use == Use::idle || kept.use == Use::discarded) && !kept.host->dead() && !kept.host->opener().empty())
        hosts.push_back(kept.host.get());
    return hosts;
  };
  if (close) {
    for (HostProcess* host : closing())
      if (hosts_.at(host->id()).use == Use::idle) discard(*host, false);
    const std::int64_t until = monotonic_ns() + kClosingNs;
    while (!closing().empty() && monotonic_ns() < until && wait(until)) {
    }
    for (HostProcess* host : closing()) {
      note_close(*host, true);
      host->set_opener({});
      kill(*host);
    }
  }
  return std::exchange(close_failures_, {});
}

void HostPool::note_close(const HostProcess& host, bool overdue) {
  if (host.opener().empty() || host.lost() || !host.spawn_error().empty()) return;
  const int status = host.wait_status();
  CloseFailures failures;
  if (overdue || (WIFEXITED(status) && WEXITSTATUS(status) == wire::kExitCloseHangs))
    failures.hung = 1;
  else if (WIFSIGNALED(status) ? !is_from_outside(WTERMSIG(status)) : WEXITSTATUS(status) != 0)
    failures.died = 1, failures.how = host.how_it_died();
  else
    return;
  CloseFailures& all = close_failures_[host.opener()];
  all.hung += failures.hung;
  all.died += failures.died;
  if (failures.died != 0) all.how = std::move(failures.how);
}

void HostPool::remove_dead(std::uint64_t id) {
  const auto found = hosts_.find(id);
  if (found == hosts_.end()) return;
  Kept kept = std::move(found->second);
  hosts_.erase(found);
  starting_.erase(id);
  if (!kept.host->forked()) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, kept.host->socket(), nullptr);
  if (kept.use != Use::lent) note_close(*kept.host, false);
  // Processes that it has left may have it open still, and closing it here would not take it away.
  if (kept.host->bell() >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, kept.host->bell(), nullptr);
  if (const auto zygote = hosts_.find(kept.host->zygote()); zygote != hosts_.end())
    zygote->second.host->forks().forget(id);
  if (kept.use == Use::lent)
    dead_.push_back(std::move(kept.host));
  else
    forget(std::move(kept.host));
}

/// Its memory may serve again if the warden saw it dead: then nobody else has it mapped.
void HostPool::forget(std::unique_ptr<HostProcess> host) {
  if (host->forked() && !host->lost() && !host->unkillable()) memory_cache_.give_back(host->take_cached_memory());
}

std::vector<HostProcess*> HostPool::take_dead() {
  for (std::unique_ptr<HostProcess>& host : reported_) forget(std::move(host));
  reported_ = std::move(dead_);
  dead_.clear();
  std::vector<HostProcess*> dead;
  for (const std::unique_ptr<HostProcess>& host : reported_) dead.push_back(host.get());
  return dead;
}

void HostPool::warden_events() {
  bool lost = false;
  for (WardenClient::Event& event : warden_->receive()) {
    const auto found = hosts_.find(event.host);
    if (event.kind == WardenClient::Event::Kind::lost) {
      lost = true;
      continue;
    }
    if (event.kind == WardenClient::Event::Kind::answer) {
      warden_watch_.answered(static_cast<std::uint32_t>(event.status));
      if (!warden_watch_.waits()) answered_ns_ = asked_ns_;
      continue;
    }
    if (found == hosts_.end()) continue;
    HostProcess& host = *found->second.host;
    if (host.dead()) continue;  // describe() has not looked yet
    if (event.kind == WardenClient::Event::Kind::spawned) {
      host.spawned(event.pid, std::move(event.pidfd));
      continue;
    }
    if (event.pid != 0) host.spawned(event.pid, {});
    if (!host.forked()) host.listen();  // its last messages; what a forked one sent is looked for when it is missed
    const bool zygote = found->second.use == Use::zygote;
    if (zygote) take_not_forked(host);
    if (event.kind == WardenClient::Event::Kind::failed)
      host.failed(event.status == EAGAIN ? start_failure_text(EAGAIN) : event.text);
    else
      host.died(event.status, event.left_behind, std::move(event.text),
                {to_ns(event.usage.ru_utime), to_ns(event.usage.ru_stime)});
    // describe() looks at its host itself; it is lent, has no board, and is buried there.
    if (found->second.use != Use::lent || host.key()) remove_dead(event.host);
    if (zygote) zygote_died(event.host);
  }
  if (lost) warden_lost();
}

/// Hosts die with their warden (PDEATHSIG); make sure of it before anything is dealt again.
void HostPool::warden_lost() {
  ++wardens_lost_;
  if (warden_->is_of_another_version()) warden_differs_ = true, wardens_lost_ = 2;  // so would the next one be
  warden_watch_ = {};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, warden_->fd(), nullptr);
  {
    const MutexLock lock(freezing_);
    warden_.reset();
  }
  std::vector<std::uint64_t> all;
  for (auto& [id, kept] : hosts_) {
    all.push_back(id);
    if (kept.host->pidfd() < 0) continue;
    ::syscall(SYS_pidfd_send_signal, kept.host->pidfd(), SIGKILL, nullptr, 0);
    pollfd exit{.fd = kept.host->pidfd(), .events = POLLIN, .revents = 0};
    ::poll(&exit, 1, 2000);
  }
  end_marked(mark_);  // nobody is left who would end what their tasks started
  for (const std::uint64_t id : all) {
    HostProcess& host = *hosts_.at(id).host;
    host.listen();
    if (!host.dead()) host.lost_with_parent();
    if (hosts_.at(id).use != Use::lent || host.key()) remove_dead(id);
  }
}

}  // namespace ropewalk
