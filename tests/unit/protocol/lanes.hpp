#pragma once
// Both sides of one lane in one process, at the same addresses, because a race detector does not know that two mappings
// are the same memory.

#include "protocol/dealer.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/worker_lane.hpp"

#include <sys/eventfd.h>

#include <string>

namespace ropewalk::board {

struct OneLane {
  explicit OneLane(Layout layout = {.workers = 1, .slots = 4, .area_bytes = 1 << 12, .ring_bytes = 1 << 14})
      : memory(make_host_memory(layout).value()),
        outbox(map(memory.outbox_fd.get(), layout.outbox_bytes(), Access::write)),
        bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        dealer(memory.inbox.data(), outbox.data(), layout),
        worker(memory.inbox.data(), outbox.data(), layout, bell.get(), false) {}

  /// Begins and returns the worker's next item; null if there is none.
  const Slot* begin() {
    const std::atomic<bool> ending = !worker.has_more();  // do not wait
    return worker.next(ending, [] {});
  }
  bool run_one(std::string_view result = {}) {
    const Slot* slot = begin();
    if (slot == nullptr) return false;
    worker.finish({.type = RecordType::result, .task = slot->task, .attempt = slot->attempt}, result);
    return true;
  }
  bool rung() {
    std::uint64_t count = 0;
    return ::read(bell.get(), &count, sizeof count) > 0;
  }

  HostMemory memory;
  Mapping outbox;
  Fd bell;
  Dealer dealer;
  WorkerLane worker;
  Arena arena;  // for the test
};

}  // namespace ropewalk::board
