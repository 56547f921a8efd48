#pragma once
// Blobs: data too large for a ring. A blob is a sealed memfd that travels over a host's socket. The receiver maps it;
// it is never copied.

#include "protocol/board_memory.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace ropewalk::board {

/// Memory that can be neither written nor resized any more, usually a sealed memfd. Immutable; any thread.
class Blob {
 public:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40;

  /// Returns null if the memfd is not sealed against every change, is larger than `max_bytes`, has unallocated pages,
  /// or cannot be mapped, because a host may send anything. Reading an adopted blob allocates no memory and can never
  /// fault.
  static std::shared_ptr<const Blob> adopt(Fd memfd, std::uint64_t max_bytes = kMaxBytes);

  /// Maps `size` bytes of a file that belongs to the engine and never changes; `offset` is a multiple of the page size.
  /// Returns null if mapping fails.
  static std::shared_ptr<const Blob> of_file(int file, std::uint64_t offset, std::uint64_t size);

  /// -1: the blob is part of a file and cannot be sent to another process.
  int fd() const { return memfd_.get(); }
  std::string_view bytes() const { return mapping_.text(); }

 private:
  Blob(Fd memfd, Mapping mapping) : memfd_(std::move(memfd)), mapping_(std::move(mapping)) {}

  Fd memfd_;
  Mapping mapping_;
};

/// A part of a blob.
class BlobSlice final : public SharedBytes {
 public:
  BlobSlice(std::shared_ptr<const Blob> blob, std::uint64_t offset, std::uint64_t size)
      : blob_(std::move(blob)), offset_(offset), size_(size) {}
  std::string_view bytes() const override { return blob_->bytes().substr(offset_, size_); }
  const std::shared_ptr<const Blob>& blob() const { return blob_; }
  std::uint64_t offset() const { return offset_; }

 private:
  const std::shared_ptr<const Blob> blob_;
  const std::uint64_t offset_, size_;
};

/// A memfd that grows by buffers. A task writes them in place, and the memfd is sealed at the end.
class GrowingBlob {
 public:
  /// Returns `size` zeroed bytes; `offset` is their position in the blob. Empty if no memory is available.
  Mapping add(std::uint64_t size, std::uint64_t& offset);
  explicit operator bool() const { return static_cast<bool>(memfd_); }
  /// Appends `bytes` and seals the memfd, once it has no mapping left. This object is empty afterwards. Returns an
  /// empty Fd if no memory is available.
  Fd seal(std::string_view bytes, std::uint64_t& offset);
  void clear() { *this = {}; }

 private:
  Fd memfd_;
  std::uint64_t size_ = 0;
};

}  // namespace ropewalk::board
