#include "unit/protocol/lanes.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/mman.h>

#include <thread>
#include <vector>

namespace ropewalk::board {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint64_t> ended(Dealer& dealer) {
  std::vector<std::uint64_t> tasks;
  Arena arena;
  dealer.drain(arena, [&](const RecordHead& head, std::string_view) { tasks.push_back(head.task); });
  return tasks;
}

TEST(Lane, ItemsComeBackInTheOrderTheyWereDealt) {
  OneLane lane;
  for (const std::uint64_t task : {7, 3, 5}) ASSERT_TRUE(lane.dealer.deal(task, 1, 1, "parameters"));
  EXPECT_FALSE(lane.run_one()) << "nothing may run before it is published";
  lane.dealer.publish();
  while (lane.run_one()) {
  }
  EXPECT_THAT(ended(lane.dealer), ElementsAre(7, 3, 5));
  EXPECT_EQ(lane.dealer.in_flight(), 0u);
}

TEST(Lane, SmallAndLargeParametersArriveUnchanged) {
  OneLane lane;
  for (const std::size_t size : {0u, 1u, kInlineParams, kInlineParams + 1, 1000u}) {
    const std::string params(size, 'x');
    ASSERT_TRUE(lane.dealer.deal(1, 1, 1, params));
    lane.dealer.publish();
    const Slot* slot = lane.begin();
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(lane.worker.params(*slot), params);
    lane.worker.finish({.type = RecordType::result, .task = 1, .attempt = 1}, {});
    EXPECT_THAT(ended(lane.dealer), ElementsAre(1));
  }
}

TEST(Lane, TheAreaIsReusedIndefinitely) {
  OneLane lane;
  const std::string params(900, 'p');
  for (std::uint64_t task = 0; task < 1000; ++task) {
    ASSERT_TRUE(lane.dealer.deal(task, 1, 1, params)) << task;
    lane.dealer.publish();
    ASSERT_TRUE(lane.run_one(params));
    ASSERT_THAT(ended(lane.dealer), ElementsAre(task));
  }
}

TEST(Lane, RefusesToDealBeyondItsSlotsAndItsArea) {
  OneLane lane;
  const std::string big(1500, 'b');
  EXPECT_TRUE(lane.dealer.deal(0, 1, 1, big));
  EXPECT_TRUE(lane.dealer.deal(1, 1, 1, big));
  EXPECT_FALSE(lane.dealer.deal(2, 1, 1, big)) << "4 KiB of area";
  EXPECT_TRUE(lane.dealer.deal(2, 1, 1, "small"));
  EXPECT_TRUE(lane.dealer.deal(3, 1, 1, "small"));
  EXPECT_FALSE(lane.dealer.deal(4, 1, 1, "small")) << "4 slots";
}

TEST(Lane, W06_RecordsOfADyingWorkerArriveWithEvidenceAndNeverWaitForRoom) {
  OneLane lane;
  ASSERT_TRUE(lane.dealer.deal(7, 1, 1, {}));
  lane.dealer.publish();
  ASSERT_NE(lane.begin(), nullptr);
  lane.worker.publish_dying({.type = RecordType::evidence, .task = 7, .attempt = 1, .code = 11});
  const std::string line(100, 'l');
  for (int i = 0; i < 1000; ++i)
    lane.worker.publish_dying({.type = RecordType::backtrace, .task = 7, .attempt = 1}, line);
  std::size_t evidence = 0, lines = 0;
  lane.dealer.drain(lane.arena, [&](const RecordHead& head, std::string_view payload) {
    evidence += head.type == RecordType::evidence && head.code == 11;
    lines += head.type == RecordType::backtrace && payload == line;
  });
  EXPECT_EQ(evidence, 1u);
  EXPECT_EQ(lines, (16384 - sizeof(RecordHead)) / (sizeof(RecordHead) + 104)) << "as many as the ring holds";
  EXPECT_FALSE(lane.dealer.broken());
}

TEST(Lane, W06_ADyingThreadTakesTheLaneOnlyBetweenTwoRecords) {
  OneLane lane;
  EXPECT_TRUE(lane.worker.seize());
  EXPECT_FALSE(lane.worker.seize()) << "it is taken for ever";
}

TEST(Lane, TakesBackTheNewestItemsThatAreNotBegun) {
  OneLane lane;
  for (std::uint64_t task = 0; task < 4; ++task) lane.dealer.deal(task, 1, 1, std::to_string(task));
  lane.dealer.publish();
  ASSERT_TRUE(lane.run_one());
  std::vector<std::string> taken;
  EXPECT_EQ(lane.dealer.take_back(2, [&](const Item&, std::string_view params) { taken.emplace_back(params); }), 2u);
  EXPECT_THAT(taken, ElementsAre("3", "2"));
  while (lane.run_one()) {
  }
  EXPECT_THAT(ended(lane.dealer), ElementsAre(0, 1));
  lane.dealer.deal(9, 1, 1, "again");
  lane.dealer.publish();
  ASSERT_TRUE(lane.run_one());
  EXPECT_THAT(ended(lane.dealer), ElementsAre(9));
}

TEST(Lane, W04_RecordsPublishedBeforeADeathAreDrainedAndOnlyTheRunningItemIsBlamed) {
  OneLane lane;
  for (std::uint64_t task = 0; task < 3; ++task) lane.dealer.deal(task, 1, 1, {});
  lane.dealer.publish();
  ASSERT_TRUE(lane.run_one());
  ASSERT_NE(lane.begin(), nullptr);  // begins item 1 and dies
  EXPECT_THAT(ended(lane.dealer), ElementsAre(0));
  ASSERT_TRUE(lane.dealer.busy());
  EXPECT_EQ(lane.dealer.running()->task, 1u);
  std::vector<std::uint64_t> left;
  lane.dealer.abandon([&](const Item& item, std::string_view) { left.push_back(item.task); });
  EXPECT_THAT(left, ElementsAre(1, 2));
}

TEST(Lane, I03_ARecordOfAnotherTaskOrAttemptIsRejected) {
  for (const RecordHead forged : {RecordHead{.type = RecordType::result, .task = 8, .attempt = 1},
                                  RecordHead{.type = RecordType::result, .task = 7, .attempt = 2},
                                  RecordHead{.type = RecordType::error, .task = 0, .attempt = 1}}) {
    OneLane lane;
    lane.dealer.deal(7, 1, 1, {});
    lane.dealer.publish();
    lane.worker.report(forged, "forged");
    EXPECT_THAT(ended(lane.dealer), IsEmpty());
    EXPECT_TRUE(lane.dealer.broken());
  }
}

TEST(Lane, I08_AWorkerWhoseResultDisappearedIsDetected) {
  OneLane lane;
  lane.dealer.deal(7, 1, 1, {});
  lane.dealer.publish();
  ASSERT_NE(lane.begin(), nullptr);
  EXPECT_FALSE(lane.dealer.waits_for_nothing()) << "it runs";
  auto* const head = reinterpret_cast<OutboxHead*>(lane.outbox.data());
  for (const std::uint32_t asleep : {1u, 2u}) {
    head->asleep.store(asleep);
    EXPECT_TRUE(lane.dealer.busy() && lane.dealer.waits_for_nothing()) << asleep;
    head->tail.store(8);
    EXPECT_FALSE(lane.dealer.waits_for_nothing()) << "there is something to read";
    head->tail.store(0);
  }
}

TEST(Lane, I08_EachKindOfRecordHasItsBound) {
  const auto believed = [](const RecordHead& head, std::size_t size) {
    OneLane lane({.workers = 1, .slots = 4, .area_bytes = 1 << 12, .ring_bytes = 1 << 16});
    lane.dealer.deal(7, 1, 1, {});
    lane.dealer.publish();
    lane.worker.report(head, std::string(size, 'x'));
    ended(lane.dealer);
    return !lane.dealer.broken();
  };
  const auto of = [](RecordType type, std::uint64_t blob = 0) {
    return RecordHead{.type = type, .task = 7, .attempt = 1, .blob = blob};
  };
  EXPECT_TRUE(believed(of(RecordType::error), kMaxErrorBytes));
  EXPECT_FALSE(believed(of(RecordType::error), kMaxErrorBytes + 1));
  EXPECT_TRUE(believed(of(RecordType::log), kMaxLogBytes));
  EXPECT_FALSE(believed(of(RecordType::log), kMaxLogBytes + 1));
  EXPECT_TRUE(believed(of(RecordType::backtrace), kMaxNoteBytes));
  EXPECT_FALSE(believed(of(RecordType::drift), kMaxNoteBytes + 1));
  EXPECT_TRUE(believed(of(RecordType::result), 1 << 14));
  EXPECT_FALSE(believed(of(RecordType::result), (1 << 14) + 1)) << "a quarter of the ring";
  EXPECT_FALSE(believed(of(RecordType::evidence), 1));
  EXPECT_TRUE(believed(of(RecordType::result, 9), 0));
  EXPECT_FALSE(believed(of(RecordType::result, 9), 8)) << "it lies in a blob and in the ring";
  EXPECT_FALSE(believed(of(RecordType::error, 9), 0)) << "only a result lies in a blob";
}

TEST(Lane, I01_AnyBytesInTheOutboxAreReadSafely) {
  std::uint64_t random = 42;
  const auto next = [&] { return random = random * 6364136223846793005u + 1442695040888963407u; };
  for (int round = 0; round < 2000; ++round) {
    OneLane lane;
    lane.dealer.deal(0, 1, 1, {});
    lane.dealer.publish();
    auto* head = reinterpret_cast<OutboxHead*>(lane.outbox.data());
    for (std::size_t at = sizeof(OutboxHead); at < 1024; at += 4) {
      const auto word = static_cast<std::uint32_t>(next() >> 32) % (round % 2 == 0 ? 16 : 0xFFFFFFFF);
      std::memcpy(lane.outbox.data() + at, &word, sizeof word);
    }
    head->tail.store(round % 3 == 0 ? next() : next() % 2048 & ~7u);
    head->begun.store(next());
    ended(lane.dealer);
    EXPECT_LE(lane.dealer.begun(), lane.dealer.done() + 1);
  }
}

TEST(Lane, TheBellRingsAtTheMarkAndWhenTheWorkerHasNothingLeft) {
  OneLane lane;
  for (std::uint64_t task = 0; task < 4; ++task) lane.dealer.deal(task, 1, 1, {});
  lane.dealer.publish();
  EXPECT_FALSE(lane.dealer.ring_after(3));
  ASSERT_TRUE(lane.run_one() && lane.run_one());
  EXPECT_FALSE(lane.rung());
  ASSERT_TRUE(lane.run_one());
  EXPECT_TRUE(lane.rung());
}

TEST(Lane, TheBellRingsOncePerMarkHoweverLongTheEngineTakes) {
  OneLane lane({.workers = 1, .slots = 64, .area_bytes = 1 << 12, .ring_bytes = 1 << 14});
  for (std::uint64_t task = 0; task < 20; ++task) lane.dealer.deal(task, 1, 1, {});
  lane.dealer.publish();
  lane.dealer.ring_after(3);
  const auto rings = [&](int items) {
    int count = 0;
    for (int i = 0; i < items; ++i) {
      EXPECT_TRUE(lane.run_one());
      count += lane.rung();
    }
    return count;
  };
  EXPECT_EQ(rings(8), 1);
  ended(lane.dealer);
  EXPECT_FALSE(lane.dealer.ring_after(2));
  EXPECT_EQ(rings(8), 1);
}

TEST(Lane, LogsAreDroppedWhenTheOutboxIsHalfFullAndResultsAreNot) {
  OneLane lane;
  for (int i = 0; i < 100; ++i) lane.worker.report({.type = RecordType::log}, std::string(200, 'l'), true);
  std::size_t logs = 0;
  lane.dealer.drain(lane.arena, [&](const RecordHead&, std::string_view) { ++logs; });
  EXPECT_GT(logs, 20u);
  EXPECT_LT(logs, 50u);
}

TEST(Lane, I02_TheInboxCannotBeWrittenAndNeitherMemfdResizedByAHost) {
  OneLane lane;
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, lane.memory.inbox_fd.get(), 0), MAP_FAILED);
  EXPECT_LT(::pwrite(lane.memory.inbox_fd.get(), "x", 1, 0), 0);
  for (const int fd : {lane.memory.inbox_fd.get(), lane.memory.outbox_fd.get()}) {
    EXPECT_NE(::ftruncate(fd, 0), 0);
    EXPECT_NE(::ftruncate(fd, 1 << 20), 0);
    EXPECT_NE(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
  }
}

