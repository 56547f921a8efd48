#pragma once
// A file descriptor with one owner.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace ropewalk {

/// Closes its descriptor when it dies. Move-only; -1 means none.
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

/// A file in the folder for temporary ones that nobody else can open and that is gone when it is closed. None: errno.
Fd unnamed_file();

/// All of them at that place; false: errno. What a full disk did not take is ENOSPC.
bool write_at(int fd, std::string_view bytes, std::uint64_t offset);
/// As many bytes as there are up to `size`; negative: errno.
std::int64_t read_at(int fd, char* into, std::size_t size, std::uint64_t offset);

}  // namespace ropewalk
