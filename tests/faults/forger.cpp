// One task of a stage abuses the resources that its host shares with the engine: its socket, its bell, its output, its
// lane and its results. The other tasks return their index. It includes the engine's own headers, so its forgeries have
// the current version.

#include "protocol/board_layout.hpp"
#include "protocol/host_messages.hpp"

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace wire = ropewalk::wire;
namespace board = ropewalk::board;
using ropewalk::Call;

/// Open descriptors from 3 on, with their description in /proc.
std::vector<std::pair<int, std::string>> descriptors() {
  std::vector<std::pair<int, std::string>> all;
  for (int fd = 3; fd < 256; ++fd) {
    char target[256] = {};
    if (::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target - 1) > 0)
      all.emplace_back(fd, target);
  }
  return all;
}

std::vector<int> descriptors_named(std::string_view name) {
  std::vector<int> found;
  for (const auto& [fd, target] : descriptors())
    if (target.find(name) != std::string::npos) found.push_back(fd);
  if (found.empty()) throw ropewalk::Permanent("the host has no descriptor named " + std::string(name));
  return found;
}

/// Sends the message without waiting for room; returns false if there is none, or if the reader is gone.
bool send(wire::Head head, std::string_view body, const std::vector<int>& fds = {}) {
  static const int socket = descriptors_named("socket:").front();
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += body;
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * ropewalk::kMaxMessageFds)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

bool send(wire::Type type, std::uint64_t number, std::string_view body, const std::vector<int>& fds = {}) {
  return send({.type = type, .number = number, .size = body.size()}, body, fds);
}

int memfd(std::uint64_t bytes, int seals) {
  const int fd = ::memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(bytes)) != 0 || (seals != 0 && ::fcntl(fd, F_ADD_SEALS, seals) != 0))
    throw ropewalk::Permanent("no memfd");
  return fd;
}
constexpr int kAllSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

/// Publishes a record that the worker did not write, at the end of its ring.
void publish(Call&, board::RecordHead head, std::string_view payload) {
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) throw ropewalk::Permanent("cannot read /proc/self/maps");
  char line[1024];
  unsigned long from = 0, to = 0;
  while (std::fgets(line, sizeof line, maps) != nullptr)
    if (std::strstr(line, "ropewalk-outbox") != nullptr && std::sscanf(line, "%lx-%lx", &from, &to) == 2) break;
  std::fclose(maps);
  if (from == 0) throw ropewalk::Permanent("the host has no outbox");
  auto& out = *reinterpret_cast<board::OutboxHead*>(from);  // of the first lane
  auto* const ring = reinterpret_cast<char*>(from) + sizeof(board::OutboxHead);
  const std::uint64_t tail = out.tail.load();
  head.size = static_cast<std::uint32_t>(payload.size());
  const std::uint64_t bytes = sizeof head + board::padded(payload.size());
  if (from + sizeof(board::OutboxHead) + tail + bytes > to) throw ropewalk::Permanent("the ring has no room for it");
  std::memcpy(ring + tail, &head, sizeof head);
  std::memcpy(ring + tail + sizeof head, payload.data(), payload.size());
  out.tail.store(tail + bytes);
}

// --- its socket ---

void body_of_1_tib(Call&) {
  send({.type = wire::Type::hello, .body_in_memfd = 1, .size = 1ull << 40}, {}, {memfd(1ull << 40, 0)});
}
void sealed_sparse_body(Call&) {
  send({.type = wire::Type::refused, .body_in_memfd = 1, .size = 1ull << 33}, {}, {memfd(1ull << 33, kAllSeals)});
}

/// A body that shrinks while it is read.
void body_that_shrinks(Call& call) {
  const int fd = memfd(64 << 20, 0);
  if (::posix_fallocate(fd, 0, 64 << 20) != 0) throw ropewalk::Permanent("no memory");
  std::thread shrinks([fd] {
    for (int i = 0; i < 200; ++i) (void)!::ftruncate(fd, 4096), (void)!::ftruncate(fd, 64 << 20);
  });
  for (int i = 0; i < 10; ++i) send({.type = wire::Type::hello, .body_in_memfd = 1, .size = 64 << 20}, {}, {fd});
  shrinks.join();
  call.wait(std::chrono::milliseconds(1));
}

void second_hello(Call&) { send(wire::Type::hello, 99, "x"); }
void message_of_the_engine(Call&) { send(wire::Type::end, 0, {}); }
void unknown_message(Call&) { send(static_cast<wire::Type>(77), 0, {}); }
void other_version(Call&) { send(wire::Head{.magic = 1, .type = wire::Type::hello}, {}); }

