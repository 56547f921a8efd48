#pragma once
// The handle of a call: a number that is unique to one attempt in this process, instead of a pointer. The functions for
// the task's own thread compare it with the attempt that runs on their thread. A thread that a task left behind, or a
// kept handle, thus cannot reach another task. Any thread.

#include <ropewalk/sdk/abi.h>

#include <cstdint>
#include <span>

namespace ropewalk::host {

struct Call;

using Handle = std::uintptr_t;
static_assert(sizeof(Handle) == 8);

inline constexpr unsigned kWorkerBits = 17;  // of Layout::workers + 1
/// The handle of no attempt; not null.
inline constexpr Handle kNoHandle = ~Handle{0};

/// `item`: the number of the item in the lane of that worker.
constexpr Handle make_handle(std::uint64_t item, std::uint32_t worker) { return item << kWorkerBits | (worker + 1); }
constexpr std::uint64_t item_of(Handle handle) { return handle >> kWorkerBits; }
constexpr std::uint32_t worker_of(Handle handle) {
  return static_cast<std::uint32_t>(handle & ((1u << kWorkerBits) - 1)) - 1;
}

/// The handle of a builder: its attempt, without the upper bits of the item's number, and the position of its result.
inline constexpr unsigned kPositionBits = 12;
constexpr Handle make_builder_handle(Handle attempt, std::uint32_t position) {
  return item_of(attempt) << (kWorkerBits + kPositionBits) | Handle{position} << kWorkerBits | (worker_of(attempt) + 1);
}
constexpr std::uint32_t position_of(Handle builder) {
  return static_cast<std::uint32_t>(builder >> kWorkerBits) & ((1u << kPositionBits) - 1);
}
constexpr bool is_of(Handle builder, Handle attempt) {
  return make_builder_handle(attempt, position_of(builder)) == builder;
}

/// The attempt that runs on this thread, or ran last.
struct OnThisThread {
  Handle handle = kNoHandle;  ///< none runs
  Call* call = nullptr;
};
inline constinit thread_local OnThisThread on_this_thread;

/// Sets the calls of this process, by worker, before the first task. They are never destroyed.
void know_calls(std::span<Call* const> calls);

/// The call of another thread if the handle is that of its attempt, which may end at any moment; else null.
Call* find_running(Handle handle);

/// A function that is for the task's own thread was called by another one, or with the handle of an attempt that is
/// over: the task that is to blame and still runs fails, and else the call is counted.
[[gnu::cold, gnu::noinline]] void refuse_call(Handle handle, const char* function);
[[gnu::cold, gnu::noinline]] void refuse_builder(Handle builder, const char* function);
[[gnu::cold, gnu::noinline]] void count_late_call(const char* function);

/// Calls that came after the end of their attempt, since the last time; takes them.
struct LateCalls {
  std::uint64_t count = 0;
  const char* function = nullptr;  ///< one of those that were called
};
bool has_late_calls();
LateCalls take_late_calls();

}  // namespace ropewalk::host
