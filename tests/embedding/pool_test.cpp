// Pools of an engine: futures, batches, as_completed() and map() over every executor, with real processes.

#include "support/patience.hpp"
#include "support/scratch.hpp"

#include <ropewalk/engine.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

EngineOptions with_plugins() {
  EngineOptions options;
  options.plugin_folders = {ROPEWALK_BUILD "/tests/hostile_plugins"};
  return options;
}

/// The code of what the call refuses; "": nothing.
std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Refused& refused) {
    return refused.code();
  }
  return "";
}

std::int64_t int_of(const Value& result, const char* field = "value") { return *result.as_map()->at(field).as_int(); }

/// Waits until a task has made its file, stepping the pool.
bool appears(Pool& pool, const std::filesystem::path& file) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!std::filesystem::exists(file)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    pool.wait_for(2ms);
  }
  return true;
}

class OfAPool : public testing::TestWithParam<const char*> {
 protected:
  Pool pool(std::string_view task, PoolOptions options = {}) {
    options.executor = GetParam();
    if (is_serial()) options.workers = 0;
    return engine_.pool(task, options);
  }
  bool is_serial() const { return std::string(GetParam()) == "serial"; }
  /// A task that runs until it is killed, and one that stops when asked, which make a file when they begin.
  static std::vector<Argument> endless(const std::filesystem::path& began, bool stops) {
    const std::string trap = stops ? "" : "trap '' TERM; ";
    return {{"argv", List{"sh", "-c", trap + "touch '" + began.string() + "'; while :; do sleep 0.05; done"}}};
  }

  /// Whether the first task has begun.
  struct Seen final : Observer {
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted> tasks) override {
      for (const TaskStarted& task : tasks) started = started || task.index == 0;
    }
    bool started = false;
  } seen_;
  const Scratch scratch_;
  Engine engine_{with_plugins()};
};

TEST_P(OfAPool, EachTaskHasItsResultInItsFuture) {
  Pool pool = this->pool("sim.echo", {.workers = 2});
  std::vector<Future> futures;
  for (std::int64_t i = 0; i < 200; ++i) futures.push_back(pool.submit({{"value", i}}));
  for (std::int64_t i = 0; i < 200; ++i) {
    EXPECT_EQ(int_of(futures[static_cast<std::size_t>(i)].get()), i);
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].task(), static_cast<std::uint64_t>(i));
  }
  EXPECT_EQ(pool.counts().succeeded, 200u);
  EXPECT_EQ(pool.pending(), 0u);
}

TEST_P(OfAPool, ACrashCostsOneTask) {
  Pool pool = this->pool("sim.fail", {.workers = 2});
  std::vector<Future> futures;
  for (int i = 0; i < 12; ++i) futures.push_back(pool.submit({{"how", "crash"}, {"rate", i == 5 ? 1.0 : 0.0}}));
  for (std::size_t i = 0; i < futures.size(); ++i)
    EXPECT_EQ(futures[i].outcome(), i == 5 ? Outcome::crashed : Outcome::succeeded) << i;
  try {
    futures[5].get();
    ADD_FAILURE() << "a crashed task has no result";
  } catch (const TaskError& error) {
    EXPECT_EQ(error.outcome(), Outcome::crashed);
    EXPECT_EQ(error.failure().detail, SIGSEGV);
    EXPECT_EQ(error.failure().task, 5u);
    EXPECT_EQ(error.failure().attempts, 1u);
    EXPECT_GT(error.failure().host, 0);
    EXPECT_THAT(error.what(), StartsWith("fail/5 crashed: "));
    EXPECT_FALSE(error.failure().evidence.empty());
  }
}

TEST_P(OfAPool, ATimeoutEndsOneTask) {
  Pool pool = this->pool("sim.sleep", {.workers = 2, .grace = 10s});
  const Future endless = pool.submit({{"seconds", 100000}}, {.timeout = 50ms});
  const Future patient = pool.submit({{"seconds", 0.2}});
  const Future other = pool.submit({{"seconds", 0}});
  EXPECT_EQ(endless.outcome(), Outcome::timed_out);
  EXPECT_THAT(endless.failure()->message, HasSubstr("50 ms"));
  EXPECT_EQ(patient.outcome(), Outcome::succeeded);
  EXPECT_EQ(other.outcome(), Outcome::succeeded);
}

