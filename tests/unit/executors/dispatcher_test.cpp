// The dispatcher over all loads of up to three hosts with up to three workers of up to three items, without a process.

#include "executors/dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace ropewalk {
namespace {

using dispatcher::Given;
using dispatcher::kUnlimited;
using dispatcher::RetryPlace;
using dispatcher::TakeBack;
using testing::ElementsAre;

constexpr std::uint32_t kRoomInLane = 100;

SlotLoad slot_with(std::vector<std::uint32_t> items, std::uint32_t depth = 4) {
  SlotLoad slot{.depth = depth};
  for (const std::uint32_t one : items) slot.lanes.push_back({one, kRoomInLane});
  return slot;
}

std::vector<std::uint32_t> items_of(const std::vector<SlotLoad>& slots) {
  std::vector<std::uint32_t> items;
  for (const SlotLoad& slot : slots)
    for (const LaneLoad& lane : slot.lanes) items.push_back(lane.in_flight);
  return items;
}

std::uint32_t sum(const std::vector<std::uint32_t>& items) { return std::accumulate(items.begin(), items.end(), 0u); }

/// One to three hosts of one to three workers. A worker has none to three items; where there are more than six workers,
/// none or two.
template <class Check>
void for_all_loads(Check check) {
  for (std::size_t hosts = 1; hosts <= 3; ++hosts)
    for (std::size_t workers = 1; workers <= 3; ++workers) {
      const std::size_t kinds = hosts * workers > 6 ? 2 : 4, step = 4 / kinds;
      std::size_t loads = 1;
      for (std::size_t i = 0; i < hosts * workers; ++i) loads *= kinds;
      for (std::size_t load = 0; load < loads; ++load) {
        std::vector<SlotLoad> slots;
        std::size_t rest = load;
        for (std::size_t host = 0; host < hosts; ++host) {
          std::vector<std::uint32_t> items;
          for (std::size_t worker = 0; worker < workers; ++worker, rest /= kinds)
            items.push_back(static_cast<std::uint32_t>(rest % kinds * step));
          slots.push_back(slot_with(items));
        }
        check(slots);
        if (testing::Test::HasFailure())
          FAIL() << testing::PrintToString(items_of(slots)) << " of " << hosts << " hosts";
      }
    }
}

/// Deals so many tasks and returns the loads afterwards.
std::vector<SlotLoad> dealt(std::vector<SlotLoad> slots, std::size_t tasks,
                            dispatcher::Levels levels = {.top = 4, .step = 1}, std::size_t spare = kUnlimited) {
  dispatcher::deal_out(slots, levels, spare, [&](std::size_t, std::size_t) {
    if (tasks == 0) return Given::stop;
    --tasks;
    return Given::yes;
  });
  return slots;
}

// --- dealing ---

TEST(Dispatcher, DealsEachTaskOnceAndNoLaneBeyondItsDepth) {
  for_all_loads([](const std::vector<SlotLoad>& slots) {
    const std::uint32_t before = sum(items_of(slots)), most = static_cast<std::uint32_t>(items_of(slots).size()) * 4;
    for (const std::size_t tasks : {0u, 1u, 5u, 1000u}) {
      const std::vector<std::uint32_t> after = items_of(dealt(slots, tasks));
      EXPECT_EQ(sum(after), std::min<std::size_t>(before + tasks, most));
      for (const std::uint32_t items : after) EXPECT_LE(items, 4u);
    }
  });
}

TEST(Dispatcher, ATaskGoesToAWorkerThatHasFewest) {
  for_all_loads([](const std::vector<SlotLoad>& slots) {
    const std::vector<std::uint32_t> before = items_of(slots), after = items_of(dealt(slots, 1));
    const std::uint32_t fewest = *std::min_element(before.begin(), before.end());
    for (std::size_t i = 0; i < before.size(); ++i)
      if (after[i] != before[i]) {
        EXPECT_EQ(before[i], fewest);
      }
  });
}

TEST(Dispatcher, NoIdleWorkerWaitsWhileAnotherGetsASecondTask) {
  for_all_loads([](const std::vector<SlotLoad>& slots) {
    for (std::size_t tasks = 1; tasks <= 9; ++tasks) {
      const std::vector<std::uint32_t> before = items_of(slots), after = items_of(dealt(slots, tasks));
      const bool idle = std::find(after.begin(), after.end(), 0u) != after.end();
      for (std::size_t i = 0; idle && i < before.size(); ++i) EXPECT_TRUE(after[i] == before[i] || after[i] == 1);
    }
  });
}

TEST(Dispatcher, TakesNoWorkerBeyondTheSpareOnes) {
  for_all_loads([](const std::vector<SlotLoad>& slots) {
    const std::vector<std::uint32_t> before = items_of(slots);
    const auto idle = static_cast<std::size_t>(std::count(before.begin(), before.end(), 0u));
    for (std::size_t spare = 0; spare <= 3; ++spare) {
      const std::vector<std::uint32_t> after = items_of(dealt(slots, 1000, {.top = 4}, spare));
      const auto left = static_cast<std::size_t>(std::count(after.begin(), after.end(), 0u));
      EXPECT_EQ(idle - left, std::min(idle, spare));
    }
  });
}

TEST(Dispatcher, ASlotThatTakesNoWorkGetsNone) {
  for_all_loads([](std::vector<SlotLoad> slots) {
    slots[0].takes_work = false;
    const std::vector<SlotLoad> after = dealt(slots, 1000);
    EXPECT_EQ(items_of({after[0]}), items_of({slots[0]}));
  });
}

TEST(Dispatcher, NoSlotGetsMoreThanItsAgeAllows) {
  for_all_loads([](std::vector<SlotLoad> slots) {
    for (SlotLoad& slot : slots) slot.may_take = 2;
    const std::vector<SlotLoad> after = dealt(slots, 1000);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      EXPECT_LE(sum(items_of({after[i]})), sum(items_of({slots[i]})) + 2);
      EXPECT_EQ(after[i].may_take, 2 - (sum(items_of({after[i]})) - sum(items_of({slots[i]}))));
    }
  });
}

