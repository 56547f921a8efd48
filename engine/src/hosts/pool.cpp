#include "hosts/pool.hpp"

#include "base/descriptor_limit.hpp"
#include "hosts/leftovers.hpp"
#include "hosts/process_use.hpp"
#include "protocol/linked_start.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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

constexpr std::int64_t kDyingNs = 2'000'000'000;
constexpr std::int64_t kReadingNs = 20'000;  // between two readings of the CPU clock
constexpr std::size_t kStartsPerCore = 4;    // hosts that load their plugin at the same time
constexpr std::size_t kMaxUnused = 32;       // idle hosts of other keys, and zygotes without children, that are kept

/// By which a process of a linked plugin is known, and the tokens of an engine whose command this program is.
bool is_for_one_process(std::string_view variable) {
  return variable == kLinkedStartVariable || variable == kJobTokensVariable;
}

std::vector<std::string> environment(const std::string& mark, const Environment& own) {
  std::vector<std::string> all{mark};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (!is_for_one_process(name) && (own.empty() || !own.contains(std::string(name)))) all.emplace_back(text);
  }
  for (const auto& [name, value] : own)
    if (name != kLinkedStartVariable) all.push_back(name + "=" + value);
  return all;
}

}  // namespace

/// Its output is a file as well: it must end before the limit of files strikes. A page more than the limit of output
/// shows that this was passed: of a write beyond the end the kernel takes whole pages only.
std::size_t HostPool::output_bytes(const Limits& limits) {
  constexpr std::size_t kPage = 4096;
  const std::size_t wanted = limits.output_bytes ? (*limits.output_bytes / kPage + 1) * kPage : kOutputBytes;
  return std::min<std::size_t>(wanted, limits.file_bytes.value_or(kOutputBytes + 1) - 1);
}

HostPool::HostPool(std::filesystem::path programs, bool scratch_folder, std::vector<std::filesystem::path> searched,
                   std::filesystem::path python)
    : programs_(std::move(programs)),
      searched_(std::move(searched)),
      python_(std::move(python)),
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
    const MutexLock lock(freezing_);
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
  if (is_starting_as_linked_host())
    return Error{
        codes::kEngineInHost,
        "this process is being started to run a task of the program, and is used as an engine by a constructor "
        "of a static object",
        {},
        {"use the engine in main(), which such a process does not run"}};
  leaving_.reset();
  if (!epoll_ || !wake_)
    return Error{codes::kNoWarden,
                 "no file descriptor is left for the engine",
                 {},
                 {"raise the limit of open files (ulimit -n)"}};
  Result<std::unique_ptr<WardenClient>> started = WardenClient::start(programs_ / "ropewalk-warden", scratch_folder_);
  if (!started) {
    Errors errors = started.error();
    if (std::string note = searched_note(); !note.empty()) errors.list.front().notes.push_back(std::move(note));
    return errors;
  }
  memory_kills_ = out_of_memory_kills();  // while it comes to life
  {
    const MutexLock lock(freezing_);
    warden_ = std::move(*started);
    if (frozen_) warden_->freeze();
  }
  watch(warden_->fd(), kWardenTag);
  if (!memory_groups_.folder().empty()) warden_->remove_at_end(memory_groups_.folder());
  return {};
}

HostCommand HostPool::command_for(const PluginBuild& plugin, const Environment& env) const {
  std::vector<std::string> variables = environment(mark_, env);
  const std::uint64_t descriptors = users_descriptor_limit();
  if (plugin.is_linked()) {
    const LinkedStart start{warden_->pid(), descriptors, plugin.image->linked(), plugin.identity};
    variables.push_back(fmt::format("{}={}", kLinkedStartVariable, encode(start)));
    return {.program = fmt::format("/proc/self/fd/{}", kLinkedHostProgram),
            .argv = {plugin.file.string(), "(ropewalk-host)", plugin.image->linked()},
            .env = std::move(variables)};
  }
  const auto seen_from_there = [this](const std::filesystem::path& path) {
    return scratch_folder_ ? absolute(path).string() : path.string();
  };
  std::vector<std::string> argv{seen_from_there(programs_ / "ropewalk-host")};
  if (!plugin.interpreter.empty())
    argv = {plugin.interpreter.string(), seen_from_there(python_ / "ropewalk" / "_boot.py")};
  std::string program = argv.front();
  for (std::string word :
       {std::string("3"), seen_from_there(plugin.file), std::string(plugin.image ? "copy" : "file"),
        plugin.image ? std::string("4") : plugin.identity, std::to_string(descriptors), std::string(program_version())})
    argv.push_back(std::move(word));
  return {.program = std::move(program), .argv = std::move(argv), .env = std::move(variables)};
}

