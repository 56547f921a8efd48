#pragma once
// Bytes of a shared library, read without mapping it: whatever is cut off or damaged is only not there. Judges nothing.

#include <cstddef>
#include <cstdint>

namespace ropewalk {

class ElfFile {
 public:
  /// Borrows the descriptor.
  ElfFile(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  std::uint64_t size() const { return size_; }
  bool inside(std::uint64_t at, std::uint64_t bytes) const { return at <= size_ && bytes <= size_ - at; }
  /// All of it, or false.
  bool read(std::uint64_t at, void* to, std::size_t bytes) const;

 private:
  int fd_;
  std::uint64_t size_;
};

}  // namespace ropewalk
