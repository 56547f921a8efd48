#include "hosts/pool.hpp"

#include "base/descriptor_limit.hpp"
#include "base/text.hpp"
#include "hosts/leftovers.hpp"
#include "hosts/process_use.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <thread>

extern char** environ;

namespace ropewalk {
namespace {

constexpr std::int64_t kSendAgainNs = 2'000'000, kDyingNs = 2'000'000'000;
constexpr std::int64_t kReadingNs = 20'000;    // between two readings of the CPU clock
constexpr std::int64_t kClosingNs = 3'000'000'000;  // more than a host gives itself
constexpr std::size_t kStartsPerCore = 4;  // hosts that load their plugin at the same time
constexpr std::size_t kMaxUnused = 32;     // idle hosts of other keys, and zygotes without children, that are kept
constexpr int kMaxLoads = 4;  // of a plugin whose hosts are killed from outside
constexpr std::uint64_t kOutputTag = std::uint64_t{1} << 62;  // and a host's id
constexpr std::uint64_t kBellTag = std::uint64_t{1} << 61;   // and a host's id
constexpr std::uint64_t kWakeTag = ~std::uint64_t{0}, kWardenTag = ~std::uint64_t{0} - 1;

std::vector<std::string> environment(const std::string& mark, const Environment& own) {
  std::vector<std::string> all{mark};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (own.empty() || !own.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
  return all;
}

/// Sandboxes, and kernels before 5.11, know no time-outs in nanoseconds: there the engine sleeps for up to 1 ms longer.
template <std::size_t most>
int wait_for_events(int epoll, epoll_event (&events)[most], std::int64_t left_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000, kHour = 3600 * kSecond;
  const timespec timeout{.tv_sec = left_ns / kSecond, .tv_nsec = left_ns % kSecond};
  const auto count = static_cast<int>(::syscall(SYS_epoll_pwait2, epoll, events, most, &timeout, nullptr, 0));
  if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
  return ::epoll_wait(epoll, events, most, static_cast<int>((std::min(left_ns, kHour) + kMillisecond - 1) / kMillisecond));
}

/// Signals that a process sends itself seldom.
bool is_from_outside(int signal) { return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT; }

void drain_counter(int fd) {
  std::uint64_t count;
  (void)!::read(fd, &count, sizeof count);
}

}  // namespace

/// Its output is a file as well: it must end before the limit of files strikes. A page more than the limit of output shows
/// that this was passed: of a write beyond the end the kernel takes whole pages only.
std::size_t HostPool::output_bytes(const Limits& limits) {
  constexpr std::size_t kPage = 4096;
  const std::size_t wanted = limits.output_bytes ? (*limits.output_bytes / kPage + 1) * kPage : kOutputBytes;
  return std::min<std::size_t>(wanted, limits.file_bytes.value_or(kOutputBytes + 1) - 1);
}

HostPool::HostPool(std::filesystem::path programs, bool scratch_folder)
    : programs_(std::move(programs)),
      scratch_folder_(scratch_folder),
      mark_(engine_mark()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  watch(wake_.get(), kWakeTag);
}

HostPool::~HostPool() { dismiss(); }

void HostPool::dismiss() {
  if (!warden_) return;
  warden_->farewell();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, warden_->fd(), nullptr);
  {
    const std::lock_guard lock(freezing_);
    leaving_ = std::move(warden_);
  }
  memory_groups_.leave_folder();
  hosts_.clear();  // the end of its socket ends a host
}

void HostPool::watch(int fd, std::uint64_t tag, std::uint32_t more_events) {
  epoll_event event{};
  event.events = EPOLLIN | more_events;
  event.data.u64 = tag;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

/// Each ring counts, whether or not an earlier one could be read away.
void HostPool::watch_bell(const HostProcess& host) { watch(host.bell(), kBellTag | host.id(), EPOLLET); }

Result<void> HostPool::need_warden() {
  if (warden_) return {};
  leaving_.reset();
  if (!epoll_ || !wake_)
    return Error{codes::kNoWarden, "no file descriptor is left for the engine", {}, {"raise the limit of open files (ulimit -n)"}};
  Result<std::unique_ptr<WardenClient>> started = WardenClient::start(programs_ / "ropewalk-warden", scratch_folder_);
  if (!started) return started.error();
  memory_kills_ = out_of_memory_kills();  // while it comes to life
  {
    const std::lock_guard lock(freezing_);
    warden_ = std::move(*started);
    if (frozen_) warden_->freeze();
  }
  watch(warden_->fd(), kWardenTag);
  if (!memory_groups_.folder().empty()) warden_->remove_at_end(memory_groups_.folder());
  return {};
}

Result<HostProcess*> HostPool::spawn(const PluginBuild& plugin, Use use, std::size_t output_bytes, const Environment& env) {
  if (Result<void> ready = need_warden(); !ready) return ready.error();
  auto [mine, theirs] = socket_pair();
  Fd output = board::make_output(output_bytes);
  if (!mine || !theirs || !output)
    return Error{codes::kNoHost, fmt::format("cannot start a host: {}", std::strerror(errno)), {},
                 {errno == EFBIG ? "raise the limit of the size of files (ulimit -f)" : "raise the limit of open files (ulimit -n), or use fewer `workers`"}};
  const auto seen_from_there = [this](const std::filesystem::path& path) { return scratch_folder_ ? absolute(path).string() : path.string(); };
  const HostCommand command{.argv = {seen_from_there(programs_ / "ropewalk-host"), "3", seen_from_there(plugin.file), plugin.image ? "copy" : "file",
                                     plugin.image ? "4" : plugin.identity, std::to_string(users_descriptor_limit())},
                            .env = environment(mark_, env)};
  std::vector<int> fds{theirs.get()};
  if (plugin.image) fds.push_back(plugin.image->fd());
  const std::uint64_t id = warden_->spawn(command, output.get(), fds);
  auto host = std::make_unique<HostProcess>(id, plugin, std::move(mine), std::move(output), unsent_);
  watch(host->socket(), id);
  HostProcess* borrowed = host.get();
  hosts_.emplace(id, Kept{std::move(host), use, env});
  starting_.insert(id);
  return borrowed;
}

bool HostPool::starts_enough(const HostKey& key) const {
  static const std::size_t most = kStartsPerCore * std::max(1u, std::thread::hardware_concurrency());
  if (starting_.size() < most) return false;
  return std::none_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    const Kept& kept = entry.second;
    if (kept.host->dead()) return false;
    if (kept.use == Use::zygote) return key.one_task && kept.host->loaded() && kept.host->plugin() == key.plugin && kept.env == key.env;
    return kept.use == Use::idle && kept.host->key()->serves(key);
  });
}

