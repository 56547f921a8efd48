#include "host/wear.hpp"

#include "base/descriptor_limit.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace ropewalk::host {
namespace {

/// A leak of more descriptors costs the kernel more memory than a new process.
constexpr std::uint64_t kMaxDescriptors = 1 << 16;

/// Memory of the process without its board: the resident size or, with `by_data`, what RLIMIT_DATA counts if that is
/// more.
std::uint64_t memory_in_use(bool by_data) {
  const Fd fd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[128] = {};
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return 0;
  unsigned long long resident = 0, shared = 0, data = 0;
  if (std::sscanf(text, "%*u %llu %llu %*u %*u %llu", &resident, &shared, &data) != 3) return 0;
  const unsigned long long own = resident - std::min(resident, shared);
  return (by_data ? std::max(own, data) : own) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::uint64_t lowest_free_descriptor(int any_open) {
  const int fd = ::fcntl(any_open, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return errno == EMFILE ? descriptor_limit() : 0;
  ::close(fd);
  return static_cast<std::uint64_t>(fd);
}

bool Wear::Supply::reached(std::uint64_t used) {
  const bool first = mark == 0;
  if (!first && used < mark) return false;
  mark = used + (limit - std::min(limit, used)) / 2;
  return !first || used >= limit - limit / 4;
}

std::optional<Wear::Finding> Wear::look(int any_open) {
  // Measured without the lock, so that a thread which loses its core meanwhile does not block the others.
  const std::uint64_t open = lowest_free_descriptor(any_open);
  const std::uint64_t used = memory_limited_ ? memory_in_use(by_data_) : 0;
  const MutexLock lock(comparing_);
  if (descriptors_.limit == 0) descriptors_.limit = std::min(descriptor_limit(), kMaxDescriptors);
  if (descriptors_.reached(open))
    return Finding{board::WornBy::descriptors, open, descriptors_.limit,
                   fmt::format("{} of {} descriptors are open", open, descriptors_.limit)};
  if (memory_limited_ && memory_.reached(used))
    return Finding{board::WornBy::memory, used, memory_.limit,
                   fmt::format("{} MiB of {} of memory are in use", used >> 20, size_text(memory_.limit))};
  return std::nullopt;
}

}  // namespace ropewalk::host
