#include "hosts/process_use.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace ropewalk {

std::int64_t process_cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return -1;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t process_private_bytes(pid_t pid) {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/statm", static_cast<int>(pid));
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  char text[128] = {};
  unsigned long long size = 0, resident = 0, shared = 0;
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0 || std::sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3 ||
      resident < shared)
    return 0;
  static const auto page = static_cast<unsigned long long>(::sysconf(_SC_PAGESIZE));
  return (resident - shared) * page;
}

}  // namespace ropewalk