/// The oldest hosts that nobody uses make way for another one. A workflow may have a key for each of its stages.
void HostPool::end_unused(Use use) {
  std::vector<HostProcess*> unused;
  for (auto& [id, kept] : hosts_)
    if (kept.use == use && !kept.host->dead() && (use != Use::zygote || !has_forked(*kept.host))) unused.push_back(kept.host.get());
  for (std::size_t i = 0; i + kMaxUnused < unused.size(); ++i) discard(*unused[i], false);
}

/// A host that is alive, or not born yet.
bool HostPool::has_forked(const HostProcess& zygote) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) { return entry.second.host->zygote() == zygote.id(); });
}

bool HostPool::load(HostProcess& host, std::int64_t limit_ns) {
  const std::int64_t until = monotonic_ns() + limit_ns;
  bool warden = true;
  while (warden && !host.dead() && !host.refusal() && !host.description() && monotonic_ns() < until) warden = wait(until);
  return warden;
}

Error HostPool::no_description(HostProcess& host, std::int64_t limit_ns) const {
  const std::string name = host.plugin().file.filename().string();
  if (host.refusal()) return *host.refusal();
  if (!host.spawn_error().empty())
    return Error{codes::kNoHost, fmt::format("cannot start a host for '{}': {}", name, host.spawn_error()), {},
                 {fmt::format("is {} there and executable?", (programs_ / "ropewalk-host").string())}};
  if (host.dead() && host.killed_from_outside())
    return Error{codes::kPluginDiesLoading,
                 fmt::format("plugin '{}' could not be loaded: the process that loads it was killed from outside {} times; the last one {}", name,
                             kMaxLoads, host.how_it_died()), {},
                 {"find out what kills processes named ropewalk-host (a watchdog, a batch system, the kernel for want of memory), stop it, and try again"}};
  if (host.dead())
    return Error{codes::kPluginDiesLoading, fmt::format("plugin '{}' ended the process that loaded it: it {}", name, host.how_it_died()), {},
                 {"a plugin's constructors of static objects must neither exit nor throw; work belongs into open() or run()"}};
  return Error{codes::kPluginHangsLoading,
               fmt::format("plugin '{}' did not finish loading within {} s", name, limit_ns / 1'000'000'000), {},
               {"a plugin's constructors of static objects must not wait; work belongs into open() or run()"}};
}

Result<Plugin> HostPool::describe(const PluginBuild& plugin, std::int64_t limit_ns) {
  for (int loads = 1;; ++loads) {
    Result<HostProcess*> spawned = spawn(plugin, Use::lent, kOutputBytes, {});
    if (!spawned) return spawned.error();
    HostProcess& host = **spawned;
    const bool warden = load(host, limit_ns);
    if (host.description()) {
      hosts_.at(host.id()).use = Use::fresh;
      return *host.description();
    }
    const bool again = warden && host.dead() && host.killed_from_outside() && loads < kMaxLoads;
    Error error = warden ? no_description(host, limit_ns)
                         : Error{codes::kNoWarden, "the warden, which keeps the hosts, was lost twice", {}, {"find out what kills processes named ropewalk-warden, and try again"}};
    if (const std::string said = host.take_output(); !said.empty())
      error.notes.push_back("it wrote: " + said.substr(0, std::min<std::size_t>(said.find('\n'), 300)));
    if (host.dead()) remove_dead(host.id());
    else discard(host, true);
    if (!again) return error;
  }
}

void HostPool::retire(const PluginBuild& plugin) {
  std::vector<HostProcess*> idle;
  for (auto& [id, kept] : hosts_)
    if (kept.use != Use::lent && kept.use != Use::discarded && !kept.host->dead() && kept.host->plugin() == plugin) idle.push_back(kept.host.get());
  for (HostProcess* host : idle) discard(*host, false);
}

std::uint64_t HostPool::reading_cycles() {
  return static_cast<std::uint64_t>(static_cast<double>(kReadingNs) /
                                    std::max(1e-3, static_cast<double>(clock_.span_ns(0, 1'000'000)) / 1e6));
}

void HostPool::hold_to_limit(HostProcess& host, const HostKey& key) {
  if (!key.limits.memory_bytes) return;
  const bool first = memory_groups_.folder().empty();
  host.hold_to(memory_groups_.make(*key.limits.memory_bytes));
  if (first && !memory_groups_.folder().empty()) warden_->remove_at_end(memory_groups_.folder());
}

Result<HostProcess*> HostPool::lease(const HostKey& key) {
  if (HostProcess* zygote = key.one_task ? zygote_for(key) : nullptr; zygote != nullptr) return fork(*zygote, key);
  HostProcess* too_small = nullptr;
  for (auto& [id, kept] : hosts_) {
    if (kept.use != Use::idle || kept.host->dead() || !kept.host->broken().empty()) continue;
    if (kept.host->key()->serves(key)) {
      kept.use = Use::lent;
      return kept.host.get();
    }
    if (key.serves(*kept.host->key())) too_small = kept.host.get();
  }
  if (too_small != nullptr) discard(*too_small, false);  // the one that takes its place serves both
  HostProcess* host = nullptr;
  const std::size_t output = output_bytes(key.limits);
  for (auto& [id, kept] : hosts_) {
    if (output != kOutputBytes || kept.use != Use::fresh || kept.host->dead() || !kept.host->broken().empty() || kept.host->plugin() != key.plugin || kept.env != key.env) continue;
    kept.use = Use::lent;
    host = kept.host.get();
    break;
  }
  if (host == nullptr) {
    end_unused(Use::idle);
    Result<HostProcess*> spawned = spawn(key.plugin, Use::lent, output, key.env);
    if (!spawned) return spawned.error();
    host = *spawned;
  }
  hold_to_limit(*host, key);
  if (Result<void> board = host->set_up_board(key, clock_.tsc(), reading_cycles()); !board) {
    discard(*host, true);
    return board.error();
  }
  host->set_stood_still(paused_told_ns_);
  watch_bell(*host);
  if (host->output_pipe() >= 0) watch(host->output_pipe(), kOutputTag | host->id());
  return host;
}

bool HostPool::make_room() {
  std::vector<HostProcess*> idle;
  for (auto& [id, kept] : hosts_)
    if (kept.use == Use::idle && !kept.host->dead()) idle.push_back(kept.host.get());
  for (HostProcess* host : idle) discard(*host, true);
  const std::int64_t now = monotonic_ns();
  if (!idle.empty()) room_until_ns_ = now + kDyingNs;
  return now < room_until_ns_;
}

void HostPool::give_back(HostProcess& host) {
  hosts_.at(host.id()).use = host.dead() || host.key()->one_task ? Use::discarded : Use::idle;
  // A forked host that was given nothing waits for it: it ends by itself only after its task.
  if (host.forked()) discard(host, true);
  else if (host.key()->one_task && !host.dead()) host.end();
}

void HostPool::discard(HostProcess& host, bool at_once) {
  const auto found = hosts_.find(host.id());
  if (found == hosts_.end()) return;  // its death has been reported
  found->second.use = Use::discarded;
  if (host.expected()) return remove_dead(host.id());
  if (!at_once) host.end();
  else if (warden_) warden_->signal(host.id(), SIGKILL);
}

std::map<std::string, HostPool::CloseFailures> HostPool::take_close_failures(bool close) {
  const auto closing = [this] {
    std::vector<HostProcess*> hosts;
    for (auto& [id, kept] : hosts_)
      if ((kept.use == Use::idle || kept.use == Use::discarded) && !kept.host->dead() && !kept.host->opener().empty()) hosts.push_back(kept.host.get());
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
  if (overdue || (WIFEXITED(status) && WEXITSTATUS(status) == wire::kExitCloseHangs)) failures.hung = 1;
  else if (WIFSIGNALED(status) ? !is_from_outside(WTERMSIG(status)) : WEXITSTATUS(status) != 0) failures.died = 1, failures.how = host.how_it_died();
  else return;
  CloseFailures& all = close_failures_[host.opener()];
  all.hung += failures.hung;
  all.died += failures.died;
  if (failures.died != 0) all.how = std::move(failures.how);
}

void HostPool::kill(HostProcess& host) {
  if (warden_ && !host.dead()) warden_->signal(host.id(), SIGKILL);
}

void HostPool::give_up(HostProcess& host) {
  host.given_up();
  remove_dead(host.id());
}

void HostPool::terminate(HostProcess& host) {
  if (warden_ && !host.dead()) warden_->signal(host.id(), SIGTERM);
}

bool HostPool::memory_ran_out() {
  const std::uint64_t kills = out_of_memory_kills();
  return kills > std::exchange(memory_kills_, kills);
}

void HostPool::freeze() {
  const std::lock_guard lock(freezing_);
  if (std::exchange(frozen_, true)) return;
  pauses_.pause(monotonic_ns());
  if (warden_) warden_->freeze();
}

void HostPool::thaw() {
  const std::lock_guard lock(freezing_);
  if (!std::exchange(frozen_, false)) return;
  pauses_.resume(monotonic_ns());
  if (warden_) warden_->thaw();
  wake();  // to tell the hosts
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
  if (const auto zygote = hosts_.find(kept.host->zygote()); zygote != hosts_.end()) zygote->second.host->forks().forget(id);
  if (kept.use == Use::lent) dead_.push_back(std::move(kept.host));
  else forget(std::move(kept.host));
}

/// Its memory may serve again if the warden saw it dead: then nobody else has it mapped.
void HostPool::forget(std::unique_ptr<HostProcess> host) {
  if (host->forked() && !host->lost() && !host->unkillable()) seats_.give_back(host->take_seat());
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
    if (event.kind == WardenClient::Event::Kind::spawned) {
      host.spawned(event.pid, std::move(event.pidfd));
      continue;
    }
    if (event.pid != 0) host.spawned(event.pid, {});
    if (!host.forked()) host.listen();  // its last messages; what a forked one sent is looked for when it is missed
    const bool zygote = found->second.use == Use::zygote;
    if (zygote) take_not_forked(host);
    if (event.kind == WardenClient::Event::Kind::failed) host.failed(event.status == EAGAIN ? start_failure_text(EAGAIN) : event.text);
    else host.died(event.status, event.left_behind, std::move(event.text));
    // describe() looks at its host itself; it is lent, has no board, and is buried there.
    if (found->second.use != Use::lent || host.key()) remove_dead(event.host);
    if (zygote) zygote_died(event.host);
  }
  if (lost) warden_lost();
}

/// Hosts die with their warden (PDEATHSIG); make sure of it before anything is dealt again.
void HostPool::warden_lost() {
  ++wardens_lost_;
  warden_watch_ = {};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, warden_->fd(), nullptr);
  {
    const std::lock_guard lock(freezing_);
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
    case WardenWatch::Step::ask:
      asked_ns_ = now_ns();
      return warden_->ask(warden_watch_.question());
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

/// A turn looks at every lane. Where they are many, and each has its next item already, one turn for several completions
/// does as well as one for each.
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

bool HostPool::wait(std::int64_t until_ns) {
  if (wardens_lost_ >= 2) return false;
  look_at_peers();
  rest_after_turn(until_ns);
  if (unsent_ != 0) {
    for (auto& [id, kept] : hosts_) {
      kept.host->flush();
      end_if_broken(kept);
    }
    until_ns = std::min(until_ns, monotonic_ns() + kSendAgainNs);
  }
  epoll_event events[64];
  const int count = wait_for_events(epoll_.get(), events, std::max<std::int64_t>(until_ns - monotonic_ns(), 0));
  for (int i = 0; i < count; ++i) {
    const std::uint64_t tag = events[i].data.u64;
    if (tag == kWakeTag) drain_counter(wake_.get());
    else if (tag == kWardenTag) {
      if (warden_) warden_events();
    } else if ((tag & kOutputTag) != 0) {
      const auto found = hosts_.find(tag & ~kOutputTag);
      if (found != hosts_.end() && !found->second.host->read_output())
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.host->output_pipe(), nullptr);
    } else if ((tag & kBellTag) != 0) {
      const auto found = hosts_.find(tag & ~kBellTag);
      if (found != hosts_.end() && !found->second.host->has_rung()) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.host->bell(), nullptr);
    } else if (const auto found = hosts_.find(tag); found != hosts_.end()) {
      hear(found->second);
    }
  }
  if (const std::int64_t paused = pauses_.paused_ns(); paused != paused_told_ns_) {
    paused_told_ns_ = paused;
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

void HostPool::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

}  // namespace ropewalk
