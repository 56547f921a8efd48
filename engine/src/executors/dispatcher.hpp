#pragma once
// Decides which worker gets the next task: the loads of a stage's slots in, assignments out. Pure: no process, no
// board, no task. BoardExecutor fills in the loads, carries out what is decided, and asks again. On the engine's
// thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace ropewalk {

/// A worker.
struct LaneLoad {
  std::uint32_t in_flight = 0;  ///< items that it has
  std::uint32_t free = 0;       ///< items that its lane has room for
};

/// A host slot.
struct SlotLoad {
  bool has_place = true;                                               ///< it counts among the stage's hosts
  bool takes_work = true;                                              ///< it may be dealt more
  bool failed_here = false;                                            ///< the retry in question has failed on it
  std::uint32_t depth = 1;                                             ///< items that a worker of it may have
  std::uint64_t may_take = std::numeric_limits<std::uint64_t>::max();  ///< more items until it is replaced for its age
  std::vector<LaneLoad> lanes = {};
};

namespace dispatcher {

inline constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

/// What the stage may have.
struct Limits {
  std::uint32_t hosts = 1;  ///< slots that have a place
  std::uint32_t workers_per_host = 1;
  std::size_t spare = kUnlimited;  ///< workers without work that may get some
  bool may_start = true;           ///< further hosts
};

/// How many more tasks the slots take, and the hosts that may still be started.
std::size_t room(std::span<const SlotLoad> slots, const Limits& limits);

/// What happened to an assignment.
enum class Given : std::uint8_t {
  yes,
  lane_full,  ///< its lane had no room after all
  not_here,   ///< no task that waits may go to this slot
  stop,       ///< no task waits, or the stage cannot go on
};

/// Up to which depth lanes are filled, and in which steps.
struct Levels {
  std::uint32_t top = 1;
  std::uint32_t step = 1;
};

/// Fills lanes level by level, so that no worker has many items while another has few. Calls `give(slot, lane)`, both
/// indexes, for one task each, and keeps the loads up to date. Allocates nothing.
template <class Give>
void deal_out(std::span<SlotLoad> slots, Levels levels, std::size_t spare, Give&& give);

/// Among the slots that have a place.
struct Presence {
  std::uint32_t slots = 0;
  std::size_t idle = 0;  ///< workers that could begin the retry in question at once
};
Presence presence(std::span<const SlotLoad> slots);

struct TakeBack {
  std::size_t slot, lane;
  std::uint32_t items;  ///< the newest ones
  bool operator==(const TakeBack&) const = default;
};
/// The tail of a stage: what to take from the busiest worker while another has nothing to do. Empty: nothing.
std::optional<TakeBack> rebalance(std::span<const SlotLoad> slots, std::size_t spare);

struct RetryPlace {
  enum class Kind : std::uint8_t {
    wait,      ///< for a host where it has not failed: there is one, or will be
    replace,   ///< `slot`, which is idle: the next host takes its place
    anywhere,  ///< there can be no other host
  } kind = Kind::wait;
  std::size_t slot = 0;
  bool operator==(const RetryPlace&) const = default;
};
/// Where the retry goes that has failed where the loads say. `max_hosts`: that the stage may have.
RetryPlace place_for_retry(std::span<const SlotLoad> slots, std::uint32_t max_hosts);

// --- implementation ---

template <class Give>
void deal_out(std::span<SlotLoad> slots, Levels levels, std::size_t spare, Give&& give) {
  std::uint32_t level = levels.top;
  for (const SlotLoad& slot : slots)
    for (const LaneLoad& lane : slot.lanes) level = std::min(level, lane.in_flight);
  while (level < levels.top) {
    level = std::min(levels.top, level + levels.step);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      SlotLoad& slot = slots[i];
      if (!slot.takes_work) continue;
      const std::uint32_t up_to = std::min(level, slot.depth);
      Given given = Given::yes;
      for (std::size_t j = 0; j < slot.lanes.size() && given != Given::not_here; ++j) {
        LaneLoad& lane = slot.lanes[j];
        given = Given::yes;
        while (lane.in_flight < up_to && slot.may_take != 0 && (lane.in_flight != 0 || spare != 0)) {
          given = give(i, j);
          if (given == Given::stop) return;
          if (given != Given::yes) break;
          if (lane.in_flight++ == 0) --spare;
          --slot.may_take;
        }
      }
    }
  }
}

}  // namespace dispatcher
}  // namespace ropewalk
