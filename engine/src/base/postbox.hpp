#pragma once
// An outgoing message queue for a process that must never block on a slow peer. Messages that the socket cannot take
// yet are queued and sent in order. Single-threaded.

#include "base/socket.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class Postbox {
 public:
  /// Borrows the socket. Adds the number of queued messages to `unsent`, which several postboxes share.
  Postbox(int socket, std::size_t& unsent) : socket_(socket), unsent_(unsent) {}
  ~Postbox() { unsent_ -= kept_.size(); }
  Postbox(const Postbox&) = delete;
  Postbox& operator=(const Postbox&) = delete;

  /// Sends or queues a message. Queued messages own duplicates of the descriptors. Returns false if the peer is gone,
  /// the message is too large, or the postbox is choked().
  bool send(std::string_view bytes, std::span<const int> fds = {});
  /// Sends queued messages while the socket has room.
  void flush();
  /// Number of queued messages.
  std::size_t size() const { return kept_.size(); }
  /// Whether a message was lost because no descriptor was left to queue it. Nothing more is sent then, because the
  /// order would be wrong.
  bool choked() const { return choked_; }

 private:
  struct Letter {
    std::string bytes;
    std::vector<Fd> fds;
  };
  bool keep(std::string_view bytes, std::span<const int> fds);
  void forget_first();

  const int socket_;
  std::size_t& unsent_;
  std::deque<Letter> kept_;
  bool choked_ = false;
};

}  // namespace ropewalk
