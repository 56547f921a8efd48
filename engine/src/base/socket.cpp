#include "base/socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace ropewalk {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int) * kMaxMessageFds);
constexpr unsigned kOthersReadUs = 1000;
constexpr int kAskMs = 100;

}  // namespace

Sent try_send_message(int socket, std::string_view bytes, std::span<const int> fds) {
  if (bytes.empty() || bytes.size() > kMaxMessageBytes || fds.size() > kMaxMessageFds) return Sent::gone;
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[kControlBytes] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS || errno == ENOBUFS))
    return Sent::full;
  return sent == static_cast<ssize_t>(bytes.size()) ? Sent::sent : Sent::gone;
}

bool send_message(int socket, std::string_view bytes, std::span<const int> fds, const std::function<bool()>& wait_on) {
  for (;;) {
    const Sent sent = try_send_message(socket, bytes, fds);
    if (sent != Sent::full) return sent == Sent::sent;
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
    pollfd room{.fd = socket, .events = POLLOUT, .revents = 0};
    if (full && ::poll(&room, 1, wait_on ? kAskMs : -1) == 0 && !wait_on()) return false;
    if (full) continue;
    ::usleep(kOthersReadUs);  // other receivers must read first
  }
}

Received receive_raw(int socket, std::span<char> near, std::span<char> far, RawMessage& message, bool wait) {
  iovec parts[] = {{.iov_base = near.data(), .iov_len = near.size()}, {.iov_base = far.data(), .iov_len = far.size()}};
  alignas(cmsghdr) char control[kControlBytes];
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = far.empty() ? 1 : 2;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t size = 0;
  do size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  while (size < 0 && errno == EINTR);
  message.size = size > 0 ? static_cast<std::size_t>(size) : 0;
  message.fd_count = 0;
  message.fds_lost = false;
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Received::would_block : Received::closed;
  // An empty message may carry descriptors too. A caller that treats it as end-of-file must close them.
  for (cmsghdr* part_of = CMSG_FIRSTHDR(&header); part_of != nullptr; part_of = CMSG_NXTHDR(&header, part_of)) {
    if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(message.fds.data() + message.fd_count, CMSG_DATA(part_of), count * sizeof(int));
    message.fd_count += count;
  }
  // If no descriptor is left, the message arrives without its descriptors. The receiver checks for them.
  message.fds_lost = (header.msg_flags & MSG_CTRUNC) != 0;
  return size == 0 || (header.msg_flags & MSG_TRUNC) != 0 ? Received::closed : Received::message;
}

Received receive_message(int socket, Message& message, bool wait) {
  message.fds.clear();
  // Avoid a std::string, which would be cleared first, and the stack, which is probed page by page: that is sixteen
  // pages for a message of a few bytes.
  const std::unique_ptr<char[]> buffer(new char[kMaxMessageBytes]);
  RawMessage raw;
  const Received what = receive_raw(socket, {buffer.get(), kMaxMessageBytes}, {}, raw, wait);
  message.bytes.assign(buffer.get(), raw.size);
  for (std::size_t i = 0; i < raw.fd_count; ++i) message.fds.emplace_back(raw.fds[i]);
  message.fds_lost = raw.fds_lost;
  return what;
}

std::pair<Fd, Fd> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace ropewalk