/// Sends as many as there is room for, repeatedly.
void flood(wire::Type type, std::string_view body, const std::vector<int>& fds = {}) {
  for (int i = 0; i < 20'000; ++i) send(type, 1'000'000 + static_cast<std::uint64_t>(i), body, fds);
}
void flood_of_refusals_to_fork(Call&) { flood(wire::Type::not_forked, std::string(1000, 'x')); }
void flood_of_large_results(Call&) { flood(wire::Type::blob, "0 1", {memfd(4096, kAllSeals)}); }

/// An empty message looks like the end of the socket, but may have descriptors.
void empty_messages_with_descriptors(Call&) {
  const int socket = descriptors_named("socket:").front();
  const int fd = memfd(1, 0);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr header{};
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  for (int i = 0; i < 100; ++i) ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// --- its lane ---

void error_in_a_sparse_blob(Call& call) {
  send(wire::Type::blob, 77, "0 " + std::to_string(1ull << 42), {memfd(1ull << 42, kAllSeals)});
  publish(call, {.type = board::RecordType::error, .task = call.index(), .attempt = call.attempt(), .blob = 77}, {});
}
void result_in_a_sparse_blob(Call& call) {
  send(wire::Type::blob, 77, "0 " + std::to_string(1ull << 40), {memfd(1ull << 40, kAllSeals)});
  publish(call, {.type = board::RecordType::result, .task = call.index(), .attempt = call.attempt(), .blob = 77}, {});
}
void long_error(Call& call) {
  publish(call, {.type = board::RecordType::error, .task = call.index(), .attempt = call.attempt()},
          std::string(6000, 'e'));
}
void long_log(Call& call) {
  publish(call, {.type = board::RecordType::log, .task = call.index(), .attempt = call.attempt()},
          std::string(6000, 'l'));
}
void impossible_times(Call& call) {
  publish(call, {.type = board::RecordType::waited, .end = std::numeric_limits<std::uint64_t>::max()}, {});
  publish(call, {.type = board::RecordType::unkept, .code = 1, .end = std::numeric_limits<std::uint64_t>::max()}, {});
}

// --- its bell ---

/// A reader that waited for the bell by reading it would wait forever.
void bell_that_blocks(Call&) {
  for (const int fd : descriptors_named("eventfd")) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    for (int i = 0; i < 2; ++i)
      std::thread([fd] {
        for (std::uint64_t count = 0;;)
          if (::read(fd, &count, sizeof count) < 0) ::usleep(100);
      }).detach();
  }
}
void bell_that_is_full(Call&) {
  for (const int fd : descriptors_named("eventfd")) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - 1;
    (void)!::write(fd, &most, sizeof most);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
}
void bell_that_rings_on(Call&) {
  const int fd = descriptors_named("eventfd").front();
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t one = 1;
    (void)!::write(fd, &one, sizeof one);
  }
}

// --- its output and its plugin ---

