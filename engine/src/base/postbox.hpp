#pragma once
// For a process that must never block on a peer that does not read: messages that the socket has no room for are kept, in
// order, until it has. One thread.

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
  /// Borrows the socket, and counts in `unsent` what it and others keep.
  Postbox(int socket, std::size_t& unsent) : socket_(socket), unsent_(unsent) {}
  ~Postbox() { unsent_ -= kept_.size(); }
  Postbox(const Postbox&) = delete;
  Postbox& operator=(const Postbox&) = delete;

  /// What is kept has descriptors of its own. False: the peer is gone, the message is too large, or it is choked().
  bool send(std::string_view bytes, std::span<const int> fds = {});
  /// Sends what is kept, as far as there is room.
  void flush();
  /// Messages that are kept.
  std::size_t size() const { return kept_.size(); }
  /// A message is lost, because no descriptor was left to keep it: nothing more is sent, as its order would be wrong.
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
