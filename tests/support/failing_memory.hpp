#pragma once
// Lets one chosen allocation of a test fail. Replaces operator new of the program, so exactly one of its files includes
// this.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace ropewalk::test {

/// While one lives, allocation number `number` (from 1) fails: of the thread that made it, or of all others.
class FailingAllocation {
 public:
  enum class Of : std::uint8_t { this_thread, other_threads };

  FailingAllocation(Of whose, std::int64_t number) {
    is_test_ = true;
    whose_ = whose;
    left_ = number;
  }
  ~FailingAllocation() { left_ = 0; }
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Whether it has failed.
  static bool has_failed() { return left_ == 0; }

  static void* allocate(std::size_t size) {
    const bool counts = is_test_ == (whose_ == Of::this_thread);
    if (counts && left_ > 0 && left_.fetch_sub(1) == 1) return nullptr;
    return std::malloc(size);
  }

 private:
  static inline std::atomic<std::int64_t> left_ = 0;
  static inline std::atomic<Of> whose_ = Of::this_thread;
  static inline thread_local bool is_test_ = false;
};

}  // namespace ropewalk::test

[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* made = ropewalk::test::FailingAllocation::allocate(size)) return made;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return ropewalk::test::FailingAllocation::allocate(size);
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, const std::nothrow_t&) noexcept { std::free(made); }
