// A stage whose tasks are submitted while it runs: the run loop with a fake executor and a fake clock.

#include "pool/task_feed.hpp"
#include "pool/future_state.hpp"
#include "support/fake_run.hpp"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// A run of one stage, and the futures of its tasks.
struct Submitting final : Observer {
  explicit Submitting(FakeExecutor::Script script, StageOptions options = {}) {
    plan = test::plan({stage(0, std::move(options))});
    executors.emplace(machine, std::move(script));
    results.emplace(plan, false);
    loop.emplace(plan, machine, *executors, *results, *this);
    loop->begin({.id = "run", .grace_ns = kSecond, .pass_fields = true, .submitted = &feed});
    turn();
  }

  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) {
      attempts.emplace_back(task.index, task.outcome);
      queued_ns[task.index] = task.queued_ns;
      if (task.last) feed.end(task, nullptr);
      if (on_task) on_task(task);
    }
  }
  void stage_listed(std::int64_t, const StageListed& listed) override { listed_tasks = listed.tasks; }
  void tick(std::int64_t) override { ++ticks; }

  std::shared_ptr<pool_detail::FutureState> submit(OwnRules rules = {}) {
    auto task =
        std::make_shared<pool_detail::FutureState>(facts, reinterpret_cast<pool_detail::PoolRun*>(std::uintptr_t{16}));
    board::encode_fields(std::vector{Type::any}, std::vector<Value>{"item"}, task->bytes());
    task->rules = std::make_unique<const OwnRules>(std::move(rules));
    task->since_ns = machine.now_ns();
    feed.add(task, 1);
    return task;
  }
  bool turn() { return goes_on = loop->turn(); }
  /// Until everything that was submitted has ended.
  void settle() {
    for (int i = 0; i < 1000 && feed.living() != 0; ++i) {
      turn();
      if (feed.living() != 0) loop->wait(loop->look_again_ns());
    }
    ASSERT_EQ(feed.living(), 0u);
  }
  void cancel(std::vector<std::uint64_t> tasks) { loop->cancel(0, tasks); }

  std::shared_ptr<const PoolFacts> facts = std::make_shared<const PoolFacts>(PoolFacts{
      .name = "pool", .task = "fake.task", .results = FieldReader(plugin()->task_types[0].results), .thread = {}});
  Plan plan;
  FakeMachine machine;
  std::optional<FakeExecutors> executors;
  std::optional<ResultStore> results;
  TaskFeed feed;
  std::optional<RunLoop> loop;
  bool goes_on = true;
  std::vector<std::pair<std::uint64_t, Outcome>> attempts;  // in the order of their ends
  std::map<std::uint64_t, std::int64_t> queued_ns;
  std::function<void(const TaskFinished&)> on_task;
  std::uint64_t listed_tasks = 0, ticks = 0;
};

FakeTask succeed(std::uint64_t task, std::uint32_t) { return succeeds(static_cast<std::int64_t>(task), kSecond); }

TEST(SubmittedTasks, AStageWithoutTasksGoesOnUntilItIsClosed) {
  Submitting run(succeed);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(run.turn());
  run.feed.close();
  EXPECT_FALSE(run.turn());
  EXPECT_EQ(run.listed_tasks, 0u);
}

TEST(SubmittedTasks, ATaskIsDealtInTheTurnAfterItWasSubmitted) {
  Submitting run(succeed);
  const auto first = run.submit();
  run.settle();
  ASSERT_TRUE(first->done());
  EXPECT_EQ(*first->value(), Value(Map{{"value", 0}}));
  const auto second = run.submit();
  run.settle();
  EXPECT_EQ(*second->value(), Value(Map{{"value", 1}}));
  run.feed.close();
  while (run.turn()) run.loop->wait(run.loop->look_again_ns());
  EXPECT_EQ(run.listed_tasks, 2u);
}

TEST(SubmittedTasks, WaitSinceTheyWereSubmittedAndNotSinceTheStageStarted) {
  Submitting run(succeed, {.workers = 1});
  run.loop->wait(run.machine.now_ns() + 50 * kSecond);
  run.submit();
  run.submit();
  run.settle();
  EXPECT_EQ(run.queued_ns, (std::map<std::uint64_t, std::int64_t>{{0, 0}, {1, kSecond}}));
}

TEST(SubmittedTasks, AnIdleStageIsNotLookedAtMoreOftenThanItsRunTicks) {
  Submitting run(succeed);
  const std::int64_t now = run.machine.now_ns();
  EXPECT_EQ(run.loop->look_again_ns() - now, kSecond / 10);
}

