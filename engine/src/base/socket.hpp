#pragma once
// Messages with descriptors over a SOCK_SEQPACKET pair: what engine, warden and hosts talk through. Stateless; any
// thread, a message is sent or received whole.

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
  std::vector<Fd> fds;  ///< close-on-exec
  bool fds_lost = false;  ///< it had descriptors, and this process had no room for them
};

enum class Received { message, would_block, closed };

/// full: the peer has not read yet what was sent before, or this user has too many descriptors on their way.
enum class Sent { sent, full, gone };
/// Does not wait. gone: also if the message is too large.
Sent try_send_message(int socket, std::string_view bytes, std::span<const int> fds = {});
/// Waits until it is sent. False: the peer is gone, or the message is too large. While there is no room, `wait_on` is asked
/// every 100 ms whether to go on waiting; false: the message is not sent.
bool send_message(int socket, std::string_view bytes, std::span<const int> fds = {}, const std::function<bool()>& wait_on = {});

/// A message that was cut short counts as closed.
Received receive_message(int socket, Message& message, bool wait);

/// A message as it came, its bytes in memory that the caller gave; the descriptors are the caller's to close.
struct RawMessage {
  std::size_t size = 0;
  std::array<int, kMaxMessageFds> fds;
  std::size_t fd_count = 0;
  bool fds_lost = false;
};
/// As receive_message(), but allocates nothing. What `near` does not hold goes into `far`.
Received receive_raw(int socket, std::span<char> near, std::span<char> far, RawMessage& message, bool wait);

/// Two ends, close-on-exec; empty if the machine has no descriptors left.
std::pair<Fd, Fd> socket_pair();

}  // namespace ropewalk
