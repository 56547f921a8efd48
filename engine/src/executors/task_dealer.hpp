#pragma once
// Puts attempts into the lanes of hosts, and takes back those that no worker has begun. Keeps the parameters that are
// too large for a lane until their task has ended. Does not decide which worker gets which task. On the engine's
// thread.

#include "executors/backlog.hpp"
#include "executors/host_slots.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

class TaskDealer {
 public:
  /// Borrows both.
  TaskDealer(HostSlots& slots, Backlog& backlog) : slots_(slots), backlog_(backlog) {}

  enum class Dealt { yes, lane_full, no_memory };
  Dealt deal(HostSlot& slot, Lane& lane, const Deal& deal) {
    if (deal.params.size() > slot.max_inline_params || !deal.blobs.empty()) return deal_as_blob(slot, lane, deal);
    return lane.dealer->deal(deal.task, deal.attempt, slot.stage, deal.params) ? Dealt::yes : Dealt::lane_full;
  }

  /// The timeout of one task, until it is forgotten.
  void set_timeout(std::uint64_t task, std::int64_t ns) { timeouts_.insert_or_assign(task, ns); }
  /// Empty: that of the stage.
  std::optional<std::int64_t> timeout_of(std::uint64_t task) const {
    if (timeouts_.empty()) return std::nullopt;
    const auto found = timeouts_.find(task);
    return found == timeouts_.end() ? std::nullopt : std::optional(found->second);
  }

  /// The attempt of an item that was dealt. `params`: as the lane has them.
  WaitingAttempt waiting(const board::Item& item, std::string_view params, bool begun = false);
  /// Its attempt has ended for good.
  void forget(std::uint64_t task) {
    if (!large_params_.empty()) large_params_.erase(task);
    if (!timeouts_.empty()) timeouts_.erase(task);
    backlog_.forget_failures(task);
  }

  /// Puts all items that the worker has not begun behind those that wait.
  void take_back(Lane& lane);
  void take_all_back(HostSlot& slot);
  void take_all_back();
  /// Puts the newest of them before those that wait. Returns how many it got.
  std::uint32_t take_first_back(Lane& lane, std::uint32_t items);
  /// The host ends once the tasks that run in it have ended; the rest of its work goes to others.
  void retire(HostSlot& slot);
  /// A stop has taken everything back: nothing returns to the backlog any more.
  void stop() { stopped_ = true; }

 private:
  Dealt deal_as_blob(HostSlot& slot, Lane& lane, const Deal& deal);

  struct LargeParams {
    std::string params;
    board::Blobs blobs;
  };

  HostSlots& slots_;
  Backlog& backlog_;
  std::map<std::uint64_t, LargeParams> large_params_;  // of tasks that are dealt as blobs
  std::map<std::uint64_t, std::int64_t> timeouts_;     // of tasks with one of their own
  bool stopped_ = false;
};

}  // namespace ropewalk
