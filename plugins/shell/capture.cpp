#include "capture.hpp"

#include <poll.h>

#include <cerrno>

#include <algorithm>
#include <string_view>

namespace shell {

void Capture::read(Descriptor& pipe, short events) {
  if ((events & POLLIN) == 0) {
    if (events != 0) pipe.reset();  // empty, and nobody is left who could write
    return;
  }
  static constexpr std::size_t kBlock = 64 << 10, kMostAtOnce = 16 << 20;
  char block[kBlock];
  for (std::size_t total = 0; pipe && total < kMostAtOnce;) {
    const ssize_t got = ::read(pipe.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return pipe.reset();
    take(block, static_cast<std::size_t>(got));
    total += static_cast<std::size_t>(got);
    if (static_cast<std::size_t>(got) < sizeof block) return;  // that was all
  }
}

void Capture::take(const char* data, std::size_t size) {
  const std::size_t first = std::min(size, kHead - head_.size());
  head_.append(data, first);
  tail_.append(data + first, size - first);
  if (tail_.size() <= 2 * kTail) return;
  cut_ += tail_.size() - kTail;
  tail_.erase(0, tail_.size() - kTail);
}

std::string Capture::text() const {
  if (cut_ == 0 && tail_.size() <= kTail) return head_ + tail_;
  const std::size_t over = tail_.size() - std::min(tail_.size(), kTail);
  return head_ + "\n[... " + std::to_string(cut_ + over) + " bytes were not kept ...]\n" + tail_.substr(over);
}

std::string Capture::last_line() const {
  static constexpr std::string_view kBlank = " \t\r\n";
  std::string_view text = tail_.find_first_not_of(kBlank) == std::string::npos ? head_ : tail_;
  text = text.substr(0, text.find_last_not_of(kBlank) + 1);
  const std::size_t newline = text.find_last_of("\r\n");
  if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  return std::string(text.substr(0, 1024));
}

}  // namespace shell
