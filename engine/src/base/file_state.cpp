#include "base/file_state.hpp"

#include "base/content_hash.hpp"
#include "base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

namespace ropewalk {

FileState file_state(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return {};
  return {.is_there = true,
          .size = static_cast<std::uint64_t>(about.st_size),
          .mtime_ns = std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec};
}

std::optional<std::uint64_t> hash_file(const std::string& path) {
  constexpr std::size_t kPiece = 1 << 20;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  std::vector<char> piece(kPiece);
  std::uint64_t hash = 0, offset = 0;
  for (;;) {
    const std::int64_t got = read_at(fd.get(), piece.data(), piece.size(), offset);
    if (got < 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(got);
    hash = content_hash({piece.data(), size}, hash);
    offset += size;
    if (size < piece.size()) return hash;
  }
}

}  // namespace ropewalk
