#pragma once
// A file descriptor with one owner.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace ropewalk {

/// Owns a descriptor and closes it on destruction. Move-only; -1 means none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// Creates a file without a name in the temporary folder. No other process can open it, and closing it deletes it.
/// Returns an empty Fd and sets errno on failure.
Fd unnamed_file();

/// Writes all bytes at that offset. Returns false and sets errno on failure; a short write to a full disk is ENOSPC.
bool write_at(int fd, std::string_view bytes, std::uint64_t offset);
/// Waits until what was written to the file, or its name where it is a folder, is on disk. Returns false and sets errno
/// on failure; what was written may then be lost, and a second try says nothing about it.
bool sync_file(int fd);
/// Reads up to `size` bytes. Returns the number of bytes read; negative: errno is set.
std::int64_t read_at(int fd, char* into, std::size_t size, std::uint64_t offset);

}  // namespace ropewalk
