// The engine's loop and two workers' loops as threads of one program on the same memory, so that a race detector sees
// every access of both sides. Items are dealt, begun, taken back, moved, cancelled, logged and completed.

#include "unit/protocol/lanes.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace ropewalk::board {
namespace {

constexpr std::uint64_t kTasks = 20'000;
constexpr Layout kLayout{.workers = 1, .slots = 16, .area_bytes = 1 << 12, .ring_bytes = 1 << 13};

std::string params_of(std::uint64_t task) { return std::string(task % 97, static_cast<char>('a' + task % 26)); }

/// A worker as a host runs it. Another thread of the plugin logs from time to time.
struct WorkerLoop {
  explicit WorkerLoop(OneLane& lane) : lane(lane), thread([this] { run(); }), logger([this] { log(); }) {}
  ~WorkerLoop() {
    ending = true;
    // The worker sleeps until it is woken, and may be about to sleep.
    for (; !over; std::this_thread::yield()) lane.worker.nudge();
    thread.join();
    logger.join();
    EXPECT_TRUE(good) << "parameters arrived as they were dealt";
  }
  void run() {
    while (const Slot* slot = lane.worker.next(ending, [] {})) {
      const std::string_view params = lane.worker.params(*slot);
      good = good && params == params_of(slot->task);
      if (lane.worker.cancelled()) cancelled.fetch_add(1, std::memory_order_relaxed);
      lane.worker.finish({.type = RecordType::result, .task = slot->task, .attempt = slot->attempt}, params);
    }
    over = true;
  }
  void log() {
    while (!ending) {
      lane.worker.report({.type = RecordType::log, .code = 1}, "a line", true);
      std::this_thread::yield();
    }
  }
  OneLane& lane;
  std::atomic<bool> ending = false, over = false;
  bool good = true;  // of the worker's thread
  std::atomic<std::uint64_t> cancelled = 0;
  std::thread thread, logger;
};

TEST(Loops, I07_EveryTaskRunsOnceWhileTheEngineTakesItemsBackFromTwoWorkers) {
  OneLane lanes[2] = {OneLane(kLayout), OneLane(kLayout)};
  std::vector<std::uint32_t> done(kTasks);
  std::deque<std::uint64_t> again;
  std::uint64_t next = 0, finished = 0, taken = 0;
  std::minstd_rand chance(7);
  bool good = true;
  {
    WorkerLoop workers[2] = {WorkerLoop(lanes[0]), WorkerLoop(lanes[1])};
    while (finished < kTasks) {
      for (OneLane& lane : lanes) {
        while (lane.dealer.free_slots() != 0 && (next < kTasks || !again.empty())) {
          const std::uint64_t task = again.empty() ? next : again.front();
          if (!lane.dealer.deal(task, 1, 1, params_of(task))) break;
          if (again.empty())
            ++next;
          else
            again.pop_front();
        }
        lane.dealer.publish();
        lane.arena.clear();
        lane.dealer.drain(lane.arena, [&](const RecordHead& head, std::string_view payload) {
          if (head.type != RecordType::result) return;
          ++finished;
          good = good && head.task < kTasks && ++done[head.task] == 1 && payload == params_of(head.task);
        });
        good = good && !lane.dealer.broken();
        lane.dealer.ring_after(chance() % 8 + 1);
        if (chance() % 5 == 0) lane.dealer.cancel_running();
        if (chance() % 3 == 0)
          taken += lane.dealer.take_back(chance() % 16 + 1, [&](const Item& item, std::string_view params) {
            good = good && params == params_of(item.task);
            again.push_back(item.task);
          });
      }
      ASSERT_TRUE(good);
    }
  }
  for (std::uint64_t task = 0; task < kTasks; ++task) ASSERT_EQ(done[task], 1u) << task;
  EXPECT_GT(taken, 100u) << "work was moved";
}

}  // namespace
}  // namespace ropewalk::board
