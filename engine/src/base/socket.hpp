#pragma once
// Messages with descriptors over a SOCK_SEQPACKET pair, the transport between engine, warden and hosts. Stateless; any
// thread. A message is sent or received as a whole.

#include "base/fd.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {

inline constexpr std::size_t kMaxMessageBytes = 64 * 1024;
inline constexpr std::size_t kMaxMessageFds = 16;

struct Message {
  std::string bytes;
  std::vector<Fd> fds;    ///< close-on-exec
  bool fds_lost = false;  ///< the message had descriptors, but this process had no free ones
};

enum class Received { message, would_block, closed };

/// full: the peer has not yet read earlier messages, or this user has too many descriptors in flight.
enum class Sent { sent, full, gone };
/// Does not block. Returns `gone` also if the message is too large.
Sent try_send_message(int socket, std::string_view bytes, std::span<const int> fds = {});
/// Blocks until the message is sent. Returns false if the peer is gone or the message is too large. While there is no
/// room, `wait_on` is called every 100 ms; if it returns false, the message is not sent.
bool send_message(int socket, std::string_view bytes, std::span<const int> fds = {},
                  const std::function<bool()>& wait_on = {});

/// A truncated message counts as closed.
Received receive_message(int socket, Message& message, bool wait);

/// A received message in memory provided by the caller. The caller must close the descriptors.
struct RawMessage {
  std::size_t size = 0;
  std::array<int, kMaxMessageFds> fds;
  std::size_t fd_count = 0;
  bool fds_lost = false;
};
/// Like receive_message(), but without allocation. Bytes that do not fit in `near` are stored in `far`.
Received receive_raw(int socket, std::span<char> near, std::span<char> far, RawMessage& message, bool wait);

/// Two connected sockets, close-on-exec; empty if no descriptors are left.
std::pair<Fd, Fd> socket_pair();

}  // namespace ropewalk
