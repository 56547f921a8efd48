#pragma once
// Shared memory that cannot harm the engine: memfds that are fully allocated before use and sealed against resizing, so
// that neither a full tmpfs nor a hostile host can turn a read into SIGBUS. They have no names, so nothing can leak.

#include "base/fd.hpp"
#include "protocol/board_layout.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ropewalk::board {

/// Owns a mapping and unmaps it. Move-only.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* data, std::size_t size) : data_(data), size_(size) {}
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  std::byte* data() const { return static_cast<std::byte*>(data_); }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {static_cast<const char*>(data_), size_}; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

enum class Access { read, write };

/// Maps all of `fd`; empty if it is smaller than `size` or cannot be mapped.
Mapping map(int fd, std::size_t size, Access access);
/// Like map(), without checking the size, for memory that the engine created.
Mapping map_known(int fd, std::size_t size, Access access);
/// Like map(), for any size.
Mapping map_whole(int fd, Access access);

/// The engine's side of one host's memory.
struct HostMemory {
  Layout layout;
  Fd inbox_fd, outbox_fd;  ///< passed to the host; sealed
  Mapping inbox;           ///< writable only here
  Mapping outbox;          ///< read here
};

/// Fails with codes::kNoBoardMemory if the machine or the memory cgroup has too little room.
Result<HostMemory> make_host_memory(const Layout& layout);

/// Resets the memory for another host, once only the engine has it mapped. It is then as new, except for bytes that
/// neither side reads. Returns false on failure.
bool make_like_new(HostMemory& memory);

/// Returns a sealed memfd that contains `bytes`; empty if no memory is available.
Fd make_blob(std::string_view bytes);

/// Returns a memfd of `size` bytes with a sealed size, for a host's output. Writes beyond the end are short.
Fd make_output(std::size_t size);
/// Whether a descriptor is such a memfd. A task can replace it with any other file.
bool is_output(int fd);
/// Returns the output since the last call and removes it. The file offset belongs to the host and may have been moved
/// anywhere. Only pages that contain data are read. Pages that were never written are left out, and so are trailing
/// NULs if the offset lies beyond all data.
std::string take_output(int fd);
/// Discards the output and rewinds. Returns false on failure.
bool empty_output(int fd);

/// Bytes that can be allocated without endangering the machine: the lower of MemAvailable and the room in the memory
/// cgroup.
std::size_t memory_room();

}  // namespace ropewalk::board
