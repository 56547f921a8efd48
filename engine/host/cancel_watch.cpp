#include "host/cancel_watch.hpp"

#include "board/futex.hpp"

#include <sys/eventfd.h>

#include <system_error>

std::unique_ptr<CancelWatch> CancelWatch::start(const ropewalk::board::WorkerLane& lane, ropewalk::Fd& event) {
  event = ropewalk::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return nullptr;
  std::unique_ptr<CancelWatch> watch(new CancelWatch);
  const int fd = event.get();
  try {
    watch->thread_ = std::thread([&over = watch->over_, &lane, fd] {
      while (!over.load(std::memory_order_acquire)) {
        const std::uint32_t word = lane.cancel_word().load(std::memory_order_acquire);
        if (lane.cancelled()) {
          const std::uint64_t one = 1;
          (void)!::write(fd, &one, sizeof one);
          return;
        }
        // Woken by the engine, or by the destructor below; the bound is only there in case both are missed.
        ropewalk::board::futex_wait(&lane.cancel_word(), word, ropewalk::board::kRecheckNs);
      }
    });
  } catch (const std::system_error&) {
    event.reset();
    return nullptr;
  }
  return watch;
}

CancelWatch::~CancelWatch() {
  over_.store(true, std::memory_order_release);
  thread_.join();
}
