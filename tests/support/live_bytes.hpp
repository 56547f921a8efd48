#pragma once
// Counts a test's allocations and its peak memory. Unlike a time, these costs are the same on every machine. Replaces
// operator new of the program, so exactly one of its files includes this.

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace ropewalk::test {

struct LiveBytes {
  std::size_t now = 0, most = 0;
  std::uint64_t allocations = 0;
};

inline LiveBytes live_bytes;  ///< of one thread

inline void* allocated(void* made) {
  if (!made) throw std::bad_alloc();
  live_bytes.now += ::malloc_usable_size(made);
  live_bytes.most = std::max(live_bytes.most, live_bytes.now);
  ++live_bytes.allocations;
  return made;
}

inline void released(void* made) noexcept {
  live_bytes.now -= std::min(live_bytes.now, ::malloc_usable_size(made));
  std::free(made);
}

}  // namespace ropewalk::test

[[gnu::noinline]] void* operator new(std::size_t size) { return ropewalk::test::allocated(std::malloc(size)); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto to = static_cast<std::size_t>(alignment);
  return ropewalk::test::allocated(std::aligned_alloc(to, (size + to - 1) / to * to));
}
// Under AddressSanitizer, the memory must come from the allocator that delete uses.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return ropewalk::test::allocated(std::malloc(size));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
[[gnu::noinline]] void operator delete(void* made) noexcept { ropewalk::test::released(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { ropewalk::test::released(made); }
[[gnu::noinline]] void operator delete(void* made, std::align_val_t) noexcept { ropewalk::test::released(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t, std::align_val_t) noexcept {
  ropewalk::test::released(made);
}