TEST(Lane, P09_ItemsThatAnEndingHostHasNotBegunAreBlamedOnNoTask) {
  OneLane lane;
  for (std::uint64_t task = 0; task < 3; ++task) lane.dealer.deal(task, 1, 1, {});
  lane.dealer.publish();
  ASSERT_TRUE(lane.run_one());
  EXPECT_FALSE(lane.worker.busy());
  ASSERT_NE(lane.begin(), nullptr);
  EXPECT_TRUE(lane.worker.busy());
  lane.worker.give_back();  // a required message will never arrive
  EXPECT_FALSE(lane.worker.busy());
  const std::atomic<bool> ending = true;
  EXPECT_EQ(lane.worker.next(ending, [] {}), nullptr);
  EXPECT_FALSE(lane.worker.busy());
  EXPECT_THAT(ended(lane.dealer), ElementsAre(0));
  EXPECT_FALSE(lane.dealer.busy());
  std::vector<std::uint64_t> left;
  lane.dealer.abandon([&](const Item& item, std::string_view) { left.push_back(item.task); });
  EXPECT_THAT(left, ElementsAre(1, 2));
}

TEST(Lane, M06_AWorkerThatWaitsForItsFailureToBeReadBeginsNoItemTakenBackMeanwhile) {
  OneLane lane;
  for (std::uint64_t task = 0; task < 3; ++task) lane.dealer.deal(task, 1, 1, {});
  lane.dealer.publish();
  bool began_more = true;
  std::thread worker([&] {
    const Slot* slot = lane.begin();
    lane.worker.finish({.type = RecordType::error, .task = slot->task, .attempt = slot->attempt}, "no");
    lane.worker.wait_until_read(false);
    began_more = lane.begin() != nullptr;
  });
  std::vector<std::uint64_t> taken;
  const auto read = [&](const RecordHead&, std::string_view) {
    lane.dealer.take_back(3, [&](const Item& item, std::string_view) { taken.push_back(item.task); });
  };
  while (lane.dealer.drain(lane.arena, read) == 0) std::this_thread::yield();
  worker.join();
  EXPECT_FALSE(began_more);
  EXPECT_THAT(taken, ElementsAre(2, 1));
}

