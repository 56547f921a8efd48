#include "executors/dispatcher.hpp"

namespace ropewalk::dispatcher {

std::size_t room(std::span<const SlotLoad> slots, const Limits& limits) {
  std::size_t room = 0, spare = limits.spare;
  std::uint32_t present = 0;
  for (const SlotLoad& slot : slots) {
    present += slot.has_place;
    if (!slot.takes_work) continue;
    std::uint64_t free = 0;
    for (const LaneLoad& lane : slot.lanes) {
      if (lane.in_flight == 0) {
        if (spare == 0) continue;
        --spare;
      }
      if (lane.in_flight < slot.depth) free += std::min(slot.depth - lane.in_flight, lane.free);
    }
    room += std::min(free, slot.may_take);
  }
  if (present < limits.hosts && limits.may_start)
    room += std::min(std::size_t{limits.hosts - present} * limits.workers_per_host, spare);
  return room;
}

Presence presence(std::span<const SlotLoad> slots) {
  Presence presence;
  for (const SlotLoad& slot : slots) {
    if (!slot.has_place) continue;
    ++presence.slots;
    if (!slot.takes_work || slot.may_take == 0 || slot.failed_here) continue;
    for (const LaneLoad& lane : slot.lanes) presence.idle += lane.in_flight == 0;
  }
  return presence;
}

std::optional<TakeBack> rebalance(std::span<const SlotLoad> slots, std::size_t spare) {
  if (spare == 0) return std::nullopt;
  TakeBack busiest{};
  std::uint32_t most = 1;
  bool idle = false;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].takes_work) continue;
    for (std::size_t j = 0; j < slots[i].lanes.size(); ++j) {
      const std::uint32_t items = slots[i].lanes[j].in_flight;
      idle = idle || (items == 0 && slots[i].may_take != 0);
      if (items > most) most = items, busiest = {i, j, items / 2};
    }
  }
  if (!idle || most == 1) return std::nullopt;
  return busiest;
}

RetryPlace place_for_retry(std::span<const SlotLoad> slots, std::uint32_t max_hosts) {
  std::uint32_t present = 0;
  bool others = false, room = false;
  std::optional<std::size_t> idle;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const SlotLoad& slot = slots[i];
    if (!slot.has_place) continue;
    ++present;
    others = others || !slot.failed_here;
    room = room || !slot.takes_work;  // another host will have its place
    bool busy = false;
    for (const LaneLoad& lane : slot.lanes) {
      busy = busy || lane.in_flight != 0;
      room = room || (!slot.failed_here && lane.in_flight < slot.depth);
    }
    if (slot.failed_here && !busy && slot.takes_work) idle = i;
  }
  if (room || present < max_hosts) return {};
  if (idle) return {RetryPlace::Kind::replace, *idle};
  return {others ? RetryPlace::Kind::wait : RetryPlace::Kind::anywhere};
}

}  // namespace ropewalk::dispatcher
