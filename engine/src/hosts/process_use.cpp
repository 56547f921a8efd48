#include "hosts/process_use.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <string>

namespace ropewalk {
namespace {

std::string proc_file(pid_t pid, const char* name) {
  char path[48], text[512];
  std::snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), name);
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd ? ::read(fd.get(), text, sizeof text) : 0;
  return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

}  // namespace

std::int64_t process_cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return -1;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t process_private_bytes(pid_t pid) {
  const std::string text = proc_file(pid, "statm");
  unsigned long long size = 0, resident = 0, shared = 0;
  if (std::sscanf(text.c_str(), "%llu %llu %llu", &size, &resident, &shared) != 3 || resident < shared) return 0;
  static const auto page = static_cast<unsigned long long>(::sysconf(_SC_PAGESIZE));
  return (resident - shared) * page;
}

bool process_is_stopped(pid_t pid) {
  const std::string text = proc_file(pid, "stat");
  const std::size_t name_end = text.rfind(')');  // a name may hold anything
  return name_end != std::string::npos && text.compare(name_end, 3, ") T") == 0;
}

}  // namespace ropewalk
