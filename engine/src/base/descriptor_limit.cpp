#include "base/descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace ropewalk {
namespace {

/// A process with very few descriptors needs every one of them.
rlim_t reserve_of(rlim_t limit, KeepBack keep_back) {
  constexpr rlim_t kFew = 32, kMany = 1024, kVeryFew = 64;
  return keep_back == KeepBack::few || limit < kVeryFew ? std::min(kFew, limit / 16) : std::min(kMany, limit / 4);
}

std::uint64_t users_limit = 0, raised_limit = 0;  // 0: not raised
std::mutex reserve_in_use;

rlimit current() {
  rlimit limit{.rlim_cur = 1024, .rlim_max = 1024};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

}  // namespace

void raise_descriptor_limit(KeepBack keep_back, std::uint64_t users) {
  rlimit limit = current();
  users_limit = users != 0 ? users : limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max - reserve_of(limit.rlim_max, keep_back);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  raised_limit = current().rlim_cur;
}

std::uint64_t users_descriptor_limit() { return users_limit != 0 ? users_limit : current().rlim_cur; }

std::uint64_t descriptor_limit() {
  const std::uint64_t now = current().rlim_cur;
  return raised_limit != 0 ? std::min(now, raised_limit) : now;
}

DescriptorReserve::DescriptorReserve() {
  if (raised_limit == 0) return;
  lock_ = std::unique_lock(reserve_in_use);
  rlimit limit = current();
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

DescriptorReserve::~DescriptorReserve() {
  if (!lock_) return;
  rlimit limit = current();
  limit.rlim_cur = std::min<rlim_t>(raised_limit, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ropewalk
