#pragma once
// Looks at the clock for a stage: attempts that run too long, hosts that have grown too large or too old, hosts that do
// not come to life or do not end. Look after draining, so that what ended in time has ended. On the engine's thread.

#include "executors/attempt_watch.hpp"
#include "executors/executor.hpp"
#include "executors/host_slots.hpp"
#include "executors/task_dealer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

class HostWatch {
 public:
  /// What a host gets to load its plugin, which has loaded before.
  static constexpr std::int64_t kLoadingNs = 10'000'000'000;
  /// What a worker gets to begin the item that lies before it.
  static constexpr std::int64_t kBeginningNs = 5'000'000'000;
  /// Between two looks whether hosts are stopped, and how many in a row find one stopped until it is killed.
  static constexpr std::int64_t kStoppedLookNs = 1'000'000'000;
  static constexpr std::uint32_t kStoppedLooks = 10;

  /// Borrows all but the rules. `open_limit_ns`: of open() where the stage has no timeout; 0: none.
  HostWatch(HostPool& pool, const PlannedStage& stage, HostSlots& slots, TaskDealer& dealer, const Recycling& recycling,
            std::int64_t grace_ns, std::int64_t open_limit_ns);

  void look(ExecutorListener& listener);
  /// When look() may have something to do, of the monotonic clock; the maximum if nothing is watched.
  std::int64_t next_ns() const;

  /// The attempt that runs in the lane is to end: it is asked to stop now. What follows is as for one whose time is
  /// over.
  void cancel(const HostSlot& slot, Lane& lane);

  /// Appends the attempts that run now.
  void running(std::vector<TaskRunning>& all) const;

  std::string overrun_message(const Lane& lane) const;
  std::string unkillable_message() const;

 private:
  std::int64_t began_ns(const HostSlot& slot, const Lane& lane, std::int64_t now_ns) const;
  void watch_attempt(const HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void look_at_attempts(HostSlot& slot, std::int64_t now_ns, ExecutorListener& listener);
  void look_for_beginning(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void look_for_loss(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void look_at_memory(HostSlot& slot);
  void look_at_line(HostSlot& slot, std::int64_t now_ns);
  void look_for_standstill(HostSlot& slot);
  std::int64_t patience_ns() const;

  HostPool& pool_;
  const PlannedStage& stage_;
  HostSlots& slots_;
  TaskDealer& dealer_;
  const Recycling recycling_;
  const AttemptWatch::Rules rules_;
  const bool watches_memory_;
  std::int64_t memory_look_ns_ = 0;   // when memory was last looked at
  std::int64_t stopped_look_ns_ = 0;  // and whether hosts are stopped
};

}  // namespace ropewalk
