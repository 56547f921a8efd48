#include "process/capture.hpp"

#include <poll.h>

#include <cerrno>

namespace process {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxLineBytes = 1024;

}  // namespace

bool Capture::read(Descriptor& pipe, short events) {
  if ((events & POLLIN) == 0) {
    if (events != 0) pipe.reset();  // empty, and no writer is left
    return true;
  }
  static constexpr std::size_t kBlock = 64 << 10, kMaxAtOnce = 16 << 20;
  char block[kBlock];
  for (std::size_t total = 0; pipe && total < kMaxAtOnce;) {
    const ssize_t got = ::read(pipe.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return pipe.reset(), true;
    const std::string_view piece(block, static_cast<std::size_t>(got));
    remember(piece);
    if (!output_.write(stream_, piece)) return false;
    total += piece.size();
    if (piece.size() < sizeof block) return true;  // the pipe is drained
  }
  return true;
}

void Capture::remember(std::string_view piece) {
  static constexpr std::string_view kLineEnds = "\r\n";
  const std::size_t end = piece.find_last_not_of(kBlank) + 1;
  const std::string_view blank = piece.substr(end);
  if (std::string_view text = piece.substr(0, end); !text.empty()) {
    const std::size_t newline = text.find_last_of(kLineEnds);
    if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
    if (ended_ || newline != std::string_view::npos) line_.clear();
    ended_ = false;
    append(text);
  }
  if (blank.find_first_of(kLineEnds) != std::string_view::npos)
    ended_ = true;
  else if (!ended_)
    append(blank);
}

void Capture::append(std::string_view text) { line_.append(text.substr(0, kMaxLineBytes - line_.size())); }

std::string Capture::last_line() const { return line_.substr(0, line_.find_last_not_of(kBlank) + 1); }

}  // namespace process