TEST_P(OfAPool, ATaskMayHaveNoTimeoutWhereThePoolHasOne) {
  Pool pool = this->pool("sim.sleep", {.workers = 2, .timeout = 30ms});
  const Future slow = pool.submit({{"seconds", 0.3}}, {.timeout = 0ns});
  const Future over = pool.submit({{"seconds", 100000}});
  EXPECT_EQ(slow.outcome(), Outcome::succeeded);
  EXPECT_EQ(over.outcome(), Outcome::timed_out);
}

TEST_P(OfAPool, RetriesAreThoseOfTheTask) {
  Pool pool = this->pool("sim.fail", {.workers = 2, .retries = {.max = 1}});
  const Future as_the_pool = pool.submit({{"how", "error"}, {"rate", 1.0}});
  const Future none = pool.submit({{"how", "error"}, {"rate", 1.0}}, {.retries = RetryPolicy{}});
  const Future more = pool.submit({{"how", "error"}, {"rate", 1.0}}, {.retries = RetryPolicy{.max = 3, .delay = 1ms}});
  EXPECT_EQ(as_the_pool.failure()->attempts, 2u);
  EXPECT_EQ(none.failure()->attempts, 1u);
  EXPECT_EQ(more.failure()->attempts, 4u);
  EXPECT_THAT(to_string(*more.failure()), HasSubstr("fail/2 failed at attempt 4: "));
}

TEST_P(OfAPool, AQueuedTaskIsCancelledAtOnceAndTheOthersRun) {
  Pool pool = this->pool("shell.run", {.workers = 1});
  const auto began = scratch_ / "began", gate = scratch_ / "gate";
  const Future first = pool.submit(
      {{"argv", List{"sh", "-c",
                     "touch '" + began.string() + "'; until [ -e '" + gate.string() + "' ]; do sleep 0.01; done"}}});
  ASSERT_TRUE(appears(pool, began));
  const Future queued = pool.submit({{"argv", List{"touch", (scratch_ / "never").string()}}});
  const Future last = pool.submit({{"argv", List{"true"}}});
  EXPECT_TRUE(queued.cancel());
  EXPECT_TRUE(queued.done());
  EXPECT_EQ(queued.outcome(), Outcome::not_started);
  EXPECT_FALSE(queued.cancel());
  std::ofstream(gate).close();
  EXPECT_EQ(first.outcome(), Outcome::succeeded);
  EXPECT_EQ(last.outcome(), Outcome::succeeded);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "never"));
}

TEST_P(OfAPool, ARunningTaskIsAskedAndTheOthersRun) {
  Pool pool = this->pool("shell.run", {.workers = 2});
  const Future running = pool.submit(endless(scratch_ / "began", true));
  ASSERT_TRUE(appears(pool, scratch_ / "began"));
  EXPECT_TRUE(running.cancel());
  const Future next = pool.submit({{"argv", List{"true"}}});
  EXPECT_EQ(running.outcome(), Outcome::cancelled);
  EXPECT_EQ(next.outcome(), Outcome::succeeded);
}

TEST_P(OfAPool, ARunningTaskThatDoesNotStopIsKilledAndOnlyThatOne) {
  Pool pool = this->pool("sim.fail", {.workers = 2, .grace = 100ms, .observer = &seen_});
  const Future deaf = pool.submit({{"how", "ignore_stop"}, {"rate", 1.0}});
  const Future good = pool.submit({{"how", "error"}, {"rate", 0.0}});
  // The observer says that it runs.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!seen_.started && std::chrono::steady_clock::now() < until) pool.wait_for(2ms);
  ASSERT_TRUE(seen_.started);
  EXPECT_TRUE(deaf.cancel());
  const Future after = pool.submit({{"how", "error"}, {"rate", 0.0}});
  EXPECT_EQ(deaf.outcome(), Outcome::cancelled);
  EXPECT_EQ(good.outcome(), Outcome::succeeded);
  EXPECT_EQ(after.outcome(), Outcome::succeeded);
}

