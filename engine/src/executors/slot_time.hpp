#pragma once
// Divides the time of a stage's workers: what they ran, what they started, and what they were idle for otherwise. A
// pure state machine: takes when the reason to be idle changes, and which stretches a worker has spent. Each stretch is
// divided by the reasons that held in it, however much later it becomes known, so the parts always add up to workers x
// time. Times are nanoseconds of one clock. Knows no process and no task. On the engine's thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ropewalk {

/// Why a worker runs nothing.
enum class Idle : std::uint8_t {
  dispatch,  ///< a task is ready
  start,     ///< its process or thread starts
  starved,   ///< no task is ready, and more are to come
  retry,     ///< the same, and all that are to come wait for the delay of a retry
  tail,      ///< no task is left to begin
};
inline constexpr std::size_t kIdleReasons = 5;

/// Nanoseconds of workers.
struct SlotTimes {
  double total = 0, run = 0;
  std::array<double, kIdleReasons> idle = {};
  double residual = 0;  ///< negative: more ran at once than there are workers
  double of(Idle reason) const { return idle[static_cast<std::size_t>(reason)]; }
};

class SlotTime {
 public:
  SlotTime(std::uint32_t workers, std::int64_t now_ns);

  /// From now on, workers are idle for this reason where nothing better is known of them.
  void idle_for(Idle reason, std::int64_t now_ns) {
    if (reason != reason_) change(reason, now_ns);
  }
  Idle reason() const { return reason_; }
  std::int64_t since_ns() const { return since_ns_; }

  /// A worker ran a task. Stretches of one worker must not overlap.
  void ran(std::int64_t from_ns, std::int64_t to_ns) {
    if (to_ns <= from_ns) return;
    run_ += to_ns - from_ns;
    take(from_ns, to_ns);
  }
  /// The same, for so long in all since that reason holds.
  void ran_lately(std::int64_t ns) {
    run_ += ns;
    taken_[static_cast<std::size_t>(reason_)] += static_cast<double>(ns);
  }
  /// A worker ran nothing, and it is known why.
  void idled(Idle reason, std::int64_t from_ns, std::int64_t to_ns) {
    if (to_ns <= from_ns || (reason == reason_ && from_ns >= since_ns_)) return;  // as it would count anyway
    known_[static_cast<std::size_t>(reason)] += static_cast<double>(to_ns - from_ns);
    take(from_ns, to_ns);
  }

  /// What became of the time so far.
  SlotTimes at(std::int64_t now_ns) const;

 private:
  using Sums = std::array<double, kIdleReasons>;
  /// How long each reason had held by then. Between two borders the sums grow evenly.
  struct Border {
    std::int64_t at_ns;
    Sums sums;
  };
  static constexpr std::size_t kMaxBorders = 1024;  // more are thinned out, the oldest first

  void change(Idle reason, std::int64_t now_ns);
  void thin_out();
  /// Takes the stretch from the reasons that held in it.
  void take(std::int64_t from_ns, std::int64_t to_ns) {
    if (from_ns >= since_ns_)
      taken_[static_cast<std::size_t>(reason_)] += static_cast<double>(to_ns - from_ns);
    else
      take_old(from_ns, to_ns);
  }
  void take_old(std::int64_t from_ns, std::int64_t to_ns);
  Sums sums_at(std::int64_t ns) const;

  const std::uint32_t workers_;
  std::vector<Border> borders_;  // ascending; the first is the start
  Idle reason_ = Idle::dispatch;
  std::int64_t since_ns_;  // when it began to hold: the last border
  std::int64_t run_ = 0;
  Sums taken_ = {}, known_ = {};
};

}  // namespace ropewalk
