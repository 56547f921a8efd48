#include "protocol/board_memory.hpp"

#include "base/descriptor_limit.hpp"
#include "base/failpoint.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace ropewalk::board {
namespace {

constexpr std::size_t kReserve = 32u << 20;  // left for other processes
constexpr int kShape = F_SEAL_SHRINK | F_SEAL_GROW;

Fd make_memory(const char* name) { return Fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

/// Returns -1 with errno if the memory cannot be allocated in full.
Fd allocate(const char* name, std::size_t size) {
  Fd fd = make_memory(name);
  if (!fd) return fd;
  // fallocate charges every page now. On a full tmpfs it fails here; a later access would raise SIGBUS.
  int error = 0;
  do error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size));
  while (error == EINTR);
  if (error != 0) {
    errno = error;
    return Fd();
  }
  return fd;
}

std::size_t number_in(const char* path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path, "re"), std::fclose);
  unsigned long long number = 0;
  if (!file || std::fscanf(file.get(), "%llu", &number) != 1) return std::numeric_limits<std::size_t>::max();
  return number;
}

std::size_t mem_available() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/proc/meminfo", "re"), std::fclose);
  if (!file) return std::numeric_limits<std::size_t>::max();
  char line[128];
  while (std::fgets(line, sizeof line, file.get()) != nullptr) {
    unsigned long long kilobytes = 0;
    if (std::sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1) return kilobytes * 1024;
  }
  return std::numeric_limits<std::size_t>::max();
}

