// The part of HostPool where the engine's thread waits, and that looks after the warden and after connections in
// between.

#include "hosts/pool.hpp"
#include "hosts/process_use.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kSendAgainNs = 2'000'000;

/// Sandboxes, and kernels before 5.11, know no time-outs in nanoseconds: there the engine sleeps for up to 1 ms longer.
template <std::size_t most>
int wait_for_events(int epoll, epoll_event (&events)[most], std::int64_t left_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000, kHour = 3600 * kSecond;
  const timespec timeout{.tv_sec = left_ns / kSecond, .tv_nsec = left_ns % kSecond};
  const auto count = static_cast<int>(::syscall(SYS_epoll_pwait2, epoll, events, most, &timeout, nullptr, 0));
  if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
  return ::epoll_wait(epoll, events, most,
                      static_cast<int>((std::min(left_ns, kHour) + kMillisecond - 1) / kMillisecond));
}

void drain_counter(int fd) {
  std::uint64_t count;
  (void)!::read(fd, &count, sizeof count);
}

}  // namespace

void HostPool::look_at_peers() {
  const std::int64_t now = monotonic_ns();
  if (!warden_ || hosts_.empty() || now < look_at_peers_ns_) return;
  look_at_peers_ns_ = now + WardenWatch::kLookNs;
  look_at_warden();
  look_for_cut_off();
}

void HostPool::look_at_warden() {
  switch (warden_watch_.look(warden_watch_.waits() ? process_state(warden_->pid()) : ProcessState())) {
    case WardenWatch::Step::none: return;
    case WardenWatch::Step::ask: asked_ns_ = now_ns(); return warden_->ask(warden_watch_.question());
    case WardenWatch::Step::continue_it: ::kill(warden_->pid(), SIGCONT); return;
    case WardenWatch::Step::replace: return warden_->replace();
  }
}

/// Forked hosts are too many, and live too short a time, to wait for each of their sockets.
void HostPool::look_for_cut_off() {
  std::vector<HostProcess*> forked;
  std::vector<pollfd> sockets;
  for (auto& [id, kept] : hosts_) {
    if (!kept.host->forked() || kept.host->dead() || kept.host->cut_off()) continue;
    forked.push_back(kept.host.get());
    sockets.push_back({.fd = kept.host->socket(), .events = POLLRDHUP, .revents = 0});
  }
  if (sockets.empty() || ::poll(sockets.data(), sockets.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < sockets.size(); ++i)
    if ((sockets[i].revents & (POLLRDHUP | POLLHUP)) != 0) forked[i]->note_cut_off();
}

/// A turn looks at every lane. Where they are many, and each has its next item already, one turn for several
/// completions does as well as one for each.
void HostPool::rest_after_turn(std::int64_t until_ns) const {
  constexpr std::int64_t kDear_ns = 20'000, kLongest_ns = 1'000'000, kShare = 4;
  constexpr std::size_t kMany = 64;
  const std::int64_t now = monotonic_ns(), cost = now - turn_began_ns_;
  if (turn_began_ns_ == 0 || cost < kDear_ns) return;
  std::size_t lanes = 0;
  for (const auto& [id, entry] : hosts_) lanes += entry.host->lanes().size();
  if (lanes < kMany) return;
  const std::int64_t rest = std::min({kShare * cost, kLongest_ns, until_ns - now});
  if (rest <= 0) return;
  const timespec time{.tv_sec = 0, .tv_nsec = rest};
  ::nanosleep(&time, nullptr);
}

std::int64_t HostPool::send_again_ns() const {
  return unsent_ == 0 ? std::numeric_limits<std::int64_t>::max() : monotonic_ns() + kSendAgainNs;
}

bool HostPool::wait(std::int64_t until_ns) {
  if (wardens_lost_ >= 2) return false;
  look_at_peers();
  rest_after_turn(until_ns);
  if (unsent_ != 0) {
    for (auto& [id, kept] : hosts_) {
      kept.host->flush();
      end_if_broken(kept);
    }
    until_ns = std::min(until_ns, send_again_ns());
  }
  epoll_event events[64];
  const int count = wait_for_events(epoll_.get(), events, std::max<std::int64_t>(until_ns - monotonic_ns(), 0));
  for (int i = 0; i < count; ++i) {
    const std::uint64_t tag = events[i].data.u64;
    if (tag == kWakeTag)
      drain_counter(wake_.get());
    else if (tag == kWardenTag) {
      if (warden_) warden_events();
    } else if ((tag & kOutputTag) != 0) {
      const auto found = hosts_.find(tag & ~kOutputTag);
      if (found != hosts_.end() && !found->second.host->read_output())
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.host->output_pipe(), nullptr);
    } else if ((tag & kBellTag) != 0) {
      const auto found = hosts_.find(tag & ~kBellTag);
      if (found != hosts_.end() && !found->second.host->has_rung())
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.host->bell(), nullptr);
    } else if (const auto found = hosts_.find(tag); found != hosts_.end()) {
      hear(found->second);
    }
  }
  if (const std::int64_t paused = pauses_.paused_ns(); paused != paused_reported_ns_) {
    paused_reported_ns_ = paused;
    for (auto& [id, kept] : hosts_) kept.host->set_stood_still(paused);
  }
  turn_began_ns_ = monotonic_ns();
  return wardens_lost_ < 2;
}

void HostPool::hear(Kept& kept) {
  HostProcess& host = *kept.host;
  // Closed: mostly the warden will report the death. Do not spin on the end of file.
  if (!host.listen()) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, host.socket(), nullptr);
    if (host.broken().empty()) host.note_cut_off();
  }
  if (host.loaded() || host.refusal()) starting_.erase(host.id());
  if (kept.use == Use::zygote) take_not_forked(host);
  end_if_broken(kept);
}

/// One that is lent is its borrower's to judge.
void HostPool::end_if_broken(const Kept& kept) {
  if (!kept.host->broken().empty() && kept.use != Use::lent) kill(*kept.host);
}

}  // namespace ropewalk
