#pragma once
// Turns the cancel word of a lane, a futex, into a descriptor that poll() understands. Only for workers whose tasks
// ask for one: it costs a thread, which is started for the first of them and kept for the others, since starting one
// for each costs more than many a task. The thread sleeps on the lane's word whether a task runs or not.

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

  /// On the worker's thread, after it has begun another item: what the one before left does not count.
  void item_begun();
  /// Readable once the item has been asked to stop.
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
