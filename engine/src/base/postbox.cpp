#include "base/postbox.hpp"

#include "base/descriptor_limit.hpp"

#include <fcntl.h>

namespace ropewalk {
namespace {

std::vector<int> numbers_of(const std::vector<Fd>& fds) {
  std::vector<int> numbers;
  numbers.reserve(fds.size());
  for (const Fd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

}  // namespace

bool Postbox::send(std::string_view bytes, std::span<const int> fds) {
  if (choked_) return false;
  flush();
  if (kept_.empty()) {
    const Sent sent = try_send_message(socket_, bytes, fds);
    if (sent != Sent::full) return sent == Sent::sent;
  }
  if (keep(bytes, fds)) return true;
  const DescriptorReserve reserve;
  choked_ = !keep(bytes, fds);
  return !choked_;
}

void Postbox::flush() {
  // Messages to a dead peer are dropped. The peer's end is reported elsewhere.
  for (; !kept_.empty(); forget_first())
    if (try_send_message(socket_, kept_.front().bytes, numbers_of(kept_.front().fds)) == Sent::full) return;
}

bool Postbox::keep(std::string_view bytes, std::span<const int> fds) {
  Letter letter{std::string(bytes), {}};
  for (const int fd : fds) {
    Fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!own) return false;
    letter.fds.push_back(std::move(own));
  }
  kept_.push_back(std::move(letter));
  ++unsent_;
  return true;
}

void Postbox::forget_first() {
  kept_.pop_front();
  --unsent_;
}

}  // namespace ropewalk
