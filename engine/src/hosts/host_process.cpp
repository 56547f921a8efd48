#include "hosts/host_process.hpp"

#include "protocol/notice.hpp"
#include "protocol/version_check.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace ropewalk {
namespace {

Error no_descriptor() {
  return {codes::kNoHost,
          fmt::format("cannot start a host: {}", std::strerror(errno)),
          {},
          {"raise the limit of open files (ulimit -n), or use fewer `workers`"}};
}

}  // namespace

HostEnd HostProcess::kind_of_end() const {
  if (!spawn_error_.empty()) return HostEnd::not_started;
  if (unkillable()) return HostEnd::unkillable;
  if (WIFSIGNALED(wait_status_)) return HostEnd::killed;
  return WEXITSTATUS(wait_status_) == 0 ? HostEnd::closed : HostEnd::exited;
}

std::string HostProcess::how_it_died() const {
  switch (kind_of_end()) {
    case HostEnd::not_started: return "could not be started: " + spawn_error_;
    case HostEnd::unkillable: return "could not be killed";
    case HostEnd::killed: {
      const char* name = ::sigabbrev_np(WTERMSIG(wait_status_));
      return name != nullptr ? fmt::format("was killed by SIG{}", name)
                             : fmt::format("was killed by signal {}", WTERMSIG(wait_status_));
    }
    case HostEnd::closed:
    case HostEnd::exited: break;
  }
  switch (WEXITSTATUS(wait_status_)) {
    case wire::kExitNoThread: return "could not start a thread";
    case kExitOtherVersion: return "is not of the engine's version";
    case wire::kExitCloseHangs: return "did not close within 2 s what its tasks had opened";
    default: break;
  }
  return fmt::format("exited with code {}", WEXITSTATUS(wait_status_));
}

bool HostProcess::is_of_another_version() const {
  return kind_of_end() == HostEnd::exited && WEXITSTATUS(wait_status_) == kExitOtherVersion;
}

bool HostProcess::killed_from_outside() const {
  if (kind_of_end() != HostEnd::killed) return false;
  switch (WTERMSIG(wait_status_)) {
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT: return true;
    default: return loaded();
  }
}

void HostProcess::lost_with_parent() {
  if (pid_ == 0 && memory_.outbox) pid_ = pid_on_board();
  move(state_, HostState::lost);
  wait_status_ = SIGKILL;
}

pid_t HostProcess::pid_on_board() const {
  // The warden is not asked before its death, and a result may be here before any message.
  return reinterpret_cast<const board::OutboxHead*>(memory_.outbox.data())->pid.load(std::memory_order_relaxed);
}

wire::BoardSetup HostProcess::setup_for(const HostKey& key, bool tsc, std::uint64_t reading_cycles) {
  wire::BoardSetup setup;
  setup.layout = key.layout();
  setup.tsc = tsc;
  setup.thread_per_task = key.thread_per_task;
  setup.reading_cycles = reading_cycles;
  // Only where a host has one worker is its memory one task's; a larger one is only looked at from outside.
  if (key.workers == 1) setup.memory_bytes = key.limits.memory_bytes.value_or(0);
  setup.held_bytes = key.limits.memory_bytes.value_or(0);
  setup.file_bytes = key.limits.file_bytes.value_or(0);
  if (!key.shares_output()) setup.print_bytes = key.limits.output_bytes.value_or(0);
  setup.output_bytes = key.limits.output_bytes.value_or(Limits::kCommandOutputBytes);
  return setup;
}

bool HostProcess::over_its_memory() {
  if (!memory_group_) return false;
  const std::uint64_t kills = memory_group_->kills();
  return kills > std::exchange(kills_seen_, kills);
}

bool HostProcess::make_bell() {
  bell_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return static_cast<bool>(bell_);
}

bool HostProcess::has_rung() {
  // Not by read(): the host shares the open file, and decides by its flags whether that waits. Where the kernel cannot
  // do this, the count just grows.
  std::uint64_t count;
  const iovec part{.iov_base = &count, .iov_len = sizeof count};
  (void)!::preadv2(bell_.get(), &part, 1, -1, RWF_NOWAIT);
  return ++idle_rings_ < kMaxIdleRings;
}

Result<void> HostProcess::set_up_board(const HostKey& key, bool tsc, std::uint64_t reading_cycles) {
  if (!make_bell()) return no_descriptor();
  wire::BoardSetup setup = setup_for(key, tsc, reading_cycles);
  Result<board::HostMemory> memory = board::make_host_memory(setup.layout);
  if (!memory) return memory.error();
  take_memory(std::move(*memory));
  key_ = key;
  std::vector<int> fds{memory_.inbox_fd.get(), memory_.outbox_fd.get(), bell_.get()};
  if (memory_group_) fds.push_back(memory_group_->door());
  // Where descriptors are short it goes on writing to the memfd, which is read when it ends.
  const Fd pipe = key.shares_output() ? make_output_pipe() : Fd();
  if (pipe) setup.pipes_output = 1, fds.push_back(pipe.get());
  may_name_workers_ = true;
  send(wire::Type::board, 0, {reinterpret_cast<const char*>(&setup), sizeof setup}, fds);
  // A host that is gone already is reported by the warden like any other death.
  return {};
}

