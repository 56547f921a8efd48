#include "protocol/host_mark.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ropewalk {
namespace {

// A mark is kTop minus this: the host's number above, and below the number of a host whose engine runs in a task of the
// first. An engine at the third level replaces the number of the second.
constexpr std::uint64_t kTop = std::uint64_t{1} << 62, kMax = kTop / 2;
constexpr int kShift = 31;
constexpr std::uint64_t kInner = (std::uint64_t{1} << kShift) - 1;

/// What is below kTop. 0: no mark. Nothing: the user's own limit leaves no room for one.
std::optional<std::uint64_t> depth(const rlimit& limit) {
  if (limit.rlim_max >= kTop) return 0;
  if (limit.rlim_max < kTop - kMax) return std::nullopt;
  return kTop - limit.rlim_max;
}

/// For processes of other users, whose limits only root can ask for with prlimit(2).
bool read_limit(pid_t pid, rlimit& limit) {
  char path[32], text[4096];
  std::snprintf(path, sizeof path, "/proc/%d/limits", static_cast<int>(pid));
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t size = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  text[size > 0 ? size : 0] = '\0';
  constexpr char kName[] = "Max file locks";
  const char* line = std::strstr(text, kName);
  if (line == nullptr) return false;
  unsigned long long soft = 0, hard = 0;
  if (std::sscanf(line + sizeof kName - 1, "%llu %llu", &soft, &hard) != 2) return false;
  limit = {.rlim_cur = soft, .rlim_max = hard};
  return true;
}

}  // namespace

HostMark HostMark::below() {
  rlimit own{};
  if (::getrlimit(RLIMIT_LOCKS, &own) != 0) return {0, -1};
  const std::optional<std::uint64_t> mine = depth(own);
  if (!mine) return {0, -1};
  return *mine == 0 ? HostMark(0, kShift) : HostMark(*mine & ~kInner, 0);
}

HostMark HostMark::beside() {
  rlimit own{};
  if (::getrlimit(RLIMIT_LOCKS, &own) != 0) return {0, -1};
  const std::optional<std::uint64_t> mine = depth(own);
  if (!mine || *mine == 0) return {0, -1};
  return (*mine & kInner) == 0 ? HostMark(0, kShift) : HostMark(*mine & ~kInner, 0);
}

bool HostMark::put(std::uint64_t host) const {
  if (shift_ < 0 || host == 0 || host > (shift_ == 0 ? kInner : kMax >> kShift)) return false;
  const rlim_t value = kTop - (above_ | host << shift_);
  const rlimit mark{.rlim_cur = value, .rlim_max = value};
  return ::setrlimit(RLIMIT_LOCKS, &mark) == 0;
}

std::optional<std::uint64_t> HostMark::of(pid_t pid) const {
  rlimit limit{};
  if (shift_ < 0 || (::prlimit(pid, RLIMIT_LOCKS, nullptr, &limit) != 0 && (errno != EPERM || !read_limit(pid, limit))))
    return std::nullopt;
  const std::optional<std::uint64_t> its = depth(limit);
  if (!its || *its == 0) return std::nullopt;
  if (shift_ != 0) return *its >> kShift;
  if ((*its & ~kInner) != above_ || (*its & kInner) == 0) return std::nullopt;
  return *its & kInner;
}

}  // namespace ropewalk
