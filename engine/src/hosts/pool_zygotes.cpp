// The part of HostPool that has hosts forked. A zygote is a host that has loaded its plugin and has a single thread:
// its process can be copied, which takes a fiftieth of starting another one and loading the plugin again. The copy is
// a host like any other: a socket, a board and a number of its own, and the warden is its parent.

#include "hosts/pool.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace ropewalk {
namespace {

constexpr int kBirthsBytes = 1 << 20;  // tens of thousands of fork_log before the warden has to read

}  // namespace

/// Null: start a process. That is what plugins with threads get, since a copy would have only one of them, and the
/// first hosts after a zygote has died, while the next is loading.
HostProcess* HostPool::zygote_for(const HostKey& key) {
  if (threaded_.contains(key.plugin.identity)) return nullptr;
  Kept* fresh = nullptr;
  for (auto& [id, kept] : hosts_) {
    if (kept.host->dead() || !kept.host->broken().empty() || kept.host->plugin() != key.plugin || kept.env != key.env ||
        (kept.use != Use::zygote && kept.use != Use::fresh))
      continue;
    if (kept.host->threads_after_loading() > 1) {
      move(kept.use, Use::fresh);
      threaded_.insert(key.plugin.identity);
      return nullptr;
    }
    if (kept.use == Use::zygote) return kept.host->loaded() ? kept.host.get() : nullptr;
    fresh = &kept;
  }
  if (fresh == nullptr) {
    end_unused(Use::zygote);
    Result<HostProcess*> host = spawn(key.plugin, Use::zygote, kOutputBytes, key.env);
    if (host && !make_zygote(hosts_.at((*host)->id()))) discard(**host, true);
    return nullptr;
  }
  return make_zygote(*fresh) ? fresh->host.get() : nullptr;
}

bool HostPool::make_zygote(Kept& kept) {
  int ends[2];
  if (!warden_ || ::pipe2(ends, O_CLOEXEC) != 0) return false;
  const Fd said(ends[0]), saying(ends[1]);
  ::fcntl(saying.get(), F_SETPIPE_SZ, kBirthsBytes);
  warden_->will_fork(kept.host->id(), said.get());
  kept.host->become_zygote(saying.get());
  move(kept.use, Use::zygote);
  return true;
}

Result<HostProcess*> HostPool::fork(HostProcess& zygote, const HostKey& key) {
  Result<CachedMemory> memory = memory_cache_.take(output_bytes(key.limits));
  if (!memory) return memory.error();
  auto [mine, theirs] = socket_pair();
  if (!mine || !theirs)
    return Error{codes::kNoHost,
                 fmt::format("cannot start a host: {}", std::strerror(errno)),
                 {},
                 {"raise the limit of open files (ulimit -n), or use fewer `workers`"}};
  const std::uint64_t id = warden_->reserve();
  auto host = std::make_unique<HostProcess>(id, zygote, std::move(mine), unsent_);
  hold_to_limit(*host, key);
  if (const Result<void> made =
          host->prepare_fork(key, std::move(*memory), std::move(theirs), clock_.tsc(), reading_cycles());
      !made)
    return made.error();
  host->set_stood_still(paused_reported_ns_);
  watch_bell(*host);
  // Its socket is not waited on: a large result is looked for when its record is met.
  return hosts_.emplace(id, Kept{std::move(host), Use::lent, key.env}).first->second.host.get();
}

void HostPool::take_not_forked(HostProcess& zygote) {
  for (const auto& [id, why] : zygote.forks().take_refused()) {
    const auto found = hosts_.find(id);
    if (found == hosts_.end()) continue;
    found->second.host->failed(why);
    remove_dead(id);
  }
}

/// The warden has named those of its children that live. The others it never forked, or they died with it.
void HostPool::zygote_died(std::uint64_t zygote) {
  std::vector<std::uint64_t> unforked;
  for (const auto& [id, kept] : hosts_)
    if (kept.host->zygote() == zygote && !kept.host->confirmed()) unforked.push_back(id);
  for (const std::uint64_t id : unforked) {
    hosts_.at(id).host->lost_with_parent();
    remove_dead(id);
  }
}

void HostPool::kill_zygote_of(HostProcess& host) {
  if (warden_ && host.forked() && !host.confirmed()) warden_->signal(host.zygote(), SIGKILL);
}

}  // namespace ropewalk
