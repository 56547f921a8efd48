#pragma once
// Shared memory that cannot hurt the engine: memfds, allocated in full before they are touched and sealed against
// resizing, so that neither a full tmpfs nor a hostile host can turn a read into SIGBUS. No names, nothing to leak.

#include "base/fd.hpp"
#include "protocol/board_layout.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ropewalk::board {

/// Unmaps what it mapped. Move-only.
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
/// The same without a look at its size, for memory that the engine has made.
Mapping map_known(int fd, std::size_t size, Access access);
/// The same, whatever its size is.
Mapping map_whole(int fd, Access access);

/// The engine's side of one host's memory.
struct HostMemory {
  Layout layout;
  Fd inbox_fd, outbox_fd;  ///< to be handed to the host; sealed
  Mapping inbox;           ///< writable here, and nowhere else
  Mapping outbox;          ///< read here
};

/// Refuses with codes::kNoBoardMemory when the machine or the memory cgroup has not enough room.
Result<HostMemory> make_host_memory(const Layout& layout);

/// For another host, once nobody but the engine has it mapped: as it was when it was made, but for bytes that neither
/// side reads. False if it cannot be.
bool make_like_new(HostMemory& memory);

/// A sealed memfd that holds `bytes`; empty if there is no memory.
Fd make_blob(std::string_view bytes);

/// A memfd of `size` bytes whose size is sealed, for a host's output. Writes beyond are short.
Fd make_output(std::size_t size);
/// Whether a descriptor is such a memfd: a task can put anything in its place.
bool is_output(int fd);
/// Takes what was written to it since it was last emptied, and empties it. The place of the open file belongs to the host,
/// which may have moved it anywhere: no more is read than there are pages that hold data. Pages that were never written
/// are left out, and so are NULs at the end if the place lies beyond all data.
std::string take_output(int fd);
/// Forgets what was written, and goes back to the beginning. False if it cannot be.
bool empty_output(int fd);

/// Bytes that can be allocated without endangering the machine: MemAvailable and the memory cgroup's room.
std::size_t memory_room();

}  // namespace ropewalk::board
