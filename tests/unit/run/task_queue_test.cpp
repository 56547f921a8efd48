#include "run/task_queue.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <utility>

namespace ropewalk {
namespace {

using Next = std::optional<std::pair<std::uint64_t, std::uint32_t>>;  // index, attempt

/// A list that finds at most so many items, until it ends or fails.
struct Growing final : ItemList {
  std::uint64_t known = 0, there = 0;
  bool ends = false, fails = false;
  std::uint64_t size() const override { return known; }
  bool complete() const override { return ends && known == there; }
  bool grow(std::uint64_t wanted, std::string& problem) override {
    known = std::max(known, std::min(wanted, there));
    if (fails && known == there) problem = "the disk is gone";
    return !fails || known != there;
  }
  Value at(std::uint64_t) const override { return {}; }
};

struct Queue {
  explicit Queue(const Retries& rules = {}) : retries(rules), queue(table, retries) {}
  Next next(std::int64_t timer_ns = 0) {
    std::uint64_t index = 0;
    std::uint32_t attempt = 0;
    if (!queue.next(timer_ns, index, attempt)) return std::nullopt;
    table.move(index, TaskState::dispatched);
    return Next({index, attempt});
  }
  void fail(std::uint64_t index, std::uint32_t attempt, std::int64_t now_ns) {
    ASSERT_EQ(retries.attempt_failed(index, RetryKind::error, {attempt, Outcome::failed, "no", {}, 0}, now_ns, 0),
              RetryBook::Verdict::again);
    table.move(index, TaskState::waiting);
  }
  TaskTable table;
  RetryBook retries;
  TaskQueue queue;
};

Growing listed(std::uint64_t count) {
  Growing list;
  list.known = list.there = count;
  list.ends = true;
  return list;
}

TEST(TaskQueue, TasksComeByTheirIndexOnce) {
  Growing list = listed(2);
  Queue queue;
  queue.queue.open(list);
  queue.queue.grow(2);
  EXPECT_EQ(queue.next(), Next({0, 1}));
  EXPECT_EQ(queue.next(), Next({1, 1}));
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_FALSE(queue.queue.has_next(0));
}

TEST(TaskQueue, ARetryThatIsDueComesBeforeNewTasksAndNotEarlier) {
  Growing list = listed(3);
  Queue queue({.max = 1, .delay_ns = 10});
  queue.queue.open(list);
  queue.queue.grow(3);
  EXPECT_EQ(queue.next(), Next({0, 1}));
  queue.fail(0, 1, 0);
  EXPECT_EQ(queue.next(9), Next({1, 1}));
  EXPECT_EQ(queue.next(10), Next({0, 2}));
  EXPECT_EQ(queue.next(10), Next({2, 1}));
}

TEST(TaskQueue, AStreamsTasksComeInTheOrderInWhichTheirItemsCame) {
  Queue queue;
  queue.queue.open_stream();
  queue.queue.grow(3);
  EXPECT_FALSE(queue.queue.has_next(0)) << "no item is there";
  queue.queue.ready(2, 5);
  queue.queue.ready(0, 7);
  EXPECT_EQ(queue.next(), Next({2, 1}));
  EXPECT_EQ(queue.next(), Next({0, 1}));
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_EQ(queue.queue.ready_since_ns(2), 5);
  EXPECT_EQ(queue.queue.ready_since_ns(0), 7);
  EXPECT_EQ(queue.table.state(1), TaskState::pending);
}

TEST(TaskQueue, AClearedQueueHasNothingLeftButTriesThatAreDue) {
  for (const bool stream : {false, true}) {
    Growing list = listed(3);
    Queue queue({.max = 1});
    if (stream)
      queue.queue.open_stream();
    else
      queue.queue.open(list);
    queue.queue.grow(3);
    if (stream) queue.queue.ready(0, 0), queue.queue.ready(1, 0);
    EXPECT_EQ(queue.next(), Next({0, 1}));
    queue.fail(0, 1, 0);
    queue.queue.clear();
    EXPECT_EQ(queue.next(), Next({0, 2})) << stream;
    EXPECT_EQ(queue.next(), std::nullopt) << stream;
  }
}

TEST(TaskQueue, ReadsFurtherItemsOnlyWhenThoseThatAreKnownAreNearlyDispatched) {
  Growing list;
  list.there = 100'000;
  list.ends = true;
  Queue queue;
  queue.queue.open(list);
  EXPECT_TRUE(queue.queue.awaits_items());
  const std::uint64_t first = queue.queue.list_more();
  queue.queue.grow(first);
  EXPECT_GT(first, 0u);
  EXPECT_LT(first, list.there);
  EXPECT_EQ(queue.queue.list_more(), first) << "nothing of them has been dispatched";
  for (std::uint64_t i = 0; i < first; ++i) ASSERT_EQ(queue.next(), Next({i, 1}));
  EXPECT_TRUE(queue.queue.awaits_items());
  EXPECT_GT(queue.queue.list_more(), first);
  EXPECT_FALSE(queue.queue.is_listed());
}

TEST(TaskQueue, AListThatCannotBeReadFurtherKeepsTheItemsThatItHas) {
  Growing list;
  list.there = 3;
  list.fails = true;
  Queue queue;
  queue.queue.open(list);
  EXPECT_EQ(queue.queue.list_more(), 3u);
  EXPECT_TRUE(queue.queue.is_listed());
  EXPECT_EQ(queue.queue.unlisted(), "the disk is gone");
}

}  // namespace
}  // namespace ropewalk
