#pragma once
// Turns the cancel word of a lane, a futex, into a descriptor for poll(). It costs a thread, so it exists only for
// workers whose tasks request a descriptor. The thread is started for the first of these tasks and kept for the others,
// because starting it can cost more than a task. It sleeps on the lane's word between tasks too.

#include "base/fd.hpp"
#include "base/mutex.hpp"
#include "protocol/worker_lane.hpp"

#include <atomic>
#include <memory>
#include <thread>

class CancelWatch {
 public:
  /// Null if the machine has no descriptor or thread left.
  static std::unique_ptr<CancelWatch> start(const ropewalk::board::WorkerLane& lane);
  ~CancelWatch();

  /// Call it on the worker's thread when an item has begun. Discards a request for the previous item.
  void item_begun();
  /// Readable once the item was requested to stop.
  int event() const { return event_.get(); }

 private:
  explicit CancelWatch(const ropewalk::board::WorkerLane& lane) : lane_(lane) {}
  void run();
  void report_if_cancelled() ROPEWALK_REQUIRES(deciding_);

  const ropewalk::board::WorkerLane& lane_;
  ropewalk::Fd event_;
  ropewalk::Mutex deciding_;
  bool reported_ ROPEWALK_GUARDED_BY(deciding_) = false;  // the event is readable
  std::atomic<bool> over_ = false;
  std::atomic<std::uint32_t> gone_ = 0;  // 1: the thread has left its loop
  std::thread thread_;
};
