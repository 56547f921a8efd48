#include <ropewalk/sink.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace ropewalk {

bool StringSink::write(std::string_view bytes) {
  text += bytes;
  return true;
}

bool FdSink::write(std::string_view bytes) {
  while (error_ == 0 && !bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Another process made the shared descriptor non-blocking (a shell's terminal, for example), so wait for room.
      pollfd room{fd_, POLLOUT, 0};
      ::poll(&room, 1, 1000);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  return error_ == 0;
}

}  // namespace ropewalk
