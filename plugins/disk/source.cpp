#include "source.hpp"

#include "errors.hpp"

#include <fcntl.h>

#include <stdexcept>

namespace disk {

// Without O_NONBLOCK, opening a FIFO would block the task until it has a writer.
Source::Source(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (!fd_) fail("cannot read", path_);
  if (fstat(fd_.get(), &status_) != 0) fail("cannot read", path_);
  if (S_ISDIR(status_.st_mode)) throw std::runtime_error("cannot read '" + path_.native() + "': it is a folder");
  if (!S_ISREG(status_.st_mode))
    throw std::runtime_error("cannot read '" + path_.native() + "': it is not a regular file");
  static_cast<void>(posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL));  // advice: ignore a failure
}

std::size_t Source::read(std::span<char> block) {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), block.data(), block.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) fail("cannot read", path_);
  }
}

}  // namespace disk