TEST(Lane, I04_NoWakeUpIsMissedBetweenTwoThreads) {
  OneLane lane({.workers = 1, .slots = 64, .area_bytes = 1 << 12, .ring_bytes = 1 << 16});
  std::atomic<bool> ending = false, over = false;
  std::thread worker([&] {
    while (const Slot* slot = lane.worker.next(ending, [] {}))
      lane.worker.finish({.type = RecordType::result, .task = slot->task, .attempt = 1}, {});
    over = true;
  });
  std::uint64_t done = 0, dealt = 0;
  constexpr std::uint64_t kTasks = 500'000;
  while (done < kTasks) {
    // One at a time and in small bursts, so that the worker sleeps and is woken repeatedly.
    for (std::uint64_t burst = dealt % 3; dealt < kTasks && lane.dealer.in_flight() <= burst; ++dealt)
      lane.dealer.deal(dealt, 1, 1, {});
    lane.dealer.publish();
    lane.dealer.drain(lane.arena, [&](const RecordHead& head, std::string_view) { EXPECT_EQ(head.task, done++); });
  }
  ending = true;
  // A worker sleeps until it is woken, and may be about to sleep.
  for (; !over; std::this_thread::yield()) lane.worker.nudge();
  worker.join();
}

}  // namespace
}  // namespace ropewalk::board
