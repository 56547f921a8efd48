#include "plan/line_file.hpp"

#include "base/fd.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

Error unreadable(const std::string& path, std::string_view why) {
  return Error{codes::kItemsUnreadable, fmt::format("cannot read lines from '{}': {}", path, why)};
}

Result<std::string> read_all(int fd, const std::string& path, std::size_t expected) {
  constexpr std::size_t kStep = 1 << 20;
  std::string text(expected + 1, '\0');  // one more, to see the end without another turn
  std::size_t used = 0;
  for (;;) {
    if (used == text.size()) text.resize(text.size() + std::max(kStep, text.size() / 2));
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, std::strerror(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

}  // namespace

Result<LineFile> LineFile::read(const std::string& path) {
  if (path == "-") {
    auto text = read_all(STDIN_FILENO, "stdin", 0);
    if (!text) return text.error();
    return LineFile(std::move(*text));
  }
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return unreadable(path, errno == ENOENT ? "there is no such file" : std::strerror(errno));
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return unreadable(path, std::strerror(errno));
  if (S_ISDIR(about.st_mode)) return unreadable(path, "it is a folder");
  if (!S_ISREG(about.st_mode)) return unreadable(path, "it is no regular file; write '-' to read standard input");
  auto text = read_all(fd.get(), path, static_cast<std::size_t>(about.st_size));
  if (!text) return text.error();
  return LineFile(std::move(*text));
}

LineFile::LineFile(std::string text) : text_(std::move(text)) {
  for (std::size_t at = 0; at < text_.size();) {
    starts_.push_back(at);
    const void* end = std::memchr(text_.data() + at, '\n', text_.size() - at);
    at = end ? static_cast<std::size_t>(static_cast<const char*>(end) - text_.data()) + 1 : text_.size();
  }
}

std::string_view LineFile::operator[](std::uint64_t index) const {
  const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
  std::string_view line = std::string_view(text_).substr(starts_[index], end - starts_[index]);
  if (!line.ends_with('\n')) return line;
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace ropewalk
