// Treats any bytes as messages that a host sends over its socket and as records in its lanes, in each role of a host.
// For any input, the engine allocates in proportion to it, keeps no descriptor that it should not have, and accepts
// nothing outside of the bounds.

#include "protocol/fields.hpp"
#include "fuzz/allocations.hpp"
#include "fuzz/input.hpp"
#include "hosts/host_process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace ropewalk;

class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}
  bool empty() const { return left_.empty(); }
  std::uint8_t byte() { return left_.empty() ? 0 : static_cast<std::uint8_t>(take(1).front()); }
  std::uint32_t word() { return byte() | std::uint32_t{byte()} << 8; }
  std::string_view take(std::size_t size) {
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view left_;
};

enum Role : std::uint8_t { loading, worker, zygote, forked, kRoles };

/// Descriptors that a host may send: a valid blob, and other files.
Fd sent_descriptor(unsigned kind, std::string_view content) {
  constexpr off_t kHuge = off_t{1} << 40;
  if (kind == 0) return board::make_blob(content);
  if (kind == 3) return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Fd memfd(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (kind == 1) return write_at(memfd.get(), content, 0) ? std::move(memfd) : Fd();
  fuzz::require(::ftruncate(memfd.get(), kHuge) == 0 &&
                    ::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0,
                "a memfd can be made");
  return memfd;
}

HostKey key(std::uint32_t workers, bool one_task) {
  HostKey key;
  key.workers = workers;
  key.one_task = one_task;
  key.few_tasks = !one_task;
  return key;
}

/// A host in one of its roles, and the peer of everything that it shares.
struct World {
  explicit World(Role role) {
    auto [mine, other] = socket_pair();
    theirs = std::move(other);
    subject = std::make_unique<HostProcess>(1, PluginBuild{}, std::move(mine), board::make_output(4096), unsent);
    if (role == worker) {
      fuzz::require(static_cast<bool>(subject->set_up_board(key(2, false), false, 1)), "a board can be made");
      map_outbox(1);
    }
    if (role != zygote && role != forked) return;
    const Fd fork_log(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    subject->become_zygote(fork_log.get());
    auto [childs, childs_other] = socket_pair();
    Fd given(::fcntl(childs_other.get(), F_DUPFD_CLOEXEC, 3));
    child = std::make_unique<HostProcess>(2, *subject, std::move(childs), unsent);
    fuzz::require(static_cast<bool>(child->prepare_fork(key(1, true), HostMemoryCache().take(4096).value(),
                                                        std::move(given), false, 1)),
                  "a fork can be asked for");
    child->add_stage({.stage = "fuzz", .run_id = {}, .constants = {}, .varying = {}});
    if (role == zygote) return;
    Message zygote_message, stage;
    receive_message(theirs.get(), zygote_message, false);
    receive_message(theirs.get(), stage, false);
    map_outbox(3);
    std::swap(subject, child);
    theirs = std::move(childs_other);
  }

  void map_outbox(std::size_t which) {
    Message message;
    fuzz::require(receive_message(theirs.get(), message, false) == Received::message && message.fds.size() > which,
                  "the host is sent its board");
    outbox = board::map_whole(message.fds[which].get(), board::Access::write);
  }

  std::size_t unsent = 0;
  std::unique_ptr<HostProcess> subject, child;  // child: or the zygote of the subject
  Fd theirs;
  board::Mapping outbox;
};

/// Interprets the input and acts as the host.
class Script {
 public:
  Script(World& world, std::string_view input) : world_(world), input_(input) {}

  void run() {
    for (; !input_.empty() && steps_ < kMaxSteps; ++steps_) step(input_.byte() % 6);
    listen();
    drain();
  }
  std::size_t steps() const { return steps_; }

 private:
  static constexpr std::size_t kMaxSteps = 64;

  void step(unsigned what) {
    if (what == 0) send();
    if (what == 1) listen();
    if (what == 2 && lane() != nullptr) lane()->deal(input_.byte(), 1, 1, {}), lane()->publish();
    if (what == 3) scribble();
    if (what == 4) write_record();
    if (what == 5) drain();
  }

  board::Dealer* lane() { return world_.subject->lanes().empty() ? nullptr : &world_.subject->lanes().front(); }

  void send() {
    wire::Head head{.type = static_cast<wire::Type>(input_.byte() % 12), .number = input_.byte()};
    const unsigned flags = input_.byte(), kind = flags & 3, count = flags >> 2 & 3;
    if ((flags & 0x10) != 0) head.body_in_memfd = 1;
    if ((flags & 0x20) != 0) head.magic = 1;
    std::string_view body = input_.take(input_.byte());
    head.size = (flags & 0x40) != 0 ? std::uint64_t{1} << 40 : body.size();
    std::vector<Fd> fds;
    for (unsigned i = 0; i < count; ++i) fds.push_back(sent_descriptor(kind, body));
    std::vector<int> numbers;
    for (const Fd& fd : fds) numbers.push_back(fd.get());
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    if (head.body_in_memfd == 0) bytes += body;
    try_send_message(world_.theirs.get(), bytes, numbers);
  }

  void listen() {
    HostProcess& host = *world_.subject;
    const bool more = host.listen();
    fuzz::require(host.broken().empty() || !more, "nothing more is read from a host that broke a rule");
    fuzz::require(world_.subject->forks().take_refused().size() <= 1, "only a fork that was asked for is refused");
    fuzz::require(host.workers() <= 2, "a host has no more workers than it was given");
  }

  void scribble() {
    const std::size_t at = input_.word();
    const std::string_view bytes = input_.take(input_.byte());
    if (at < world_.outbox.size())
      std::memcpy(world_.outbox.data() + at, bytes.data(), std::min(bytes.size(), world_.outbox.size() - at));
  }

  /// Writes a record at its proper position, of any kind and length.
  void write_record() {
    const auto type = static_cast<board::RecordType>(input_.byte() % 16);
    board::RecordHead head{
        .type = type, .size = input_.word(), .task = input_.byte(), .attempt = 1, .code = input_.byte()};
    head.blob = input_.byte();
    const std::string_view payload = input_.take(std::min<std::size_t>(head.size, 255));
    const std::size_t bytes = sizeof head + board::padded(head.size), at = sizeof(board::OutboxHead) + tail_;
    if (world_.outbox.size() < at + bytes) return;
    std::memcpy(world_.outbox.data() + at, &head, sizeof head);
    std::memcpy(world_.outbox.data() + at + sizeof head, payload.data(), payload.size());
    tail_ += bytes;
    reinterpret_cast<board::OutboxHead*>(world_.outbox.data())->tail.store(tail_);
  }

  void drain() {
    if (lane() == nullptr) return;
    arena_.clear();
    lane()->drain(arena_, [&](const board::RecordHead& head, std::string_view payload) { check(head, payload); });
  }

  void check(const board::RecordHead& head, std::string_view payload) {
    const std::uint32_t quarter = world_.subject->key()->layout().ring_bytes / 4;
    fuzz::require(payload.size() <= quarter, "no record has more than a quarter of the ring");
    fuzz::require(head.type != board::RecordType::error || payload.size() <= board::kMaxErrorBytes,
                  "an error is bounded");
    fuzz::require(head.type != board::RecordType::log || payload.size() <= board::kMaxLogBytes,
                  "a log line is bounded");
    fuzz::require(head.blob == 0 || (head.type == board::RecordType::result && payload.empty()),
                  "only a result lies in a blob");
    if (head.type != board::RecordType::result) return;
    if (head.blob == 0) return check_fields(payload, nullptr);
    const HostProcess::LargeResult large = world_.subject->take_result(head.blob);
    if (large.blob) check_fields(large.fields, large.blob);
  }

  static void check_fields(std::string_view bytes, const std::shared_ptr<const board::Blob>& blob) {
    static const std::vector<Type> kTypes = {Type::any, Type::list, Type::bytes};
    const std::string_view lies_in[] = {blob ? blob->bytes() : std::string_view()};
    std::vector<board::FieldView> views(kTypes.size());
    if (!board::view_fields(kTypes, bytes, views, lies_in)) return;
    for (std::size_t i = 0; i < kTypes.size(); ++i)
      if (board::is_readable(kTypes[i], views[i]))
        fuzz::require(board::value_of(kTypes[i], views[i], blob).has_value(), "what is readable can be read");
  }

  World& world_;
  Input input_;
  std::size_t steps_ = 0;
  std::uint64_t tail_ = 0;
  Arena arena_;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) >= 0;
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t descriptors = open_descriptors();
  {
    World world(static_cast<Role>(data[0] % kRoles));
    Script script(world, fuzz::text_of(data + 1, size - 1));
    const fuzz::Allocations before = fuzz::allocations;
    script.run();
    const fuzz::Allocations made = fuzz::allocations - before;
    // Each message is received into 64 KiB, and each record is copied.
    constexpr std::uint64_t kStep = 300'000;
    fuzz::require(made.bytes <= kStep * (script.steps() + 2) + 4'000 * size,
                  "what is allocated is in proportion to what the host sends");
  }
  fuzz::require(open_descriptors() == descriptors, "no descriptor is kept");
  return 0;
}
