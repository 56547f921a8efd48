#pragma once
// What one worker of a host has done so far, for the ledger of its stage: turns what is known of a lane into stretches
// for SlotTime. Pure: takes times of the monotonic clock. What a host says of its clock is believed as far as it
// can be true: stretches of a lane never overlap, and none begins before its host was leased. On the engine's thread.

#include "executors/slot_time.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ropewalk {

class LaneTime {
 public:
  static constexpr std::int64_t kMaxNs = std::int64_t{1} << 60;  ///< of a sum: a host says anything

  /// Its host is there from now on. `starting`: and does not work yet.
  void leased(std::int64_t now_ns, bool starting) { free_since_ns_ = dealt_ns_ = now_ns, starting_ = starting; }
  /// A task was dealt to it while it had none.
  void dealt(std::int64_t now_ns) { dealt_ns_ = now_ns; }
  /// Its host works from now on. A task that was dealt to it begins at once, and may have begun.
  void came_up(SlotTime& time, bool has_task, std::int64_t now_ns) {
    if (!starting_) return;
    if (has_task)
      up_ns_ = now_ns;
    else
      end_start(time, now_ns);
  }

  /// open() of the task type began within the attempt that runs.
  void open_began(std::int64_t at_ns) { open_from_ns_ = open_to_ns_ = std::max(at_ns, free_since_ns_), opens_ = true; }
  /// `cpu_ns`: what it used.
  void open_ended(std::int64_t at_ns, std::int64_t cpu_ns) {
    open_to_ns_ = std::max(at_ns, open_from_ns_);
    open_cpu_ns_ = std::min(open_cpu_ns_ + std::clamp<std::int64_t>(cpu_ns, 0, kMaxNs), kMaxNs);
    opens_ = false;
  }

  /// An attempt has ended. `before`: what the worker did since it was dealt the task.
  void ended(SlotTime& time, Idle before, std::int64_t from_ns, std::int64_t to_ns) {
    from_ns = std::max(from_ns, free_since_ns_);
    // It was given another task than the one that it was started for, if that was taken back.
    if (starting_) end_start(time, up_ns_ != 0 && up_ns_ < dealt_ns_ ? std::min(up_ns_, from_ns) : from_ns);
    time.idled(before, std::max(free_since_ns_, dealt_ns_), from_ns);
    if (open_to_ns_ != 0) from_ns = opened(time, from_ns, to_ns);
    if (to_ns <= from_ns) return;
    time.ran(from_ns, to_ns);
    unread_ns_ += to_ns - from_ns;
    free_since_ns_ = to_ns;
  }
  /// Whether it works, does not open its task type, and has last ended an attempt since then.
  bool is_idle_since(std::int64_t ns) const { return !starting_ && open_to_ns_ == 0 && free_since_ns_ >= ns; }
  /// Attempts have ended, the last one at `to_ns`. Returns how long they ran, as far as it can be true.
  std::int64_t ended_together(std::int64_t run_ns, std::int64_t to_ns) {
    run_ns = std::clamp<std::int64_t>(run_ns, 0, std::max<std::int64_t>(to_ns - free_since_ns_, 0));
    unread_ns_ += run_ns;
    free_since_ns_ = std::max(free_since_ns_, to_ns);
    return run_ns;
  }
  /// Its host is dead, or the stage has ended without it. `began_ns`: of the attempt that ran; 0: none did.
  void lost(SlotTime& time, Idle before, std::int64_t began_ns, std::int64_t now_ns) {
    if (opens_) open_ended(now_ns, 0);
    if (began_ns != 0) return ended(time, before, std::min(began_ns, now_ns), now_ns);
    if (starting_) end_start(time, up_ns_ != 0 ? up_ns_ : now_ns);
  }

  /// How much of a reading of the worker's CPU clock was spent in tasks, at most as long as they ran since the last
  /// one: a task that computes on several cores is one worker.
  std::int64_t cpu_of(std::int64_t read_ns) {
    const std::int64_t used_ns = std::max<std::int64_t>(read_ns - std::exchange(open_cpu_ns_, 0), 0);
    return std::min(used_ns, std::exchange(unread_ns_, 0));
  }
  /// How long tasks ran since the last reading.
  std::int64_t unread_ns() const { return unread_ns_; }

 private:
  void end_start(SlotTime& time, std::int64_t now_ns) {
    starting_ = false;
    time.idled(Idle::start, free_since_ns_, now_ns);
    free_since_ns_ = std::max(free_since_ns_, now_ns);
  }
  /// Gives open() its own stretch. Returns where the rest of the attempt begins.
  std::int64_t opened(SlotTime& time, std::int64_t from_ns, std::int64_t to_ns) {
    const std::int64_t begin_ns = std::clamp(open_from_ns_, from_ns, std::max(from_ns, to_ns));
    const std::int64_t end_ns = std::clamp(open_to_ns_, begin_ns, std::max(begin_ns, to_ns));
    time.ran(from_ns, begin_ns);
    unread_ns_ += begin_ns - from_ns;
    time.idled(Idle::start, begin_ns, end_ns);
    open_from_ns_ = open_to_ns_ = 0;
    free_since_ns_ = std::max(free_since_ns_, end_ns);
    return end_ns;
  }

  std::int64_t free_since_ns_ = 0;  // the end of its last attempt, or since its host is there
  std::int64_t dealt_ns_ = 0;       // when it was last dealt a task while it had none
  std::int64_t up_ns_ = 0;          // when its host came up while it had a task; 0: it has not
  std::int64_t unread_ns_ = 0;      // run time since its CPU clock was read
  std::int64_t open_from_ns_ = 0, open_to_ns_ = 0, open_cpu_ns_ = 0;  // of open() in the attempt that runs; 0: none
  bool starting_ = false, opens_ = false;
};

}  // namespace ropewalk
