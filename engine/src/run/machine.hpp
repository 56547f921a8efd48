#pragma once
// Time and waiting, behind an interface: the run loop is tested with a clock that only moves when it waits.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace ropewalk {

class Machine {
 public:
  virtual ~Machine() = default;
  /// CLOCK_MONOTONIC: what is told of a run is told in it.
  virtual std::int64_t now_ns() = 0;
  /// The clock of all delays, graces and time-outs: it goes as now_ns() does, but stands still while the run is
  /// stopped.
  virtual std::int64_t timer_ns() = 0;
  /// How long the machine has been suspended so far. Both clocks stand still meanwhile.
  virtual std::int64_t suspended_ns() = 0;
  /// Until something may have happened, at the latest until then. False: nothing can run any more.
  virtual bool wait(std::int64_t until_ns) = 0;
  /// 0, or a StopLevel that somebody asked for.
  virtual int stop_asked() = 0;
  /// Why nothing more may be dispatched, as when the run cannot be recorded any more; empty: it may.
  virtual std::string problem() { return {}; }
  /// 0 <= random() < 1, for jitter.
  virtual double random() = 0;
  /// So many tasks run that said how many cores they use. The other cores are for the commands of these tasks.
  virtual void share_cores(std::uint64_t /*tasks*/) {}
  /// CPU time of the engine's thread so far; empty: it does other work too, or the clock cannot be read.
  virtual std::optional<std::int64_t> engine_cpu_ns() { return std::nullopt; }
  /// How long the cores that the run may use have been idle so far, all of them together; empty: it is not known.
  virtual std::optional<std::int64_t> idle_cores_ns() { return std::nullopt; }

  /// When now_ns() will be, at the earliest, where timer_ns() shows this; the far future stays what it is.
  std::int64_t when_timer_shows(std::int64_t timer) {
    return timer == std::numeric_limits<std::int64_t>::max() ? timer : now_ns() + (timer - timer_ns());
  }
};

}  // namespace ropewalk
