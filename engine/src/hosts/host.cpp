#include "hosts/host.hpp"

#include "base/descriptor_limit.hpp"
#include "base/value_codec.hpp"
#include "board/notice.hpp"
#include "plugin/describe.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

namespace ropewalk {
namespace {

constexpr std::size_t kStagesRemembered = 16;

std::string text_field(const Map& map, const char* name) {
  const auto found = map.find(name);
  const std::string* text = found == map.end() ? nullptr : found->second.as_text();
  return text == nullptr ? std::string() : *text;
}

}  // namespace

std::string Host::how_it_died() const {
  if (!spawn_error_.empty()) return "could not be started: " + spawn_error_;
  if (unkillable_) return "could not be killed";
  if (WIFSIGNALED(wait_status_)) {
    const char* name = ::sigabbrev_np(WTERMSIG(wait_status_));
    return name != nullptr ? fmt::format("was killed by SIG{}", name) : fmt::format("was killed by signal {}", WTERMSIG(wait_status_));
  }
  switch (WEXITSTATUS(wait_status_)) {
    case wire::kExitNoThread: return "could not start a thread";
    case wire::kExitCloseHangs: return "did not close within 2 s what its tasks had opened";
    default: break;
  }
  return fmt::format("exited with code {}", WEXITSTATUS(wait_status_));
}

bool Host::killed_from_outside() const {
  if (!spawn_error_.empty() || unkillable_ || !WIFSIGNALED(wait_status_)) return false;
  switch (WTERMSIG(wait_status_)) {
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT: return true;
    default: return loaded();
  }
}

void Host::lost_with_parent() {
  if (pid_ == 0 && memory_.outbox) pid_ = pid_on_board();
  wait_status_ = SIGKILL;
  dead_ = lost_ = true;
}

pid_t Host::pid_on_board() const {
  // The warden is not asked before its death, and a result may be here before any message.
  return reinterpret_cast<const board::OutboxHead*>(memory_.outbox.data())->pid.load(std::memory_order_relaxed);
}

wire::BoardSetup Host::setup_for(const HostKey& key, bool tsc, std::uint64_t reading_cycles) {
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

bool Host::over_its_memory() {
  if (!memory_group_) return false;
  const std::uint64_t kills = memory_group_->kills();
  return kills > std::exchange(kills_seen_, kills);
}

Result<void> Host::set_up_board(const HostKey& key, int bell, bool tsc, std::uint64_t reading_cycles) {
  wire::BoardSetup setup = setup_for(key, tsc, reading_cycles);
  Result<board::HostMemory> memory = board::make_host_memory(setup.layout);
  if (!memory) return memory.error();
  take_memory(std::move(*memory));
  key_ = key;
  std::vector<int> fds{memory_.inbox_fd.get(), memory_.outbox_fd.get(), bell};
  if (memory_group_) fds.push_back(memory_group_->door());
  // Where descriptors are short it goes on writing to the memfd, which is read when it ends.
  const Fd pipe = key.shares_output() ? make_output_pipe() : Fd();
  if (pipe) setup.pipes_output = 1, fds.push_back(pipe.get());
  wire::send(postbox_, wire::Type::board, 0, {reinterpret_cast<const char*>(&setup), sizeof setup}, fds);
  // A host that is gone already is reported by the warden like any other death.
  return {};
}

/// The end to write to.
Fd Host::make_output_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Fd();
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // the other end stays as programs expect it
  pipe_ = Fd(ends[0]);
  return Fd(ends[1]);
}

bool Host::read_output() {
  constexpr std::size_t kBlock = 64 << 10, kMostAtOnce = 1 << 20;
  char block[kBlock];
  for (std::size_t total = 0; total < kMostAtOnce;) {
    const ssize_t got = ::read(pipe_.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 && errno == EAGAIN;
    const auto size = static_cast<std::size_t>(got), kept = std::min(size, kMostPrinted - std::min(kMostPrinted, printed_.size()));
    printed_.append(block, kept);
    unkept_ += size - kept;
    total += size;
  }
  return true;
}

void Host::take_memory(board::HostMemory memory) {
  memory_ = std::move(memory);
  const board::Layout& layout = memory_.layout;
  workers_ = layout.workers;
  for (std::uint32_t i = 0; i < layout.workers; ++i)
    lanes_.emplace_back(memory_.inbox.data() + i * layout.inbox_lane(), memory_.outbox.data() + i * layout.outbox_lane(), layout);
}

void Host::set_stood_still(std::int64_t ns) {
  for (board::Dealer& lane : lanes_) lane.set_stood_still(ns);
}

void Host::become_zygote(int births) {
  const int fds[] = {births};
  wire::send(postbox_, wire::Type::zygote, id_, {}, fds);
}

void Host::fork_from(Host& zygote, const HostKey& key, Seat seat, Fd theirs, int bell, bool tsc, std::uint64_t reading_cycles) {
  zygote_ = zygote.id();
  output_ = std::move(seat.output);
  output_bytes_ = seat.output_bytes;
  take_memory(std::move(seat.memory));
  key_ = key;
  birth_.emplace(Birth{zygote, std::move(theirs), bell, setup_for(key, tsc, reading_cycles)});
}

std::uint32_t Host::stage_of_children(const wire::StageSetup& stage) {
  for (const auto& [number, known] : known_)
    if (known == stage) return number;
  known_.emplace_front(add_stage(stage), stage);
  if (known_.size() > kStagesRemembered) known_.pop_back();
  return known_.front().first;
}

std::uint32_t Host::be_born(const wire::StageSetup& stage) {
  const std::uint32_t number = birth_->zygote.stage_of_children(stage);
  std::vector<int> fds{birth_->theirs.get(), output_.get(), memory_.inbox_fd.get(), memory_.outbox_fd.get(), birth_->bell};
  if (memory_group_) fds.push_back(memory_group_->door());
  wire::send(birth_->zygote.postbox_, wire::Type::fork, id_, {reinterpret_cast<const char*>(&birth_->setup), sizeof birth_->setup}, fds);
  // A zygote that is gone is reported by the warden, and then this host is lost with it.
  birth_.reset();
  return number;
}

Seat Host::take_seat() {
  lanes_.clear();
  return {std::move(memory_), std::move(output_), output_bytes_};
}

std::uint32_t Host::add_stage(const wire::StageSetup& setup) {
  if (expected()) return be_born(setup);
  const std::string text = wire::encode(setup);
  ++stages_;
  // A zygote has no board.
  if (memory_.inbox && setup.blobs.empty() && board::post_notice(memory_.inbox.data(), memory_.layout, stages_, text)) return stages_;
  std::vector<int> fds;
  for (const auto& blob : setup.blobs) fds.push_back(blob->fd());
  wire::send(postbox_, wire::Type::stage, stages_, text, fds);
  return stages_;
}

std::uint64_t Host::send_params(std::string_view params, const board::Blobs& blobs) {
  const Fd memfd = board::make_blob(params);
  if (!memfd) return 0;
  std::vector<int> fds;
  for (const auto& blob : blobs) fds.push_back(blob->fd());
  fds.push_back(memfd.get());
  if (!wire::send(postbox_, wire::Type::blob, blobs_sent_ + 1, {}, fds)) return 0;
  return ++blobs_sent_;
}

Host::LargeResult Host::take_result(std::uint64_t number) {
  if (!large_results_.contains(number)) listen();
  const auto found = large_results_.extract(number);
  return found ? found.mapped() : LargeResult();
}

void Host::end() {
  if (!forked()) wire::send(postbox_, wire::Type::end, 0, {});
}

std::string Host::take_output() {
  std::string text;
  // The offset belongs to the open file, which engine and host share: a task may have moved it anywhere.
  struct stat status {};
  if (const off_t written = ::lseek(output_.get(), 0, SEEK_CUR); written > 0 && ::fstat(output_.get(), &status) == 0) {
    text.resize(static_cast<std::size_t>(std::min(written, status.st_size)));
    const std::int64_t read = read_at(output_.get(), text.data(), text.size(), 0);
    text.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    if (text.find_first_not_of('\0') == std::string::npos) text.clear();
    ::lseek(output_.get(), 0, SEEK_SET);
  }
  text += std::exchange(printed_, {});
  if (pipe_) read_output();
  text += std::exchange(printed_, {});
  return text;
}

bool Host::listen() {
  const DescriptorReserve reserve;  // what it sends cannot be asked for again
  wire::Received message;
  for (;;) {
    switch (wire::receive(socket_.get(), message, false)) {
      case wire::Got::message: break;
      case wire::Got::nothing: return true;
      case wire::Got::closed: return false;
      case wire::Got::nonsense:
        if (!description_ && !refusal_)
          refusal_ = Error{codes::kNoHost, "ropewalk-host speaks another version of the protocol than this engine", {},
                           {"install ropewalk, ropewalk-host and ropewalk-warden from the same build"}};
        return false;
    }
    if (message.type == wire::Type::blob && message.fds.size() == 1) {
      // An honest host seals it; another one is not believed.
      std::uint64_t offset = 0, size = 0;
      const auto blob = board::Blob::adopt(std::move(message.fds.front()));
      const char* end = message.body.data() + message.body.size();
      const std::from_chars_result first = std::from_chars(message.body.data(), end, offset);
      if (first.ptr != end) std::from_chars(first.ptr + 1, end, size);
      if (blob && offset <= blob->bytes().size() && size <= blob->bytes().size() - offset)
        large_results_.insert_or_assign(message.number, LargeResult{blob, blob->bytes().substr(offset, size)});
      continue;
    }
    if (message.type == wire::Type::not_forked) {
      not_forked_.emplace_back(message.number, std::move(message.body));
      continue;
    }
    if (message.type == wire::Type::workers) {
      workers_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(message.number, 1, workers_));
      why_fewer_ = std::move(message.body);
      continue;
    }
    const std::optional<Value> value = decode_value(message.body);
    const Map* map = value ? value->as_map() : nullptr;
    if (map == nullptr) continue;
    if (message.type == wire::Type::hello) {
      description_ = plugin_from_value(*value);
      threads_ = message.number;
    } else if (message.type == wire::Type::refused) {
      refusal_ = Error{text_field(*map, "code"), text_field(*map, "message"), {}, {}};
      if (const auto notes = map->find("notes"); notes != map->end() && notes->second.as_list() != nullptr)
        for (const Value& note : *notes->second.as_list())
          if (note.as_text() != nullptr) refusal_->notes.push_back(*note.as_text());
    }
  }
}

}  // namespace ropewalk
