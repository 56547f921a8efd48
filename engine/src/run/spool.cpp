#include "run/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace ropewalk {
namespace {

constexpr std::size_t kInMemory = 1 << 20;
constexpr std::size_t kReadAhead = 256 << 10;

/// A file that nobody else can open and that is gone when it is closed.
Fd unnamed_file() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) return Fd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  Fd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  std::string name = (folder / "ropewalk-XXXXXX").string();  // where O_TMPFILE is not to be had
  fd = Fd(::mkostemp(name.data(), O_CLOEXEC));
  if (fd) ::unlink(name.c_str());
  return fd;
}

}  // namespace

std::uint64_t Spool::append(std::string_view bytes) {
  const std::uint64_t offset = in_file_ + tail_.size();
  tail_ += bytes;
  if (tail_.size() >= kInMemory) flush();
  return offset;
}

void Spool::flush() {
  if (!failed_.empty()) {
    tail_.clear();
    return;
  }
  if (!file_) file_ = unnamed_file();
  std::string_view rest = tail_;
  while (!rest.empty()) {
    const ssize_t written = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(in_file_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      failed_ = std::strerror(written == 0 ? ENOSPC : errno);
      break;
    }
    in_file_ += static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  tail_.clear();
}

std::string_view Spool::read(std::uint64_t offset, std::uint64_t size) {
  if (offset >= in_file_) {
    const std::uint64_t at = offset - in_file_;
    return at + size <= tail_.size() ? std::string_view(tail_).substr(at, size) : std::string_view();
  }
  if (offset < read_at_ || offset + size > read_at_ + read_.size()) {
    read_.resize(std::max<std::uint64_t>(size, kReadAhead));
    read_at_ = offset;
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::pread(file_.get(), read_.data() + have, read_.size() - have, static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    read_.resize(have);
    if (have < size) return {};
  }
  return std::string_view(read_).substr(offset - read_at_, size);
}

}  // namespace ropewalk
