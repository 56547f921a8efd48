#include "base/file_text.hpp"

#include "base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ropewalk {

std::optional<std::string> file_text(const std::filesystem::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t size = ::read(fd.get(), piece.data(), piece.size());
    if (size == 0) return text;
    if (size > 0)
      text.append(piece.data(), static_cast<std::size_t>(size));
    else if (errno != EINTR)
      return std::nullopt;
  }
}

}  // namespace ropewalk
