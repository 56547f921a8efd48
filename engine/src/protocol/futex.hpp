#pragma once
// Waiting on a word of shared memory, and waking the waiters.

#include <atomic>
#include <bit>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ropewalk::board {

static_assert(std::endian::native == std::endian::little,
              "the futex of a 64-bit word is its low half, which comes first");

/// How long a worker with a full outbox sleeps before it checks again. Idle workers sleep until they are woken; the
/// engine wakes a worker again if it has not begun its next item after this time.
inline constexpr std::int64_t kRecheckNs = 100'000'000;

/// Returns true if woken or if the word had already changed, false on timeout. Works on read-only memory.
inline bool futex_wait(const void* word, std::uint32_t seen, std::int64_t timeout_ns) {
  const timespec timeout{.tv_sec = timeout_ns / 1'000'000'000, .tv_nsec = timeout_ns % 1'000'000'000};
  return ::syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, nullptr, 0) == 0 || errno != ETIMEDOUT;
}

/// Waits until woken; returns at once if the word has already changed. Works on read-only memory.
inline void futex_wait(const void* word, std::uint32_t seen) {
  ::syscall(SYS_futex, word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
}

inline void futex_wake(const void* word) { ::syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }

}  // namespace ropewalk::board