TEST_P(OfAPool, ACancelledTaskIsNotTriedAgain) {
  Pool pool = this->pool("shell.run", {.workers = 1, .retries = {.max = 100}});
  const Future running = pool.submit(endless(scratch_ / "began", true));
  ASSERT_TRUE(appears(pool, scratch_ / "began"));
  running.cancel();
  EXPECT_EQ(running.outcome(), Outcome::cancelled);
  EXPECT_EQ(running.failure()->attempts, 1u);
}

TEST_P(OfAPool, FuturesComeInTheOrderOfTheirEnds) {
  if (is_serial()) GTEST_SKIP() << "one after the other";
  Pool pool = this->pool("shell.run", {.workers = 2});
  const auto gate = (scratch_ / "gate").string();
  const Future waits = pool.submit({{"argv", List{"sh", "-c", "until [ -e '" + gate + "' ]; do sleep 0.01; done"}}});
  const Future quick = pool.submit({{"argv", List{"true"}}});
  std::vector<std::uint64_t> order;
  for (const Future& future : as_completed({waits, quick})) {
    EXPECT_TRUE(future.done());
    std::ofstream(gate).close();  // lets the other one end
    order.push_back(future.task());
  }
  EXPECT_THAT(order, ElementsAre(1, 0));
}

TEST_P(OfAPool, ABatchKeepsEachResultAtItsPlace) {
  Pool pool = this->pool("sim.echo", {.workers = 2});
  std::vector<std::int64_t> values(3000);
  std::iota(values.begin(), values.end(), 0);
  const Batch batch = pool.submit_all({{"value", std::span<const std::int64_t>(values)}});
  EXPECT_EQ(batch.size(), 3000u);
  EXPECT_EQ(batch.counts().succeeded, 3000u);
  EXPECT_TRUE(batch.done());
  for (std::size_t i = 0; i < 3000; i += 37) EXPECT_EQ(int_of(batch.value(i)), static_cast<std::int64_t>(i));
}

TEST_P(OfAPool, ACallbackMaySubmitAndWait) {
  Pool pool = this->pool("sim.echo", {.workers = 2});
  std::vector<std::int64_t> seen;
  std::function<void(Future)> next = [&](const Future& done) {
    const std::int64_t value = int_of(done.get());
    seen.push_back(value);
    if (value % 10 == 9) return;
    if (value % 2 == 0)
      pool.submit({{"value", value + 1}}).then(next);
    else
      next(pool.submit({{"value", value + 1}}));  // whose get() waits within the callback
  };
  pool.submit({{"value", 0}}).then(next);
  pool.submit({{"value", 10}}).then(next);
  pool.wait();
  std::sort(seen.begin(), seen.end());
  std::vector<std::int64_t> all(20);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
}

TEST_P(OfAPool, DestructionWaits) {
  Future future;
  {
    Pool pool = this->pool("sim.sleep", {.workers = 1});
    future = pool.submit({{"seconds", 0.05}});
  }
  EXPECT_TRUE(future.done());
  EXPECT_EQ(future.outcome(), Outcome::succeeded);
  EXPECT_EQ(*future.get().as_map()->at("slept").as_float(), 0.05);
}

TEST_P(OfAPool, DestructionCancelsIfItIsSaid) {
  Future running, queued;
  {
    Pool pool = this->pool("shell.run", {.workers = 1, .at_end = AtEnd::cancel});
    running = pool.submit(endless(scratch_ / "began", true));
    queued = pool.submit(endless(scratch_ / "other", true));
    ASSERT_TRUE(appears(pool, scratch_ / "began"));
  }
  EXPECT_EQ(running.outcome(), Outcome::cancelled);
  EXPECT_EQ(queued.outcome(), Outcome::not_started);
}

INSTANTIATE_TEST_SUITE_P(Pool, OfAPool,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::erase(text, '-');
                           return text;
                         });

// --- what does not depend on the executor ---

TEST(Pool, TasksBeginWithoutAStep) {
  const Scratch scratch;
  Engine engine;
  Pool pool = engine.pool("shell.run", {.executor = "thread", .workers = 1});
  pool.submit({{"argv", List{"true"}}}).wait();  // the host is there
  pool.submit({{"argv", List{"touch", (scratch / "made").string()}}});
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(scratch / "made"); }));
}

