#pragma once
// What is too large for a ring: sealed memfds that travel over a host's socket. Whoever receives one maps it; nobody
// copies it.

#include "protocol/board_memory.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace ropewalk::board {

/// Memory that nobody can write to or resize any more, usually a sealed memfd. Immutable; any thread.
class Blob {
 public:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40;

  /// Null if it is not sealed against every change, is larger than `max_bytes`, has pages that nobody has allocated, or
  /// cannot be mapped: a host may send anything. Reading it takes no memory, and nobody can turn a read into a fault.
  static std::shared_ptr<const Blob> adopt(Fd memfd, std::uint64_t max_bytes = kMaxBytes);

  /// `size` bytes of a file of the engine's own that nobody changes; `offset` is a multiple of a page. Null if they cannot be
  /// mapped.
  static std::shared_ptr<const Blob> of_file(int file, std::uint64_t offset, std::uint64_t size);

  /// -1: it is of a file, and no other process may have it.
  int fd() const { return memfd_.get(); }
  std::string_view bytes() const { return mapping_.text(); }

 private:
  Blob(Fd memfd, Mapping mapping) : memfd_(std::move(memfd)), mapping_(std::move(mapping)) {}

  Fd memfd_;
  Mapping mapping_;
};

/// A part of one.
class BlobSlice final : public SharedBytes {
 public:
  BlobSlice(std::shared_ptr<const Blob> blob, std::uint64_t offset, std::uint64_t size) : blob_(std::move(blob)), offset_(offset), size_(size) {}
  std::string_view bytes() const override { return blob_->bytes().substr(offset_, size_); }
  const std::shared_ptr<const Blob>& blob() const { return blob_; }
  std::uint64_t offset() const { return offset_; }

 private:
  const std::shared_ptr<const Blob> blob_;
  const std::uint64_t offset_, size_;
};

/// A memfd that grows by buffers which a task writes in place, and is sealed when all has been written.
class GrowingBlob {
 public:
  /// Memory for `size` bytes, zeroed; `offset` is where it lies in the blob. Empty if there is none.
  Mapping add(std::uint64_t size, std::uint64_t& offset);
  explicit operator bool() const { return static_cast<bool>(memfd_); }
  /// Appends `bytes` and seals all, once no mapping of it is left; leaves this empty. None: there is no memory.
  Fd seal(std::string_view bytes, std::uint64_t& offset);
  void clear() { *this = {}; }

 private:
  Fd memfd_;
  std::uint64_t size_ = 0;
};

}  // namespace ropewalk::board