TEST(SubmittedTasks, ATaskMayBeSubmittedWhileTheEndOfAnotherIsReported) {
  Submitting run(succeed);
  std::shared_ptr<pool_detail::FutureState> nested;
  run.on_task = [&](const TaskFinished& task) {
    if (task.index == 0) nested = run.submit();
  };
  run.submit();
  run.settle();
  ASSERT_TRUE(nested && nested->done());
  EXPECT_EQ(nested->outcome(), Outcome::succeeded);
}

TEST(SubmittedTasks, EachMayHaveRetriesOfItsOwn) {
  Submitting run([](std::uint64_t, std::uint32_t) { return fails("no"); }, {.retries = {.max = 1}});
  const auto as_the_stage = run.submit(), none = run.submit({.retries = Retries{}}),
             more = run.submit({.retries = Retries{.max = 2, .max_given = true}});
  run.settle();
  std::map<std::uint64_t, int> tries;
  for (const auto& [task, outcome] : run.attempts) ++tries[task];
  EXPECT_THAT(tries, ElementsAre(Pair(0, 2), Pair(1, 1), Pair(2, 3)));
  EXPECT_EQ(more->failure()->attempts, 3u);
}

TEST(SubmittedTasks, ATaskThatIsCancelledBeforeItIsDealtNeverIs) {
  std::vector<std::uint64_t> ran;
  Submitting run(
      [&](std::uint64_t task, std::uint32_t) {
        ran.push_back(task);
        return succeeds(0, kSecond);
      },
      {.workers = 1});
  const auto first = run.submit(), second = run.submit(), third = run.submit();
  run.turn();
  run.cancel({1});
  EXPECT_TRUE(second->done());
  EXPECT_EQ(second->outcome(), Outcome::not_started);
  EXPECT_EQ(second->failure()->message, "it was cancelled before it began");
  run.settle();
  EXPECT_THAT(ran, ElementsAre(0, 2));
  EXPECT_EQ(first->outcome(), Outcome::succeeded);
  EXPECT_EQ(third->outcome(), Outcome::succeeded);
}

TEST(SubmittedTasks, ARunningTaskThatIsCancelledEndsAsCancelledAndTheOthersGoOn) {
  Submitting run(succeed);
  const auto first = run.submit(), second = run.submit();
  run.turn();
  run.cancel({0});
  EXPECT_EQ(first->outcome(), Outcome::cancelled);
  run.settle();
  EXPECT_EQ(second->outcome(), Outcome::succeeded);
}

TEST(SubmittedTasks, ATaskThatWaitsForAnotherTryIsCancelledWithTheReasonOfItsLastOne) {
  Submitting run([](std::uint64_t, std::uint32_t) { return fails("disk full"); },
                 {.retries = {.max = 5, .delay_ns = 100 * kSecond}});
  const auto task = run.submit();
  run.turn();
  run.loop->wait(run.machine.now_ns() + kSecond);
  run.turn();
  EXPECT_FALSE(task->done());
  run.cancel({0});
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->outcome(), Outcome::cancelled);
  EXPECT_EQ(task->failure()->message, "it was cancelled while it waited for another try; the last one: disk full");
  EXPECT_EQ(task->failure()->attempts, 1u);
}

TEST(SubmittedTasks, ACancelOfWhatHasEndedChangesNothing) {
  Submitting run(succeed);
  const auto task = run.submit();
  run.settle();
  run.cancel({0, 17});
  EXPECT_EQ(task->outcome(), Outcome::succeeded);
}

TEST(SubmittedTasks, AStopEndsWhatIsThereAndTheRun) {
  Submitting run(succeed, {.workers = 1});
  const auto first = run.submit(), second = run.submit();
  run.turn();
  run.machine.stop_at(run.machine.now_ns(), StopLevel::kill);
  run.loop->wait(run.machine.now_ns());
  while (run.turn()) run.loop->wait(run.loop->look_again_ns());
  EXPECT_EQ(first->outcome(), Outcome::cancelled);
  EXPECT_EQ(second->outcome(), Outcome::not_started);
  EXPECT_EQ(run.feed.living(), 0u);
}

TEST(SubmittedTasks, LeaveNoMemoryBehind) {
  Submitting run([](std::uint64_t, std::uint32_t) { return succeeds(1); });
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 1000; ++i) run.submit();
    run.settle();
  }
  EXPECT_EQ(run.feed.size(), 100'000u);
  EXPECT_THAT(run.feed.all_living(), IsEmpty());
  EXPECT_EQ(run.results->tasks(0), 0u) << "results are with the futures, which are gone";
}

}  // namespace
}  // namespace ropewalk::test