TEST(Dispatcher, FillsLanesInStepsOfTheDepth) {
  std::vector<std::size_t> order;
  std::vector<SlotLoad> slots{slot_with({0, 0})};
  dispatcher::deal_out(slots, {.top = 4, .step = 2}, kUnlimited, [&](std::size_t, std::size_t lane) {
    order.push_back(lane);
    return Given::yes;
  });
  EXPECT_THAT(order, ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
}

TEST(Dispatcher, AFullLaneDoesNotKeepTheOthersFromWork) {
  std::vector<SlotLoad> slots{slot_with({0, 0}), slot_with({0})};
  dispatcher::deal_out(slots, {.top = 2}, kUnlimited, [&](std::size_t slot, std::size_t lane) {
    return slot == 0 && lane == 0 ? Given::lane_full : Given::yes;
  });
  EXPECT_THAT(items_of(slots), ElementsAre(0, 2, 2));
}

TEST(Dispatcher, ASlotWhereNoTaskMayGoIsPassedOver) {
  std::vector<SlotLoad> slots{slot_with({0, 0}), slot_with({0})};
  std::size_t asked = 0;
  dispatcher::deal_out(slots, {.top = 1}, kUnlimited, [&](std::size_t slot, std::size_t) {
    asked += slot == 0;
    return slot == 0 ? Given::not_here : Given::yes;
  });
  EXPECT_THAT(items_of(slots), ElementsAre(0, 0, 1));
  EXPECT_EQ(asked, 1u) << "what the first worker may not run the second may not run either";
}

// --- room ---

TEST(Dispatcher, HasRoomForAsManyTasksAsItCanDeal) {
  for_all_loads([](std::vector<SlotLoad> slots) {
    for (const bool takes_work : {true, false})
      for (const std::uint64_t may_take : {std::uint64_t{0}, std::uint64_t{3}, ~std::uint64_t{0}}) {
        slots[0].takes_work = takes_work;
        slots.back().may_take = may_take;
        const auto hosts = static_cast<std::uint32_t>(slots.size());
        const std::uint32_t taken = sum(items_of(dealt(slots, 1000))) - sum(items_of(slots));
        EXPECT_EQ(dispatcher::room(slots, {.hosts = hosts}), taken);
      }
  });
}

TEST(Dispatcher, HasRoomForHostsThatAreNotThereIfTheyMayStart) {
  const std::vector<SlotLoad> slots{slot_with({4, 4})};
  EXPECT_EQ(dispatcher::room(slots, {.hosts = 3, .workers_per_host = 2}), 4u);
  EXPECT_EQ(dispatcher::room(slots, {.hosts = 3, .workers_per_host = 2, .spare = 3}), 3u);
  EXPECT_EQ(dispatcher::room(slots, {.hosts = 3, .workers_per_host = 2, .may_start = false}), 0u);
  EXPECT_EQ(dispatcher::room({}, {.hosts = 1, .workers_per_host = 8}), 8u);
}

TEST(Dispatcher, ALaneWithoutRoomGetsNoMore) {
  std::vector<SlotLoad> slots{slot_with({1, 1})};
  slots[0].lanes[0].free = 2;
  slots[0].lanes[1].free = 0;
  EXPECT_EQ(dispatcher::room(slots, {}), 2u);
}

TEST(Dispatcher, ASlotWithoutAPlaceLetsAnotherHostStart) {
  std::vector<SlotLoad> slots{slot_with({1}, 1)};
  slots[0].takes_work = slots[0].has_place = false;
  EXPECT_EQ(dispatcher::room(slots, {.hosts = 1}), 1u);
  EXPECT_EQ(dispatcher::presence(slots).slots, 0u);
}

// --- presence ---

TEST(Dispatcher, CountsWorkersThatCouldBeginTheTaskAtOnce) {
  for_all_loads([](std::vector<SlotLoad> slots) {
    const std::vector<std::uint32_t> items = items_of(slots);
    EXPECT_EQ(dispatcher::presence(slots).slots, slots.size());
    EXPECT_EQ(dispatcher::presence(slots).idle, static_cast<std::size_t>(std::count(items.begin(), items.end(), 0u)));
    for (SlotLoad& slot : slots) slot.failed_here = true;
    EXPECT_EQ(dispatcher::presence(slots).idle, 0u);
  });
}

// --- rebalance ---

TEST(Dispatcher, TakesHalfOfTheBusiestWorkerWhenAnotherIsIdle) {
  for_all_loads([](const std::vector<SlotLoad>& slots) {
    const std::vector<std::uint32_t> items = items_of(slots);
    const std::uint32_t most = *std::max_element(items.begin(), items.end());
    const bool idle = std::find(items.begin(), items.end(), 0u) != items.end();
    const std::optional<TakeBack> taken = dispatcher::rebalance(slots, kUnlimited);
    ASSERT_EQ(taken.has_value(), idle && most > 1);
    if (!taken) return;
    EXPECT_EQ(slots[taken->slot].lanes[taken->lane].in_flight, most);
    EXPECT_EQ(taken->items, most / 2);
  });
}

TEST(Dispatcher, RebalancesToNoWorkerThatMayNotWork) {
  std::vector<SlotLoad> slots{slot_with({3}), slot_with({0})};
  EXPECT_EQ(dispatcher::rebalance(slots, 1), (TakeBack{0, 0, 1}));
  EXPECT_EQ(dispatcher::rebalance(slots, 0), std::nullopt) << "the machine has no room for more workers";
  slots[1].may_take = 0;
  EXPECT_EQ(dispatcher::rebalance(slots, 1), std::nullopt);
  slots[1].may_take = 1;
  slots[1].takes_work = false;
  EXPECT_EQ(dispatcher::rebalance(slots, 1), std::nullopt);
}

TEST(Dispatcher, RebalancingEndsWithNoWorkerIdleBesideAWaitingItem) {
  for_all_loads([](std::vector<SlotLoad> slots) {
    const std::uint32_t before = sum(items_of(slots));
    int rounds = 0;
    while (const std::optional<TakeBack> taken = dispatcher::rebalance(slots, kUnlimited)) {
      ASSERT_LT(++rounds, 20);
      slots[taken->slot].lanes[taken->lane].in_flight -= taken->items;
      slots = dealt(slots, taken->items);
    }
    const std::vector<std::uint32_t> after = items_of(slots);
    EXPECT_EQ(sum(after), before);
    const bool idle = std::find(after.begin(), after.end(), 0u) != after.end();
    EXPECT_TRUE(!idle || *std::max_element(after.begin(), after.end()) <= 1);
  });
}

// --- retries ---

/// Loads of retries: each slot has failed the task or not, and is idle, busy, full or retiring.
TEST(Dispatcher, ARetryNeverReturnsToAHostThatFailedItWhileAnotherCanBeHad) {
  for (std::size_t hosts = 1; hosts <= 3; ++hosts) {
    std::size_t loads = 1;
    for (std::size_t i = 0; i < hosts; ++i) loads *= 8;
    for (std::size_t load = 0; load < loads; ++load) {
      std::vector<SlotLoad> slots;
      bool others = false, room = false, idle_failed = false;
      std::size_t rest = load;
      for (std::size_t i = 0; i < hosts; ++i, rest /= 8) {
        const std::size_t kind = rest % 4;
        SlotLoad slot = slot_with({kind == 0 ? 0u : kind == 1 ? 1u : 4u});
        slot.failed_here = rest % 8 >= 4;
        slot.takes_work = kind != 3;
        others = others || !slot.failed_here;
        room = room || kind == 3 || (!slot.failed_here && kind < 2);
        idle_failed = idle_failed || (slot.failed_here && kind == 0);
        slots.push_back(slot);
      }
      SCOPED_TRACE(testing::Message() << hosts << " hosts, load " << load);
      const RetryPlace full = dispatcher::place_for_retry(slots, static_cast<std::uint32_t>(hosts));
      EXPECT_EQ(dispatcher::place_for_retry(slots, static_cast<std::uint32_t>(hosts) + 1), RetryPlace{})
          << "another host may be started";
      const RetryPlace::Kind without_others = others ? RetryPlace::Kind::wait : RetryPlace::Kind::anywhere;
      EXPECT_EQ(full.kind, room ? RetryPlace::Kind::wait : idle_failed ? RetryPlace::Kind::replace : without_others);
      if (full.kind != RetryPlace::Kind::replace) continue;
      EXPECT_TRUE(slots[full.slot].failed_here);
      EXPECT_EQ(slots[full.slot].lanes[0].in_flight, 0u);
    }
  }
}

}  // namespace
}  // namespace ropewalk