TEST(Pool, MapReadsTheRangeAsItsTasksRun) {
  Engine engine;
  Pool pool = engine.pool("sim.echo", {.executor = "thread", .workers = 2});
  std::int64_t read = 0, seen = 0;
  std::uint64_t most = 0;
  const auto numbers = std::views::iota(std::int64_t{0}, std::int64_t{1000});
  const auto make = [&](std::int64_t number) {
    ++read;
    most = std::max(most, pool.pending());
    return Map{{"value", number}};
  };
  for (const Future& future : pool.map(numbers, make, 10)) {
    EXPECT_TRUE(future.done());
    EXPECT_EQ(int_of(future.get()), seen++);
    EXPECT_LE(read, seen + 10);
  }
  EXPECT_EQ(seen, 1000);
  EXPECT_LE(most, 10u);
}

TEST(Pool, MapOfNothingYieldsNothing) {
  Engine engine;
  Pool pool = engine.pool("sim.echo");
  const std::vector<std::string> none;
  for (const Future& future : pool.map(none, [](const std::string& text) { return Map{{"value", text}}; }))
    ADD_FAILURE() << future.task();
}

TEST(Pool, ABatchOfNumbersIsReadByColumn) {
  Engine engine;
  Pool pool = engine.pool("sim.sleep", {.executor = "thread", .workers = 2});
  const std::vector<double> seconds{0.001, 0, 0.002};
  const Batch batch = pool.submit_all({{"seconds", std::span<const double>(seconds)}});
  EXPECT_EQ(batch.floats("slept"), seconds);
  EXPECT_EQ(refusal([&] { batch.ints("slept"); }), "R416");
  EXPECT_EQ(refusal([&] { batch.floats("sleept"); }), "R416");
  EXPECT_THROW(batch.value(3), std::out_of_range);
  const Batch empty = pool.submit_all({{"seconds", std::span<const double>()}});
  EXPECT_TRUE(empty.done());
  EXPECT_EQ(empty.floats("slept"), std::vector<double>());
}

TEST(Pool, ABatchKeepsTheFailuresOfItsTasks) {
  Engine engine;
  Pool pool = engine.pool("sim.fail", {.executor = "process", .workers = 2});
  const std::vector<double> rates{0, 1, 0};
  const Batch batch = pool.submit_all({{"rate", std::span<const double>(rates)}}, {{"how", "error"}});
  EXPECT_EQ(batch.counts().failed, 1u);
  EXPECT_EQ(batch.failure(0), nullptr);
  ASSERT_NE(batch.failure(1), nullptr);
  EXPECT_EQ(batch.failure(1)->task, 1u);
  EXPECT_THROW(batch.value(1), TaskError);
}

