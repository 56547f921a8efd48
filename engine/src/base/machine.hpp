#pragma once
// Time and waiting, behind an interface: the run loop is tested with a clock that only moves when it waits.

#include <cstdint>

namespace ropewalk {

class Machine {
 public:
  virtual ~Machine() = default;
  /// CLOCK_MONOTONIC.
  virtual std::int64_t now_ns() = 0;
  /// Until something may have happened, at the latest until then. False: nothing can run any more.
  virtual bool wait(std::int64_t until_ns) = 0;
  /// 0, or a StopLevel that somebody asked for.
  virtual int stop_asked() = 0;
  /// 0 <= random() < 1, for jitter.
  virtual double random() = 0;
  /// All executors have looked: what died may be forgotten.
  virtual void end_of_turn() {}
};

}  // namespace ropewalk
