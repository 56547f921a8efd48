#include "pool/batch_state.hpp"
#include "pool/task_feed.hpp"
#include "pool/future_state.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

using pool_detail::BatchState;
using pool_detail::FutureState;
using testing::ElementsAre;

std::shared_ptr<const PoolFacts> facts() {
  Field value;
  value.name = "value";
  value.type = Type::integer;
  return std::make_shared<const PoolFacts>(
      PoolFacts{.name = "p", .task = "a.b", .results = FieldReader({value}), .thread = {}});
}
pool_detail::PoolRun* some_run() { return reinterpret_cast<pool_detail::PoolRun*>(std::uintptr_t{16}); }

std::string result(std::int64_t value) {
  std::string bytes;
  board::encode_fields(std::vector{Type::integer}, std::vector<Value>{value}, bytes);
  return bytes;
}
TaskFinished finished(std::uint64_t index, Outcome outcome, std::string_view text) {
  TaskFinished task{.index = index,
                    .attempt = 1,
                    .outcome = outcome,
                    .detail = 0,
                    .queued_ns = 0,
                    .run_ns = 0,
                    .cpu_ns = 0,
                    .host = 7,
                    .worker = 2,
                    .last = true,
                    .message = {}};
  (outcome == Outcome::succeeded ? task.fields : task.message) = text;
  return task;
}

TEST(TaskFeed, PassesTheEndOfATaskToItsFuture) {
  TaskFeed feed;
  const auto good = std::make_shared<FutureState>(facts(), some_run()),
             bad = std::make_shared<FutureState>(facts(), some_run());
  feed.add(good, 1);
  feed.add(bad, 1);
  EXPECT_EQ(feed.living(), 2u);
  feed.end(finished(1, Outcome::crashed, "why"), nullptr);
  EXPECT_FALSE(good->done());
  EXPECT_TRUE(bad->done());
  ASSERT_TRUE(bad->failure());
  EXPECT_EQ(to_string(*bad->failure()), "p/1 crashed: why");
  EXPECT_EQ(bad->failure()->host, 7);
  feed.end(finished(0, Outcome::succeeded, result(5)), nullptr);
  EXPECT_EQ(*good->value(), Value(Map{{"value", 5}}));
  EXPECT_EQ(feed.living(), 0u);
  EXPECT_EQ(good->run, nullptr);
}

TEST(TaskFeed, KeepsATaskWhoseFutureWasDroppedUntilItHasEnded) {
  TaskFeed feed;
  auto task = std::make_shared<FutureState>(facts(), some_run());
  const std::weak_ptr<FutureState> watched = task;
  feed.add(task, 1);
  task.reset();
  EXPECT_FALSE(watched.expired());
  feed.end(finished(0, Outcome::succeeded, result(5)), nullptr);
  EXPECT_TRUE(watched.expired());
}

TEST(TaskFeed, ReleasesTasksThatHaveNotEndedWhenItIsGone) {
  auto task = std::make_shared<FutureState>(facts(), some_run());
  auto two = std::make_shared<FutureState>(facts(), some_run());
  const std::weak_ptr<FutureState> one_task = task, two_tasks = two;
  {
    TaskFeed feed;
    feed.add(std::exchange(task, nullptr), 1);
    feed.add(std::exchange(two, nullptr), 2);
    EXPECT_FALSE(one_task.expired() || two_tasks.expired());
  }
  EXPECT_TRUE(one_task.expired());
  EXPECT_TRUE(two_tasks.expired());
}

TEST(TaskFeed, ABatchIsOneSubmissionOfManyTasks) {
  ArgumentEncoder encoder("a.b", [] {
    TaskDescription type;
    type.params.emplace_back().name = "seed";
    type.params.back().type = Type::integer;
    return type;
  }());
  BatchColumns columns;
  const std::vector<std::int64_t> seeds{10, 11, 12};
  const Column column{"seed", std::span(seeds)};
  ASSERT_TRUE(columns.make(encoder, {&column, 1}, {}));
  TaskFeed feed;
  feed.add(std::make_shared<FutureState>(facts(), some_run()), 1);
  const auto batch = std::make_shared<BatchState>(facts(), some_run(), std::move(columns));
  feed.add(batch, 3);
  EXPECT_EQ(batch->first, 1u);
  std::string expected;
  board::encode_fields(std::vector{Type::integer}, std::vector<Value>{std::int64_t{12}}, expected);
  EXPECT_EQ(feed.parameters(3).encoded, expected);
  feed.end(finished(3, Outcome::succeeded, result(30)), nullptr);
  feed.end(finished(1, Outcome::failed, "no"), nullptr);
  EXPECT_THAT(feed.living_of(*batch, 3), ElementsAre(2));
  EXPECT_THAT(feed.all_living(), ElementsAre(0, 2));
  EXPECT_NE(batch->run, nullptr);
  Value large(Map{{"value", 20}});
  feed.end(finished(2, Outcome::succeeded, {}), &large);
  EXPECT_EQ(batch->run, nullptr);
  EXPECT_EQ(batch->counts().succeeded, 2u);
  EXPECT_EQ(batch->value(2), Value(Map{{"value", 30}}));
  EXPECT_EQ(batch->value(1), Value(Map{{"value", 20}})) << "a large result comes apart from its event";
  EXPECT_EQ(batch->failure(0)->message, "no");
  EXPECT_EQ(facts()->results.scalar(0, batch->fields(2)), 30);
}

}  // namespace
}  // namespace ropewalk
