#pragma once
// Counts the allocations of a target. The target's guarantees bound this count on every machine, which they could not
// do for a time. Replaces operator new of the program, so exactly one of its files includes this.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace ropewalk::fuzz {

struct Allocations {
  std::uint64_t count = 0, bytes = 0;
  Allocations operator-(const Allocations& before) const { return {count - before.count, bytes - before.bytes}; }
};

inline Allocations allocations;  ///< since the program began

}  // namespace ropewalk::fuzz

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++ropewalk::fuzz::allocations.count;
  ropewalk::fuzz::allocations.bytes += size;
  if (void* made = std::malloc(size)) return made;
  throw std::bad_alloc();
}
// libFuzzer uses it and frees with the operator below. Under AddressSanitizer both must use the same allocator.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { std::free(made); }