TEST(Pool, ABatchIsCancelled) {
  Engine engine;
  Pool pool = engine.pool("sim.sleep", {.executor = "thread", .workers = 2});
  const std::vector<double> seconds(10'000, 100000);
  const Batch batch = pool.submit_all({{"seconds", std::span<const double>(seconds)}});
  batch.cancel();
  EXPECT_EQ(batch.counts().cancelled + batch.counts().not_started, 10'000u);
  EXPECT_EQ(pool.submit({{"seconds", 0}}).outcome(), Outcome::succeeded);
}

TEST(Pool, CancelAllLeavesAPoolThatWorks) {
  Engine engine;
  Pool pool = engine.pool("sim.sleep", {.executor = "process", .workers = 2});
  std::vector<Future> futures;
  for (int i = 0; i < 1000; ++i) futures.push_back(pool.submit({{"seconds", 100000}}));
  pool.cancel_all();
  for (const Future& future : futures) EXPECT_NE(future.outcome(), Outcome::succeeded);
  EXPECT_EQ(pool.counts().cancelled + pool.counts().not_started, 1000u);
  EXPECT_EQ(pool.submit({{"seconds", 0}}).outcome(), Outcome::succeeded);
}

TEST(Pool, LargeParametersAndResultsArrive) {
  Engine engine;
  Pool pool = engine.pool("sim.echo", {.executor = "process", .workers = 1});
  const std::string large(3'000'000, 'x');
  const Future first = pool.submit({{"value", large}});
  EXPECT_EQ(first.get().as_map()->at("value"), Value(large));
  const Future again = pool.submit({{"value", first.get().as_map()->at("value")}});  // without a copy in between
  EXPECT_EQ(again.get().as_map()->at("value"), Value(large));
}

TEST(Pool, SeveralPoolsOfAnEngineGoOnTogetherBesideARun) {
  Engine engine;
  Pool echo = engine.pool("sim.echo", {.executor = "process", .workers = 1});
  Pool sleep = engine.pool("sim.sleep", {.executor = "thread", .workers = 1});
  std::vector<Future> all;
  for (std::int64_t i = 0; i < 100; ++i) {
    all.push_back(echo.submit({{"value", i}}));
    all.push_back(sleep.submit({{"seconds", 0.0001}}));
  }
  const auto workflow = parse_workflow(
      "ropewalk: 1\nname: w\nstages: [{name: e, task: sim.echo, foreach: {range: 50}, with: {value: '${{ item }}'}}]\n",
      "w.yaml");
  const auto plan = engine.plan(*workflow);
  ASSERT_TRUE(plan);
  EXPECT_EQ(engine.run(*plan).stages.at(0).succeeded, 50u);
  std::size_t ended = 0;
  for (const Future& future : as_completed(all)) ended += future.outcome() == Outcome::succeeded;
  EXPECT_EQ(ended, 200u);
}

TEST(Pool, LivesInAnEventLoop) {
  Engine engine;
  Pool pool = engine.pool("sim.echo", {.executor = "process", .workers = 2});
  std::int64_t sum = 0;
  std::size_t calls = 0;
  for (std::int64_t i = 1; i <= 100; ++i)
    pool.submit({{"value", i}}).then([&](const Future& done) { sum += int_of(done.get()), ++calls; });
  pollfd events{.fd = pool.fd(), .events = POLLIN, .revents = 0};
  while (calls < 100) {
    ASSERT_EQ(::poll(&events, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())), 1);
    pool.step();
  }
  EXPECT_EQ(sum, 5050);
}

TEST(Pool, ACallbackOfWhatIsDoneIsCalledInTheNextStep) {
  Engine engine;
  Pool pool = engine.pool("sim.noop");
  const Future done = pool.submit();
  done.wait();
  int calls = 0;
  done.then([&](const Future&) { ++calls; });
  EXPECT_EQ(calls, 0) << "then() calls nothing itself";
  pollfd events{.fd = pool.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&events, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())), 1);
  pool.step();
  EXPECT_EQ(calls, 1);
  pool.step();
  EXPECT_EQ(calls, 1);
}

TEST(Pool, WhatACallbackThrowsLeavesTheCallThatWaitsAndTheOthersAreStillCalled) {
  Engine engine;
  Pool pool = engine.pool("sim.noop", {.workers = 1});
  int calls = 0;
  pool.submit().then([](const Future&) { throw std::runtime_error("thrown"); });
  pool.submit().then([&](const Future&) { ++calls; });
  EXPECT_THROW(pool.wait(), std::runtime_error);
  pool.wait();
  EXPECT_EQ(calls, 1);
}

TEST(Pool, ACallbackMayDestroyThePool) {
  Engine engine;
  auto pool = std::make_unique<Pool>(engine.pool("sim.noop", {.workers = 1}));
  Future other;
  const Future first = pool->submit();
  first.then([&](const Future&) { pool.reset(); });
  other = pool->submit();
  first.wait();
  EXPECT_EQ(pool, nullptr);
  EXPECT_EQ(other.outcome(), Outcome::succeeded);
}

TEST(Pool, CallbacksAreCalledBeforeItsDestructionEnds) {
  Engine engine;
  int calls = 0;
  {
    Pool pool = engine.pool("sim.noop", {.workers = 1});
    pool.submit().then([&](const Future&) { pool.submit().then([&](const Future&) { ++calls; }); });
  }
  EXPECT_EQ(calls, 1);
}

TEST(Pool, AnObserverSeesItsTasksAndMaySubmit) {
  struct Watching final : Observer {
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks) ended.push_back(task.index);
      if (ended.size() == 1) nested = pool->submit();
      if (code.empty()) code = refusal([&] { nested.get(); });
    }
    Pool* pool = nullptr;
    std::vector<std::uint64_t> ended;
    Future nested;
    std::string code;
  } watching;
  Engine engine;
  Pool pool = engine.pool("sim.noop", {.workers = 1, .observer = &watching});
  watching.pool = &pool;
  pool.submit();
  pool.wait();
  EXPECT_THAT(watching.ended, ElementsAre(0, 1));
  EXPECT_EQ(watching.code, "R413") << "it cannot wait";
  EXPECT_EQ(watching.nested.outcome(), Outcome::succeeded);
}

