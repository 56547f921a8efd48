#pragma once
// The host slots of a stage: leases hosts for them, asks hosts to end, kills them, and returns the rest to the pool.
// Moves slots along the arrows of slot_life.hpp. Knows no task. On the engine's thread.

#include "executors/executor.hpp"
#include "executors/host_quota.hpp"
#include "executors/host_slot.hpp"
#include "hosts/pool.hpp"
#include "plan/executor_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ropewalk {

class HostSlots {
 public:
  /// Borrows all. `recycle_after`: items that a host may run in its life; 0: any number. Starts no host.
  HostSlots(HostPool& pool, const PlannedStage& stage, const Placement& placement, const StageSetting& setting,
            std::uint64_t recycle_after);
  /// Returns hosts that can serve another stage, and discards the others.
  ~HostSlots();
  HostSlots(const HostSlots&) = delete;
  HostSlots& operator=(const HostSlots&) = delete;

  auto begin() const { return slots_.begin(); }
  auto end() const { return slots_.end(); }
  std::size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  HostSlot& operator[](std::size_t index) const { return *slots_[index]; }

  /// A slot with a host, which may still be starting. Fails as HostPool::lease() does.
  Result<HostSlot*> add(SlotKind kind);
  /// The slot of a dead host.
  std::unique_ptr<HostSlot> remove(std::size_t index);

  /// The slot takes no more work. False: it was retired before.
  bool retire(HostSlot& slot) { return slot.life.retire(pool_.now_ns()); }
  /// Asks the host of a retired slot to end, once its tasks have ended.
  void end_if_idle(HostSlot& slot);
  void kill(HostSlot& slot);
  /// Kills the host for a known cause. The first cause counts.
  void kill_for(HostSlot& slot, DeathCause why);
  /// A task of the host has begun or ended.
  void note_progress(HostSlot& slot);

  /// Whether the stage may have more slots. Hosts that are slow to die keep theirs.
  bool may_grow() const;
  bool may_start() const { return quota_.may_start(pool_.now_ns()); }
  /// Items that the slot's host may still be dealt.
  std::uint64_t may_take(const HostSlot& slot) const;
  HostQuota& quota() { return quota_; }
  const HostQuota& quota() const { return quota_; }
  const HostKey& key() const { return key_; }

  /// Workers of living hosts that have work.
  std::size_t busy_workers() const;
  /// Whether each worker of the stage has a host, which may still be starting.
  bool has_all_workers() const;
  /// Whether a host that has begun a task is alive.
  bool any_works() const;
  enum class Counting { started, on_their_way };
  /// Hosts that are alive.
  std::uint32_t alive(Counting counting) const;
  /// The maximum of hosts at the same time.
  std::uint32_t most_at_once() const { return most_; }

 private:
  std::size_t workers() const;
  std::uint32_t missing_workers() const;

  HostPool& pool_;
  const PlannedStage& stage_;
  const Placement& placement_;
  const StageSetting& setting_;
  const std::uint64_t recycle_after_;
  const HostKey key_;
  HostQuota quota_;
  std::vector<std::unique_ptr<HostSlot>> slots_;
  std::uint32_t most_ = 0;
};

}  // namespace ropewalk