Result<HostProcess*> HostPool::spawn(const PluginBuild& plugin, Use use, std::size_t output_bytes,
                                     const Environment& env) {
  if (Result<void> ready = need_warden(); !ready) return ready.error();
  auto [mine, theirs] = socket_pair();
  Fd output = board::make_output(output_bytes);
  if (!mine || !theirs || !output)
    return Error{codes::kNoHost,
                 fmt::format("cannot start a host: {}", std::strerror(errno)),
                 {},
                 {errno == EFBIG ? "raise the limit of the size of files (ulimit -f)"
                                 : "raise the limit of open files (ulimit -n), or use fewer `workers`"}};
  std::vector<int> fds{theirs.get()};
  if (plugin.image) fds.push_back(plugin.image->fd());
  const std::uint64_t id = warden_->spawn(command_for(plugin, env), output.get(), fds);
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
    if (kept.use == Use::zygote)
      return key.one_task && kept.host->loaded() && kept.host->plugin() == key.plugin && kept.env == key.env;
    return kept.use == Use::idle && kept.host->key()->serves(key);
  });
}

/// The oldest hosts that nobody uses make way for another one. A workflow may have a key for each of its stages.
void HostPool::end_unused(Use use) {
  std::vector<HostProcess*> unused;
  for (auto& [id, kept] : hosts_)
    if (kept.use == use && !kept.host->dead() && (use != Use::zygote || !has_forked(*kept.host)))
      unused.push_back(kept.host.get());
  for (std::size_t i = 0; i + kMaxUnused < unused.size(); ++i) discard(*unused[i], false);
}

/// A host that is alive, or still to be forked.
bool HostPool::has_forked(const HostProcess& zygote) const {
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [&](const auto& entry) { return entry.second.host->zygote() == zygote.id(); });
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
      move(kept.use, Use::lent);
      return kept.host.get();
    }
    if (key.serves(*kept.host->key())) too_small = kept.host.get();
  }
  if (too_small != nullptr) discard(*too_small, false);  // the one that takes its place serves both
  HostProcess* host = nullptr;
  const std::size_t output = output_bytes(key.limits);
  for (auto& [id, kept] : hosts_) {
    if (output != kOutputBytes || kept.use != Use::fresh || kept.host->dead() || !kept.host->broken().empty() ||
        kept.host->plugin() != key.plugin || kept.env != key.env)
      continue;
    move(kept.use, Use::lent);
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
  host->set_stood_still(paused_reported_ns_);
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
  move(hosts_.at(host.id()).use, host.dead() || host.key()->one_task ? Use::discarded : Use::idle);
  // A forked host that was given nothing waits for it: it ends by itself only after its task.
  if (host.forked())
    discard(host, true);
  else if (host.key()->one_task && !host.dead())
    host.end();
}

void HostPool::discard(HostProcess& host, bool at_once) {
  const auto found = hosts_.find(host.id());
  if (found == hosts_.end()) return;  // its death has been reported
  move(found->second.use, Use::discarded);
  if (host.expected()) return remove_dead(host.id());
  if (!at_once)
    host.end();
  else if (warden_)
    warden_->signal(host.id(), SIGKILL);
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
  const MutexLock lock(freezing_);
  if (std::exchange(frozen_, true)) return;
  pauses_.pause(monotonic_ns());
  if (warden_) warden_->freeze();
}

void HostPool::thaw() {
  const MutexLock lock(freezing_);
  if (!std::exchange(frozen_, false)) return;
  pauses_.resume(monotonic_ns());
  if (warden_) warden_->thaw();
  wake();  // to tell the hosts
}

void HostPool::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

}  // namespace ropewalk
