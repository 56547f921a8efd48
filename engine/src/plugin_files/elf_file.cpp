#include "plugin_files/elf_file.hpp"

#include <unistd.h>

#include <cerrno>

namespace ropewalk {

bool ElfFile::read(std::uint64_t at, void* to, std::size_t bytes) const {
  if (!inside(at, bytes)) return false;
  for (std::size_t have = 0; have < bytes;) {
    const ssize_t got = ::pread(fd_, static_cast<char*>(to) + have, bytes - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace ropewalk