std::size_t cgroup_room() {
  struct Pair {
    const char *limit, *usage;
  };
  for (const Pair& pair :
       {Pair{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        Pair{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"}}) {
    const std::size_t limit = number_in(pair.limit), usage = number_in(pair.usage);
    if (limit == std::numeric_limits<std::size_t>::max() || usage == std::numeric_limits<std::size_t>::max()) continue;
    return limit > usage ? limit - usage : 0;
  }
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace

Layout Layout::for_workers(std::uint32_t workers) {
  Layout layout{.workers = workers};
  if (workers <= 4)
    layout.slots = 8192, layout.area_bytes = 1 << 19, layout.ring_bytes = 1 << 20;
  else if (workers <= 32)
    layout.slots = 1024, layout.area_bytes = 1 << 17, layout.ring_bytes = 1 << 18;
  else if (workers <= 256)
    layout = for_few_items(workers);
  else
    layout.slots = 16, layout.area_bytes = 1 << 12, layout.ring_bytes = 1 << 14;
  return layout;
}

bool Layout::valid() const {
  const auto power = [](std::uint32_t n, std::uint32_t least, std::uint32_t most) {
    return (n & (n - 1)) == 0 && n >= least && n <= most;  // std::has_single_bit() is a library call here
  };
  return workers >= 1 && workers <= 65536 && power(slots, 2, 1u << 20) && power(area_bytes, 1u << 12, 1u << 28) &&
         power(ring_bytes, 1u << 14, 1u << 28);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Mapping map(int fd, std::size_t size, Access access) {
  struct stat status {};
  if (size == 0 || ::fstat(fd, &status) != 0 || static_cast<std::size_t>(status.st_size) < size) return {};
  return map_known(fd, size, access);
}

Mapping map_known(int fd, std::size_t size, Access access) {
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* data = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  return data == MAP_FAILED ? Mapping() : Mapping(data, size);
}

Mapping map_whole(int fd, Access access) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? map(fd, static_cast<std::size_t>(status.st_size), access) : Mapping();
}

std::size_t memory_room() {
  const std::size_t room = std::min(mem_available(), cgroup_room());
  return room > kReserve ? room - kReserve : 0;
}

Result<HostMemory> make_host_memory(const Layout& layout) {
  const std::size_t wanted = layout.inbox_bytes() + layout.outbox_bytes();
  const auto refuse = [&](std::string_view why) {
    return Error{
        codes::kNoBoardMemory,
        fmt::format("no memory for a board of {} worker{}: {}", layout.workers, layout.workers == 1 ? "" : "s", why),
        {},
        {errno == EFBIG ? "raise the limit of the size of files (ulimit -f)" : "use fewer `workers`, or free memory"}};
  };
  errno = 0;
  if (const std::size_t room = memory_room(); wanted > room)
    return refuse(fmt::format("it takes {} KiB, and {} KiB are available", wanted / 1024, room / 1024));
  if (const int error = ROPEWALK_FAILPOINT("board.memory")) return refuse(std::strerror(error));
  HostMemory memory;
  memory.layout = layout;
  memory.inbox_fd = allocate("ropewalk-inbox", layout.inbox_bytes());
  if (memory.inbox_fd) memory.outbox_fd = allocate("ropewalk-outbox", layout.outbox_bytes());
  if (!memory.inbox_fd || !memory.outbox_fd) return refuse(std::strerror(errno));
  memory.inbox = map(memory.inbox_fd.get(), layout.inbox_bytes(), Access::write);
  memory.outbox = map(memory.outbox_fd.get(), layout.outbox_bytes(), Access::read);
  if (!memory.inbox || !memory.outbox) return refuse(std::strerror(errno));
  // No other writable mapping can be created after this seal. PROT_READ alone would not protect the memory.
  if (::fcntl(memory.inbox_fd.get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | kShape | F_SEAL_SEAL) != 0 ||
      ::fcntl(memory.outbox_fd.get(), F_ADD_SEALS, kShape | F_SEAL_SEAL) != 0)
    return refuse(std::strerror(errno));
  return memory;
}

bool make_like_new(HostMemory& memory) {
  static const std::byte zeros[sizeof(OutboxHead)] = {};
  for (std::uint32_t i = 0; i < memory.layout.workers; ++i) {
    std::memset(memory.inbox.data() + i * memory.layout.inbox_lane(), 0, sizeof(InboxHead));
    // The engine maps the outbox read-only on purpose.
    const auto at = static_cast<off_t>(i * memory.layout.outbox_lane());
    if (::pwrite(memory.outbox_fd.get(), zeros, sizeof zeros, at) != static_cast<ssize_t>(sizeof zeros)) return false;
  }
  return true;
}

Fd make_blob(std::string_view bytes) {
  if (ROPEWALK_FAILPOINT("board.blob") != 0) return Fd();
  const auto make = [&] { return allocate("ropewalk-blob", std::max<std::size_t>(bytes.size(), 1)); };
  Fd fd = make();
  if (!fd && errno == EMFILE) {
    const DescriptorReserve reserve;
    fd = make();
  }
  if (!fd) return fd;
  if (!write_at(fd.get(), bytes, 0)) return Fd();
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | kShape | F_SEAL_SEAL) != 0) return Fd();
  return fd;
}

Fd make_output(std::size_t size) {
  // The output is never mapped, so memory is not allocated in advance: a write fails if memory is short, and most hosts
  // never write.
  Fd fd = make_memory("ropewalk-output");
  if (fd && (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0 ||
             ::fcntl(fd.get(), F_ADD_SEALS, kShape | F_SEAL_SEAL) != 0))
    return Fd();
  return fd;
}

bool empty_output(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) return false;
  // Otherwise a task that moves the offset would expose earlier output.
  return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, status.st_size) == 0;
}

std::string take_output(int fd) {
  std::string text;
  struct stat status {};
  const off_t place = ::lseek(fd, 0, SEEK_CUR);
  if (place <= 0 || ::fstat(fd, &status) != 0) return text;
  const off_t end = std::min(place, status.st_size);
  off_t at = 0;
  while (at < end) {
    // Decide by the returned offset, not by the file offset, which other processes may move meanwhile.
    const off_t data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0 || data >= end) break;
    const off_t hole = ::lseek(fd, data, SEEK_HOLE);
    if (hole <= data) break;
    const std::size_t before = text.size(), size = static_cast<std::size_t>(std::min(hole, end) - data);
    text.resize(before + size);
    const std::int64_t read = read_at(fd, text.data() + before, size, static_cast<std::uint64_t>(data));
    text.resize(before + static_cast<std::size_t>(std::max<std::int64_t>(read, 0)));
    at = std::min(hole, end);
  }
  // The file offset lies elsewhere because it was moved, so the written length of the last page is unknown.
  if (at < place) text.erase(text.find_last_not_of('\0') + 1);
  empty_output(fd);
  return text;
}

bool is_output(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & (kShape | F_SEAL_SEAL | F_SEAL_WRITE)) == (kShape | F_SEAL_SEAL);
}

}  // namespace ropewalk::board
