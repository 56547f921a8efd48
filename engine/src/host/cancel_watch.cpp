#include "host/cancel_watch.hpp"

#include "protocol/futex.hpp"

#include <sys/eventfd.h>

#include <system_error>

std::unique_ptr<CancelWatch> CancelWatch::start(const ropewalk::board::WorkerLane& lane) {
  std::unique_ptr<CancelWatch> watch(new CancelWatch(lane));
  watch->event_ = ropewalk::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch->event_) return watch->gone_ = 1, nullptr;
  try {
    watch->thread_ = std::thread([watching = watch.get()] { watching->run(); });
  } catch (const std::system_error&) {
    return watch->gone_ = 1, nullptr;
  }
  return watch;
}

void CancelWatch::item_begun() {
  const ropewalk::MutexLock lock(deciding_);
  if (!reported_) return;
  std::uint64_t count = 0;
  (void)!::read(event_.get(), &count, sizeof count);
  reported_ = false;
  report_if_cancelled();  // the request may have been for this item
}

void CancelWatch::report_if_cancelled() {
  if (reported_ || !lane_.cancelled()) return;
  reported_ = true;
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof one);
}

void CancelWatch::run() {
  while (!over_.load(std::memory_order_acquire)) {
    const std::uint32_t word = lane_.cancel_word().load(std::memory_order_acquire);
    {
      const ropewalk::MutexLock lock(deciding_);
      report_if_cancelled();
    }
    // Woken by the engine, or by the destructor.
    ropewalk::board::futex_wait(&lane_.cancel_word(), word);
  }
  gone_.store(1, std::memory_order_release);
  ropewalk::board::futex_wake(&gone_);
}

CancelWatch::~CancelWatch() {
  over_.store(true, std::memory_order_release);
  // A wake-up may arrive just before the thread sleeps, so it is repeated.
  while (gone_.load(std::memory_order_acquire) == 0) {
    ropewalk::board::futex_wake(&lane_.cancel_word());
    ropewalk::board::futex_wait(&gone_, 0, 1'000'000);
  }
  if (thread_.joinable()) thread_.join();
}
