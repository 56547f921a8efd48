#include "base/file_limit.hpp"

#include <sys/resource.h>

namespace ropewalk {
namespace {

std::optional<std::uint64_t> users_files;
bool files_lifted = false;

rlimit file_limit() {
  rlimit limit{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  return limit;
}

std::optional<std::uint64_t> soft_of(const rlimit& limit) {
  return limit.rlim_cur == RLIM_INFINITY ? std::nullopt : std::optional<std::uint64_t>(limit.rlim_cur);
}

}  // namespace

void lift_file_limit() {
  rlimit limit = file_limit();
  users_files = soft_of(limit);
  files_lifted = true;
  if (!users_files) return;
  const rlimit none{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  if (::setrlimit(RLIMIT_FSIZE, &none) == 0) return;  // succeeds as root
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

std::optional<std::uint64_t> users_file_limit() { return files_lifted ? users_files : soft_of(file_limit()); }

}  // namespace ropewalk