TEST(Pool, BadTasksAndOptionsAreRefusedAsByAPlan) {
  Engine engine;
  EXPECT_EQ(refusal([&] { engine.pool("sim.ecko"); }), "W201");
  EXPECT_EQ(refusal([&] { engine.pool("simm.echo"); }), "P101");
  EXPECT_EQ(refusal([&] { engine.pool("echo"); }), "W201");
  EXPECT_EQ(refusal([&] { engine.pool("sim.echo", {.executor = "threads"}); }), "W212");
  EXPECT_EQ(refusal([&] { engine.pool("sim.echo", {.workers = 5000}); }), "W205");
  EXPECT_EQ(refusal([&] { engine.pool("sim.echo", {.retries = {.backoff = 0}}); }), "R416");
  EXPECT_EQ(refusal([&] { engine.pool("sim.echo", {.env = {{"A=B", "c"}}}); }), "R416");
  EXPECT_EQ(refusal([&] { engine.pool("sim.echo", {.executor = "auto"}); }), "R416");
  const auto refused = engine.try_pool("sim.ecko");
  ASSERT_FALSE(refused);
  const Errors errors = refused.error();
  EXPECT_THAT(errors.list.front().message, HasSubstr("did you mean 'echo'?"));
  EXPECT_EQ(errors.list.front().place, Place()) << "there is no file";
}

TEST(Pool, ArgumentsThatDoNotFitAreRefusedWhenTheyAreSubmitted) {
  Engine engine;
  Pool pool = engine.pool("sim.echo", {.workers = 1});
  EXPECT_EQ(refusal([&] { pool.submit({{"vale", 1}}); }), "W202");
  const Argument wrong[] = {{"vale", 1}};
  const auto refused = pool.try_submit(wrong);
  ASSERT_FALSE(refused);
  const Errors errors = refused.error();
  EXPECT_EQ(errors.list.front().message, "task 'sim.echo' takes no parameter 'vale'; did you mean 'value'?");
  EXPECT_EQ(refusal([&] { pool.submit({{"value", 1}}, {.timeout = -1ns}); }), "R416");
  EXPECT_EQ(pool.pending(), 0u);
  EXPECT_EQ(int_of(pool.submit({{"value", 1}}).get()), 1);
}

TEST(Pool, MisuseIsAnErrorThatSaysSo) {
  Engine engine;
  Pool pool = engine.pool("sim.noop", {.workers = 1});
  const Future future = pool.submit();
  const Future none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(refusal([&] { none.get(); }), "R414");
  EXPECT_EQ(refusal([&] { Batch().wait(); }), "R414");
  std::thread([&] {
    EXPECT_EQ(refusal([&] { pool.submit(); }), "R412");
    EXPECT_EQ(refusal([&] { pool.wait(); }), "R412");
    EXPECT_EQ(refusal([&] { pool.step(); }), "R412");
    EXPECT_EQ(refusal([&] { future.get(); }), "R412");
    EXPECT_EQ(refusal([&] { future.cancel(); }), "R412");
  }).join();
  Pool moved = std::move(pool);
  EXPECT_EQ(refusal([&] { pool.submit(); }), "R411");  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.submit().outcome(), Outcome::succeeded);
  moved.close();
  EXPECT_EQ(refusal([&] { moved.submit(); }), "R411");
  Engine other;
  Pool elsewhere = other.pool("sim.sleep", {.workers = 1, .at_end = AtEnd::cancel});
  Pool here = engine.pool("sim.sleep", {.workers = 1, .at_end = AtEnd::cancel});
  EXPECT_EQ(refusal([&] {
              as_completed({here.submit({{"seconds", 1000}}), elsewhere.submit({{"seconds", 1000}})});
            }),
            "R414");
}

