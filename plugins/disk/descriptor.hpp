#pragma once
// A file descriptor with automatic close. One owner, single-threaded.

#include <unistd.h>

#include <utility>

namespace disk {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  void reset(Descriptor&& other) noexcept { std::swap(fd_, other.fd_); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Closes the descriptor and returns whether that succeeded. Some file systems report a failed write only on close.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

}  // namespace disk