/// The end to write to.
Fd HostProcess::make_output_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Fd();
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // the other end stays as programs expect it
  pipe_ = Fd(ends[0]);
  return Fd(ends[1]);
}

bool HostProcess::read_output() {
  constexpr std::size_t kBlock = 64 << 10, kMaxAtOnce = 1 << 20;
  char block[kBlock];
  for (std::size_t total = 0; total < kMaxAtOnce;) {
    const ssize_t got = ::read(pipe_.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 && errno == EAGAIN;
    const auto size = static_cast<std::size_t>(got),
               kept = std::min(size, kMaxPrinted - std::min(kMaxPrinted, printed_.size()));
    printed_.append(block, kept);
    unkept_ += size - kept;
    total += size;
  }
  return true;
}

void HostProcess::take_memory(board::HostMemory memory) {
  memory_ = std::move(memory);
  const board::Layout& layout = memory_.layout;
  workers_ = layout.workers;
  for (std::uint32_t i = 0; i < layout.workers; ++i)
    lanes_.emplace_back(memory_.inbox.data() + i * layout.inbox_lane(),
                        memory_.outbox.data() + i * layout.outbox_lane(), layout);
}

void HostProcess::set_stood_still(std::int64_t ns) {
  for (board::Dealer& lane : lanes_) lane.set_stood_still(ns);
}

void HostProcess::become_zygote(int fork_log) {
  const int fds[] = {fork_log};
  send(wire::Type::zygote, id_, {}, fds);
}

Result<void> HostProcess::prepare_fork(const HostKey& key, CachedMemory memory, Fd theirs, bool tsc,
                                       std::uint64_t reading_cycles) {
  if (!make_bell()) return no_descriptor();
  output_ = std::move(memory.output);
  output_bytes_ = memory.output_bytes;
  take_memory(std::move(memory.memory));
  key_ = key;
  theirs_ = std::move(theirs);
  child_setup_ = setup_for(key, tsc, reading_cycles);
  return {};
}

std::uint32_t HostProcess::stage_of_children(const wire::StageSetup& stage) {
  if (const std::optional<std::uint32_t> known = forks_.find(stage)) return *known;
  const std::uint32_t number = add_stage(stage);
  forks_.remember(number, stage);
  return number;
}

std::uint32_t HostProcess::request_fork(const wire::StageSetup& stage) {
  const std::uint32_t number = parent_->stage_of_children(stage);
  std::vector<int> fds{theirs_.get(), output_.get(), memory_.inbox_fd.get(), memory_.outbox_fd.get(), bell_.get()};
  if (memory_group_) fds.push_back(memory_group_->door());
  parent_->forks_.request(id_);
  parent_->send(wire::Type::fork, id_, {reinterpret_cast<const char*>(&child_setup_), sizeof child_setup_}, fds);
  // A zygote that is gone is reported by the warden, and then this host is lost with it.
  move(state_, HostState::running);
  parent_ = nullptr;
  theirs_.reset();
  return number;
}

CachedMemory HostProcess::take_cached_memory() {
  lanes_.clear();
  return {std::move(memory_), std::move(output_), output_bytes_};
}

std::uint32_t HostProcess::add_stage(const wire::StageSetup& setup) {
  if (expected()) return request_fork(setup);
  const std::string text = wire::encode(setup);
  ++stages_;
  // A zygote has no board.
  if (memory_.inbox && setup.blobs.empty() && board::post_notice(memory_.inbox.data(), memory_.layout, stages_, text))
    return stages_;
  std::vector<int> fds;
  for (const auto& blob : setup.blobs) fds.push_back(blob->fd());
  send(wire::Type::stage, stages_, text, fds);
  return stages_;
}

std::uint64_t HostProcess::send_params(std::string_view params, const board::Blobs& blobs) {
  const Fd memfd = board::make_blob(params);
  if (!memfd) return 0;
  std::vector<int> fds;
  for (const auto& blob : blobs) fds.push_back(blob->fd());
  fds.push_back(memfd.get());
  if (!send(wire::Type::blob, blobs_sent_ + 1, {}, fds)) return 0;
  return ++blobs_sent_;
}

HostProcess::LargeResult HostProcess::take_result(std::uint64_t number) {
  if (!large_results_.contains(number)) listen();
  const auto found = large_results_.extract(number);
  return found ? found.mapped() : LargeResult();
}

void HostProcess::end() {
  if (!forked()) send(wire::Type::end, 0, {});
}

std::string HostProcess::take_output() {
  std::string text = board::take_output(output_.get());
  text += std::exchange(printed_, {});
  if (pipe_) read_output();
  text += std::exchange(printed_, {});
  return text;
}

bool HostProcess::send(wire::Type type, std::uint64_t number, std::string_view body, std::span<const int> fds) {
  if (wire::send(postbox_, type, number, body, fds)) return true;
  if (postbox_.choked() && broken_.empty()) break_off("nothing, because the host does not read what it is sent");
  return false;
}

}  // namespace ropewalk
