#pragma once
// What the workers of a stage have spent so far, for its ledger: the division of their time (SlotTime), and what they
// measured of themselves. Filled by the parts of BoardExecutor, on the engine's thread.

#include "base/cycles.hpp"
#include "executors/executor_times.hpp"
#include "executors/host_slot.hpp"

#include <algorithm>
#include <cstdint>

namespace ropewalk {

class StageTime {
 public:
  /// `before`: what a worker does between being dealt a task and beginning it.
  StageTime(std::uint32_t workers, std::int64_t now_ns, Idle before, bool starts_each)
      : slots_(workers, now_ns), before_(before) {
    sums_.starts_each = starts_each;
  }

  SlotTime& slots() { return slots_; }

  // --- what becomes known of a lane ---
  void leased(HostSlot& slot, std::int64_t now_ns);
  /// Looks whether the host of the slot works now.
  void look(HostSlot& slot);
  void ended(Lane& lane, std::uint64_t task, std::int64_t from_ns, std::int64_t run_ns) {
    lane.time.ended(slots_, before_, from_ns, from_ns + run_ns);
    ++sums_.attempts;
    if (slots_.reason() == Idle::tail) ended_in_tail(task, from_ns, run_ns);
  }
  /// Whether attempts of the lane that end now count as idle for the engine between them, so that their sum is enough.
  bool counts_together(const Lane& lane) const {
    return before_ == Idle::dispatch && slots_.reason() == Idle::dispatch && lane.time.is_idle_since(slots_.since_ns());
  }
  /// Then: the last one ended at `to_ns`.
  void ended_together(Lane& lane, std::int64_t attempts, std::int64_t run_ns, std::int64_t to_ns) {
    slots_.ran_lately(lane.time.ended_together(run_ns, to_ns));
    sums_.attempts += static_cast<std::uint64_t>(attempts);
  }
  /// A reading of the worker's CPU clock.
  void read_cpu(HostSlot& slot, Lane& lane, std::int64_t read_ns) {
    slot.cpu_read_ns = std::min(slot.cpu_read_ns + read_ns, LaneTime::kMaxNs);
    sums_.cpu_ns += lane.time.cpu_of(read_ns);
  }
  /// What a worker measured of itself since it last did.
  void measured(HostSlot& slot, std::int64_t core_wait_ns, std::int64_t user_ns, std::int64_t system_ns);
  /// The host is dead, and its tasks are not settled yet. `clock`: of its workers.
  void died(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns);
  /// The stage ends, and the host lives.
  void left(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns);

  ExecutorTimes at(std::int64_t now_ns) const;

 private:
  std::int64_t lose(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns);
  void ended_in_tail(std::uint64_t task, std::int64_t from_ns, std::int64_t run_ns);

  SlotTime slots_;
  const Idle before_;
  ExecutorTimes sums_;  // but for `slots`
};

}  // namespace ropewalk
