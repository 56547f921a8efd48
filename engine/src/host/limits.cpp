#include "host/limits.hpp"

#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <new>

namespace ropewalk::host {
namespace {

std::atomic<Refusal> refused = Refusal::none;
std::uint64_t file_limit = 0, memory_limit = 0;
std::mutex lifting;

void refuse() {
  refused.store(memory_limit != 0 ? Refusal::by_limit : Refusal::by_system, std::memory_order_relaxed);
  throw std::bad_alloc();
}

void set_soft(__rlimit_resource resource, std::uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || bytes < limit.rlim_max ? bytes : limit.rlim_max;
  ::setrlimit(resource, &limit);
}

}  // namespace

void watch_for_refusals() { std::set_new_handler(refuse); }

void apply_limits(std::uint64_t memory_bytes, std::uint64_t file_bytes) {
  if (memory_bytes != 0) {
    memory_limit = memory_bytes;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their terabytes of shadow memory would count
    set_soft(RLIMIT_DATA, memory_bytes);
#endif
  }
  file_limit = file_bytes;
  if (file_limit != 0) set_soft(RLIMIT_FSIZE, file_limit);
}

Refusal memory_was_refused() {
  return refused.load(std::memory_order_relaxed) == Refusal::none ? Refusal::none : refused.exchange(Refusal::none);
}

void note_refused_memory() {
  if (memory_limit != 0) refused.store(Refusal::by_limit, std::memory_order_relaxed);
}

bool memory_may_grow_by(std::uint64_t bytes) {
  if (memory_limit == 0 || bytes <= memory_limit) return true;
  refused.store(Refusal::by_limit, std::memory_order_relaxed);
  return false;
}

FileLimitLifted::FileLimitLifted() {
  if (file_limit == 0) return;
  lifting.lock();
  set_soft(RLIMIT_FSIZE, RLIM_INFINITY);
}

FileLimitLifted::~FileLimitLifted() {
  if (file_limit == 0) return;
  set_soft(RLIMIT_FSIZE, file_limit);
  lifting.unlock();
}

}  // namespace ropewalk::host
