#include "protocol/host_messages.hpp"

#include "values/value_codec.hpp"
#include "protocol/blob.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/framing.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ropewalk::wire {
namespace {

constexpr std::uint64_t kMaxDescription = 16 << 20;  // of a plugin
constexpr std::uint64_t kMaxReason = 1024;
constexpr std::uint64_t kMaxBlobPlace = 64;  // two numbers

/// `from_host`: enforces the bounds.
Got take_apart(std::string_view bytes, std::vector<Fd> fds, Received& received, bool from_host) {
  Head head;
  if (bytes.size() < sizeof head) return Got::nonsense;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.magic != kMagic || head.version != kVersion) return Got::nonsense;
  const std::string_view body = bytes.substr(sizeof head);
  const bool in_memfd = head.body_in_memfd != 0;
  if (in_memfd ? fds.empty() || !body.empty() : body.size() != head.size) return Got::nonsense;
  std::uint64_t max_bytes = board::Blob::kMaxBytes;
  if (from_host) {
    const std::optional<Bound> bound = bound_of(head.type);
    if (!bound || head.size > bound->max_bytes || (in_memfd && !bound->in_memfd) ||
        fds.size() != bound->fds + (in_memfd ? 1 : 0))
      return Got::forbidden;
    max_bytes = bound->max_bytes;
  }
  received = {.type = head.type, .number = head.number, .body = {}, .fds = std::move(fds)};
  if (!in_memfd) {
    received.body = body;
    return Got::message;
  }
  const auto blob = board::Blob::adopt(std::move(received.fds.back()), max_bytes);
  received.fds.pop_back();
  if (!blob || blob->bytes().size() < head.size) return Got::forbidden;
  received.body = blob->bytes().substr(0, head.size);
  return Got::message;
}

}  // namespace

std::optional<Bound> bound_of(Type type) {
  switch (type) {
    case Type::hello:
    case Type::refused: return Bound{.max_bytes = kMaxDescription, .in_memfd = true};
    case Type::blob: return Bound{.max_bytes = kMaxBlobPlace, .fds = 1};
    case Type::not_forked:
    case Type::workers: return Bound{.max_bytes = kMaxReason};
    case Type::board:
    case Type::stage:
    case Type::end:
    case Type::zygote:
    case Type::fork: break;
  }
  return std::nullopt;
}

std::string encode(const StageSetup& setup) {
  List varying;
  for (const std::uint32_t position : setup.varying) varying.push_back(std::int64_t{position});
  return encode_value(Map{{"type", std::int64_t{setup.task_type}},
                          {"stage", setup.stage},
                          {"run", setup.run_id},
                          {"constants", Bytes{setup.constants}},
                          {"varying", std::move(varying)},
                          {"timeout", setup.timeout_ns},
                          {"rests", setup.rests_after_failure},
                          {"first", setup.first_index},
                          {"debugger", setup.awaits_debugger}});
}

std::optional<StageSetup> decode_stage(std::string_view bytes) {
  const std::optional<Value> value = decode_value(bytes);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr) return std::nullopt;
  const auto field = [&](const char* name) {
    static const Value kNone;
    const auto found = map->find(name);
    return found == map->end() ? &kNone : &found->second;
  };
  StageSetup setup;
  const std::int64_t* type = field("type")->as_int();
  const std::string *stage = field("stage")->as_text(), *run = field("run")->as_text();
  const std::string* constants = field("constants")->as_string();
  const List* varying = field("varying")->as_list();
  const std::int64_t* timeout = field("timeout")->as_int();
  const bool *rests = field("rests")->as_bool(), *debugger = field("debugger")->as_bool();
  const std::int64_t* first = field("first")->as_int();
  if (!type || !stage || !run || !constants || !varying || !timeout || !rests || !first || !debugger)
    return std::nullopt;
  setup.timeout_ns = *timeout;
  setup.rests_after_failure = *rests;
  setup.first_index = *first;
  setup.awaits_debugger = *debugger;
  setup.task_type = static_cast<std::uint32_t>(*type);
  setup.stage = *stage;
  setup.run_id = *run;
  setup.constants = *constants;
  for (const Value& position : *varying) {
    if (position.as_int() == nullptr) return std::nullopt;
    setup.varying.push_back(static_cast<std::uint32_t>(*position.as_int()));
  }
  return setup;
}

namespace {

template <class Deliver>
bool send_by(Deliver deliver, Type type, std::uint64_t number, std::string_view body, std::span<const int> fds) {
  return send_framed(Head{.type = type, .number = number, .size = body.size()}, &Head::body_in_memfd, body, fds,
                     board::make_blob, deliver);
}

}  // namespace

bool send(int socket, Type type, std::uint64_t number, std::string_view body, std::span<const int> fds) {
  return send_by([&](std::string_view bytes, std::span<const int> all) { return send_message(socket, bytes, all); },
                 type, number, body, fds);
}

bool send(Postbox& postbox, Type type, std::uint64_t number, std::string_view body, std::span<const int> fds) {
  return send_by([&](std::string_view bytes, std::span<const int> all) { return postbox.send(bytes, all); }, type,
                 number, body, fds);
}

namespace {

Got receive_any(int socket, Received& received, bool wait, bool from_host) {
  Message message;
  switch (receive_message(socket, message, wait)) {
    case ropewalk::Received::would_block: return Got::nothing;
    case ropewalk::Received::closed: return Got::closed;
    case ropewalk::Received::message: break;
  }
  return take_apart(message.bytes, std::move(message.fds), received, from_host);
}

}  // namespace

Got receive(int socket, Received& received, bool wait) { return receive_any(socket, received, wait, false); }

Got receive_from_host(int socket, Received& received) { return receive_any(socket, received, false, true); }

Got receive_fork(int socket, ForkRequest& request, Received& received) {
  static char rest[kMaxMessageBytes];
  struct {
    Head head;
    BoardSetup setup;
  } incoming;
  static_assert(sizeof incoming == sizeof(Head) + sizeof(BoardSetup));
  RawMessage raw;
  request.host = 0;
  switch (receive_raw(socket, {reinterpret_cast<char*>(&incoming), sizeof incoming}, rest, raw, true)) {
    case ropewalk::Received::would_block: return Got::nothing;
    case ropewalk::Received::closed: return Got::closed;
    case ropewalk::Received::message: break;
  }
  if (raw.size == sizeof incoming && incoming.head.magic == kMagic && incoming.head.version == kVersion &&
      incoming.head.type == Type::fork) {
    request.host = incoming.head.number;
    request.setup = incoming.setup;
    request.fds = raw.fds;
    request.fd_count = raw.fd_count;
    return Got::message;
  }
  std::string bytes(reinterpret_cast<const char*>(&incoming), std::min(raw.size, sizeof incoming));
  if (raw.size > sizeof incoming) bytes.append(rest, raw.size - sizeof incoming);
  std::vector<Fd> fds;
  for (std::size_t i = 0; i < raw.fd_count; ++i) fds.emplace_back(raw.fds[i]);
  return take_apart(bytes, std::move(fds), received, false);
}

}  // namespace ropewalk::wire