void move_output_beyond_all(Call&) { ::lseek(STDOUT_FILENO, off_t{5'000'000'000}, SEEK_SET); }
void move_output_beyond_all_and_die(Call&) {
  ::lseek(STDOUT_FILENO, off_t{1} << 40, SEEK_SET);
  ::kill(::getpid(), SIGKILL);
}
void forbid_the_plugin(Call&) {
  for (const auto& [fd, target] : descriptors())
    if (target.find("memfd:") != std::string::npos) ::fchmod(fd, 0);
}

using Deeds = std::map<std::string, void (*)(Call&)>;
const Deeds& deeds() {
  static const Deeds all = {
      {"body_of_1_tib", body_of_1_tib},
      {"sealed_sparse_body", sealed_sparse_body},
      {"body_that_shrinks", body_that_shrinks},
      {"second_hello", second_hello},
      {"message_of_the_engine", message_of_the_engine},
      {"unknown_message", unknown_message},
      {"other_version", other_version},
      {"flood_of_refusals_to_fork", flood_of_refusals_to_fork},
      {"flood_of_large_results", flood_of_large_results},
      {"empty_messages_with_descriptors", empty_messages_with_descriptors},
      {"error_in_a_sparse_blob", error_in_a_sparse_blob},
      {"result_in_a_sparse_blob", result_in_a_sparse_blob},
      {"long_error", long_error},
      {"long_log", long_log},
      {"impossible_times", impossible_times},
      {"bell_that_blocks", bell_that_blocks},
      {"bell_that_is_full", bell_that_is_full},
      {"bell_that_rings_on", bell_that_rings_on},
      {"move_output_beyond_all", move_output_beyond_all},
      {"move_output_beyond_all_and_die", move_output_beyond_all_and_die},
      {"forbid_the_plugin", forbid_the_plugin},
  };
  return all;
}

struct Do {
  std::string deed;
  std::int64_t at = 0;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(Call& call) const {
    const auto index = static_cast<std::int64_t>(call.index());
    if (index == at)
      deeds().at(deed)(call);
    else if (call.wait(std::chrono::milliseconds(2)))
      throw ropewalk::Stopped();
    return {index};
  }
  static void describe(ropewalk::TaskType<Do>& task) {
    task.summary("Abuses what its host shares with the engine, at one index.")
        .thread_safe()
        .param("deed", &Do::deed, "what to do")
        .option("at", &Do::at, "the index to do it at")
        .result("index", &Result::index, "its own");
  }
};

/// Prints a word, and then moves the offset of its output.
struct PrintAndMove {
  std::string how;
  void run(Call&) const {
    const auto print = [](std::string_view text) { (void)!::write(STDOUT_FILENO, text.data(), text.size()); };
    print("word");
    if (how == "end") ::lseek(STDOUT_FILENO, 0, SEEK_END);
    if (how == "far") ::lseek(STDOUT_FILENO, off_t{1} << 40, SEEK_SET);
    if (how == "sparse") ::lseek(STDOUT_FILENO, 512 << 10, SEEK_SET), print("later");
    if (how == "nul") print(std::string_view("\0\0", 2));
  }
  static void describe(ropewalk::TaskType<PrintAndMove>& task) {
    task.summary("Prints a word and moves the place in its output.")
        .thread_safe()
        .option("how", &PrintAndMove::how, "end, far, sparse or nul");
  }
};

// Results that differ from their declaration, through the C interface, because task.hpp would not compile them.

void describe_nest(const ropewalk_host* host, ropewalk_types* types) {
  const ropewalk_task_info info = {.struct_size = sizeof info,
                                   .flags = ROPEWALK_TASK_THREAD_SAFE,
                                   .summary = "Builds results that cannot be read.",
                                   .executor = nullptr,
                                   .exactly_one = nullptr};
  host->task_info(types, &info);
  const auto field = [](const char* name, std::int32_t type, std::int32_t element, std::uint32_t flags) {
    ropewalk_field field{};
    field.struct_size = sizeof field;
    field.flags = flags;
    field.name = name;
    field.type = type;
    field.element_type = element;
    return field;
  };
  const ropewalk_field how = field("how", ROPEWALK_TYPE_TEXT, 0, ROPEWALK_FIELD_REQUIRED),
                       depth = field("depth", ROPEWALK_TYPE_INT, 0, ROPEWALK_FIELD_REQUIRED);
  host->param(types, &how);
  host->param(types, &depth);
  const ropewalk_field any = field("any", ROPEWALK_TYPE_ANY, 0, 0),
                       list = field("list", ROPEWALK_TYPE_LIST, ROPEWALK_TYPE_INT, 0),
                       number = field("number", ROPEWALK_TYPE_FLOAT, 0, 0);
  host->result(types, &any);
  host->result(types, &list);
  host->result(types, &number);
}

std::int32_t run_nest(const ropewalk_host* host, ropewalk_call* call, void*) {
  constexpr std::uint32_t kHow = 0, kDepth = 1, kAny = 0, kList = 1, kNumber = 2;
  const ropewalk_text given = host->param_text(call, kHow);
  const std::string_view how(given.data, given.size);
  const std::int64_t depth = host->param_int(call, kDepth);
  const auto list = [&] { return host->result_build(call, kList); };
  const auto any = [&] { return host->result_build(call, kAny); };
  if (how == "lists") {
    ropewalk_builder* const build = any();
    for (std::int64_t i = 0; i < depth; ++i) host->build_begin_list(build);
    host->build_text(build, ROPEWALK_TYPE_TEXT, {"leaf", 4});
    for (std::int64_t i = 0; i < depth; ++i) host->build_end(build);
  } else if (how == "maps") {
    ropewalk_builder* const build = any();
    for (std::int64_t i = 0; i < depth; ++i) host->build_begin_map(build), host->build_key(build, {"key", 3});
    host->build_float(build, 0.5);
  } else if (how == "int_for_list") {
    host->build_int(list(), 7);
  } else if (how == "map_for_list") {
    host->build_begin_map(list());
  } else if (how == "null_for_list") {
    host->build_null(list());
  } else if (how == "text_in_list") {
    ropewalk_builder* const build = list();
    host->build_begin_list(build);
    host->build_text(build, ROPEWALK_TYPE_TEXT, {"seven", 5});
  } else if (how == "nothing_built") {
    list();
  } else if (how == "nan_within") {
    ropewalk_builder* const build = any();
    host->build_begin_list(build);
    host->build_begin_list(build);
    host->build_float(build, std::numeric_limits<double>::quiet_NaN());
  } else if (how == "infinite") {
    host->result_float(call, kNumber, -std::numeric_limits<double>::infinity());
  } else if (how == "nul_in_key") {
    ropewalk_builder* const build = any();
    host->build_begin_map(build);
    host->build_key(build, {"a\0b", 3});
    host->build_int(build, 1);
  }
  return ROPEWALK_OK;
}

constexpr ropewalk_task_type kNest = {sizeof kNest, 0, "nest", describe_nest, run_nest, nullptr, nullptr};

}  // namespace

ROPEWALK_PLUGIN("forger", "1.0.0", ropewalk::task<Do>("do"), ropewalk::task<PrintAndMove>("print_and_move"), kNest)