TEST(Pool, AFutureOutlivesItsPoolAndItsEngine) {
  Future done, running;
  std::unique_ptr<Pool> pool;
  {
    Engine engine;
    pool = std::make_unique<Pool>(engine.pool("sim.sleep", {.workers = 1}));
    done = pool->submit({{"seconds", 0}});
    done.wait();
    running = pool->submit({{"seconds", 100000}});
  }
  EXPECT_EQ(done.outcome(), Outcome::succeeded);
  EXPECT_EQ(*done.get().as_map()->at("slept").as_float(), 0);
  EXPECT_NE(running.outcome(), Outcome::succeeded) << "the engine has ended it";
  EXPECT_EQ(refusal([&] { pool->submit({{"seconds", 0}}); }), "R411");
  EXPECT_EQ(refusal([&] { pool->fd(); }), "R411");
  pool->wait();
  pool->step();
  pool.reset();
  EXPECT_EQ(refusal([&] { done.then([](const Future&) {}); }), "R411");
}

TEST(Pool, AStopOfTheEngineEndsItsTasks) {
  Engine engine;
  Pool pool = engine.pool("sim.sleep", {.executor = "process", .workers = 2});
  std::vector<Future> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(pool.submit({{"seconds", 100000}}));
  engine.stop(StopLevel::kill);
  pool.wait();
  for (const Future& future : futures)
    EXPECT_TRUE(future.outcome() == Outcome::cancelled || future.outcome() == Outcome::not_started);
  EXPECT_EQ(refusal([&] { pool.submit({{"seconds", 0}}); }), "R411");
  EXPECT_EQ(engine.pool("sim.sleep", {.workers = 1}).submit({{"seconds", 0}}).outcome(), Outcome::succeeded)
      << "the stop was for the first";
}

TEST(Pool, ATaskThatIsSubmittedAfterAStopWhichThePoolHasNotSeenEnds) {
  Future late;
  Batch batch;
  {
    Engine engine;
    Pool pool = engine.pool("sim.sleep", {.executor = "process", .workers = 1});
    const Future first = pool.submit({{"seconds", 100000}});
    engine.stop(StopLevel::kill);  // as another thread does
    late = pool.submit({{"seconds", 100000}});
    const std::vector<double> seconds(3, 100000.0);
    batch = pool.submit_all({{"seconds", std::span<const double>(seconds)}});
    pool.wait();
    EXPECT_EQ(pool.pending(), 0u);
  }
  EXPECT_EQ(late.outcome(), Outcome::not_started);
  EXPECT_THAT(late.failure()->message, testing::HasSubstr("was stopped before it"));
  EXPECT_EQ(batch.counts().not_started, 3u);
}

TEST(Pool, WaitForGivesUpInTime) {
  Engine engine;
  Pool pool = engine.pool("sim.sleep", {.workers = 1, .at_end = AtEnd::cancel});
  const Future endless = pool.submit({{"seconds", 100000}});
  EXPECT_FALSE(endless.wait_for(20ms));
  EXPECT_FALSE(pool.wait_for(0ns));
  const Future quick = engine.pool("sim.noop", {.workers = 1}).submit();
  EXPECT_TRUE(quick.wait_for(std::chrono::nanoseconds::max()));
}

TEST(Pool, PollingWithoutWaitingLetsTasksEnd) {
  Engine engine;
  Pool pool = engine.pool("sim.noop", {.executor = "process", .workers = 1});
  const Future future = pool.submit();
  EXPECT_TRUE(eventually([&] { return future.wait_for(0ns); }));
}

std::uint64_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  status >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(Pool, AMillionTasksNeedNoMoreMemoryThanAFewThousand) {
  Engine engine;
  Pool pool = engine.pool("sim.noop", {.executor = "thread", .workers = 2});
  const auto run = [&](int tasks) {
    std::vector<Future> futures;
    for (int i = 0; i < tasks; ++i) {
      futures.push_back(pool.submit());
      if (futures.size() < 2000) continue;
      for (const Future& future : futures) future.wait();
      futures.clear();
    }
    pool.wait();
  };
  run(20'000);
  const std::uint64_t before = resident_bytes();
  run(1'000'000);
  EXPECT_EQ(pool.counts().succeeded, 1'020'000u);
  EXPECT_LT(resident_bytes(), before + (8u << 20)) << "a byte a task would be a megabyte";
}

}  // namespace
}  // namespace ropewalk::test
