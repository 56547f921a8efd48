#include "host/handle.hpp"

#include "host/call.hpp"

#include <atomic>

namespace ropewalk::host {
namespace {

Call* const* all_calls = nullptr;
std::atomic<std::size_t> calls_known = 0;
std::atomic<std::uint64_t> late_calls = 0;
std::atomic<const char*> late_function = nullptr;

/// Null if the process has no such worker.
Call* call_of(Handle handle) {
  const std::uint32_t worker = worker_of(handle);
  return worker < calls_known.load(std::memory_order_acquire) ? all_calls[worker] : nullptr;
}

void note_misuse(Call& call, Handle handle, const char* function, Call::Misuse how) {
  call.misuse.store(how, std::memory_order_relaxed);
  call.misused_function.store(function, std::memory_order_relaxed);
  call.misused_handle.store(handle, std::memory_order_release);
}

}  // namespace

void know_calls(std::span<Call* const> calls) {
  all_calls = calls.data();
  calls_known.store(calls.size(), std::memory_order_release);
}

Call* find_running(Handle handle) {
  Call* const call = call_of(handle);
  return call != nullptr && call->handle.load(std::memory_order_acquire) == handle ? call : nullptr;
}

void refuse_builder(Handle builder, const char* function) {
  const Call* const call = call_of(builder);
  const Handle running = call != nullptr ? call->handle.load(std::memory_order_acquire) : kNoHandle;
  refuse_call(running != kNoHandle && is_of(builder, running) ? running : kNoHandle, function);
}

void refuse_call(Handle handle, const char* function) {
  if (Call* const owner = find_running(handle)) {
    note_misuse(*owner, handle, function, Call::Misuse::foreign_thread);
    if (find_running(handle) != nullptr) return;  // otherwise it may have ended without noticing the misuse
  }
  // A stale handle on a worker's thread is used by the task that runs there.
  if (on_this_thread.handle != kNoHandle)
    return note_misuse(*on_this_thread.call, on_this_thread.handle, function, Call::Misuse::stale_handle);
  count_late_call(function);
}

void count_late_call(const char* function) {
  late_function.store(function, std::memory_order_relaxed);
  late_calls.fetch_add(1, std::memory_order_release);
}

bool has_late_calls() { return late_calls.load(std::memory_order_relaxed) != 0; }

LateCalls take_late_calls() {
  return {late_calls.exchange(0, std::memory_order_acquire), late_function.load(std::memory_order_relaxed)};
}

}  // namespace ropewalk::host
