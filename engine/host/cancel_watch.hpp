#pragma once
// Turns the cancel word of a lane, a futex, into a descriptor that poll() understands. Only for calls that ask for
// one: it costs a thread while its call lasts.

#include "base/fd.hpp"
#include "board/worker_lane.hpp"

#include <atomic>
#include <memory>
#include <thread>

class CancelWatch {
 public:
  /// Null, and `event` stays empty, if the machine has no descriptor or thread left.
  static std::unique_ptr<CancelWatch> start(const ropewalk::board::WorkerLane& lane, ropewalk::Fd& event);
  ~CancelWatch();

 private:
  explicit CancelWatch(const ropewalk::board::WorkerLane& lane) : lane_(lane) {}
  void run(int fd);

  const ropewalk::board::WorkerLane& lane_;
  std::atomic<bool> over_ = false;
  std::atomic<std::uint32_t> gone_ = 0;  // 1: the thread has left its loop
  std::thread thread_;
};
