#include "host/cancel_watch.hpp"

#include "board/futex.hpp"

#include <sys/eventfd.h>

#include <system_error>

std::unique_ptr<CancelWatch> CancelWatch::start(const ropewalk::board::WorkerLane& lane, ropewalk::Fd& event) {
  event = ropewalk::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return nullptr;
  std::unique_ptr<CancelWatch> watch(new CancelWatch(lane));
  const int fd = event.get();
  try {
    watch->thread_ = std::thread([watching = watch.get(), fd] { watching->run(fd); });
  } catch (const std::system_error&) {
    watch->gone_ = 1;
    event.reset();
    return nullptr;
  }
  return watch;
}

void CancelWatch::run(int fd) {
  while (!over_.load(std::memory_order_acquire)) {
    const std::uint32_t word = lane_.cancel_word().load(std::memory_order_acquire);
    if (lane_.cancelled()) {
      const std::uint64_t one = 1;
      (void)!::write(fd, &one, sizeof one);
      break;
    }
    // Woken by the engine, or by the destructor; the bound is only there in case both are missed.
    ropewalk::board::futex_wait(&lane_.cancel_word(), word, ropewalk::board::kRecheckNs);
  }
  gone_.store(1, std::memory_order_release);
  ropewalk::board::futex_wake(&gone_);
}

CancelWatch::~CancelWatch() {
  over_.store(true, std::memory_order_release);
  // A wake may come just before the thread goes to sleep, so one may not be enough.
  while (gone_.load(std::memory_order_acquire) == 0) {
    ropewalk::board::futex_wake(&lane_.cancel_word());
    ropewalk::board::futex_wait(&gone_, 0, 1'000'000);
  }
  if (thread_.joinable()) thread_.join();
}
