#include "base/stack_limit.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>

namespace ropewalk {

bool raise_stack_limit() {
  constexpr rlim_t kWanted = 8 << 20;
  if (stack_limit() >= kMinStackBytes) return true;
  rlimit limit{};
  ::getrlimit(RLIMIT_STACK, &limit);
  const rlimit beyond{.rlim_cur = kWanted, .rlim_max = std::max(kWanted, limit.rlim_max)};
  const rlimit within{.rlim_cur = std::min(kWanted, limit.rlim_max), .rlim_max = limit.rlim_max};
  // The first call succeeds only as root. The stack of this thread grows into the new limit, because the kernel leaves
  // room below every stack.
  if (::setrlimit(RLIMIT_STACK, &beyond) != 0) ::setrlimit(RLIMIT_STACK, &within);
  if (stack_limit() < kMinStackBytes) return false;
  pthread_attr_t attributes;  // derived by the C library from the old limit
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kWanted);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
  return true;
}

std::uint64_t stack_limit() {
  rlimit limit{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ::getrlimit(RLIMIT_STACK, &limit);
  return limit.rlim_cur;
}

}  // namespace ropewalk
