// A run that is stepped from the loop of the program: Engine::start() and Run.

#include "support/scratch.hpp"

#include <ropewalk/engine.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;

/// Counts what happens.
struct Counter final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) {
      ended += task.last;
      succeeded += task.last && task.outcome == Outcome::succeeded;
    }
    if (on_tasks) on_tasks();
  }
  void run_finished(std::int64_t, const RunFinished&) override { ++runs; }
  std::uint64_t ended = 0, succeeded = 0, runs = 0;
  std::function<void()> on_tasks = {};
};

Plan planned(Engine& engine, const std::string& stages) {
  const auto workflow = parse_workflow("ropewalk: 1\nname: by-hand\nstages:\n" + stages, "by-hand.yaml");
  if (!workflow) throw std::runtime_error(workflow.error().list.front().message);
  auto plan = engine.plan(*workflow);
  if (!plan) throw std::runtime_error(plan.error().list.front().message);
  return std::move(*plan);
}

Plan echoes(Engine& engine, int count, const std::string& executor = "process") {
  return planned(engine, "  - {name: e, task: sim.echo, executor: " + executor +
                             ", foreach: {range: " + std::to_string(count) + "}, with: {value: '${{ item }}'}}\n");
}

/// Nothing is waited for but events: no step is taken unless the descriptor is readable.
RunResult poll_to_end(ropewalk::Run& run) {
  pollfd events{.fd = *run.fd(), .events = POLLIN, .revents = 0};
  do {
    if (::poll(&events, 1, -1) < 0 && errno != EINTR) throw std::runtime_error("poll failed");
  } while (*run.step());
  return *run.wait();
}

std::vector<std::string> values_of(const RunResult& result) {
  std::vector<std::string> values;
  result.results->visit(0,
                        [&](const KeptResults::Row& row) { values.push_back(row.value ? to_json(*row.value) : ""); });
  return values;
}

class OfAnExecutor : public testing::TestWithParam<const char*> {};

TEST_P(OfAnExecutor, GivesTheResultOfARunThatBlocks) {
  Engine engine;
  const Plan plan = echoes(engine, 1000, GetParam());
  Counter stepped, blocking;
  auto run = engine.start(plan, stepped, {.keep_results = true});
  ASSERT_TRUE(run);
  const RunResult result = poll_to_end(*run);
  const RunResult other = engine.run(plan, blocking, {.keep_results = true});
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages.at(0).succeeded, 1000u);
  EXPECT_EQ(stepped.succeeded, 1000u);
  EXPECT_EQ(stepped.runs, 1u);
  EXPECT_EQ(values_of(result), values_of(other));
}

INSTANTIATE_TEST_SUITE_P(SteppedRun, OfAnExecutor, testing::Values("serial", "thread", "process", "process-per-task"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::erase(text, '-');
                           return text;
                         });

TEST(SteppedRun, AStepDoesNotWaitForATask) {
  const Scratch scratch;
  Engine engine;
  const std::string fifo = scratch / "gate";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // The task ends when this test, which steps the run, has opened the other end.
  const Plan plan = planned(engine, "  - {name: gate, task: shell.run, with: {argv: [cat, '" + fifo + "']}}\n");
  Counter counter;
  auto run = engine.start(plan, counter);
  ASSERT_TRUE(run);
  pollfd events{.fd = *run->fd(), .events = POLLIN, .revents = 0};
  for (bool goes_on = true; goes_on; goes_on = *run->step()) {
    const int gate = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // refused until the task reads
    if (gate >= 0) ::close(gate);                                              // which ends the task
    ::poll(&events, 1, 10);
  }
  EXPECT_EQ(counter.succeeded, 1u);
  EXPECT_EQ(run->wait()->outcome, Outcome::succeeded);
}

TEST(SteppedRun, TwoEnginesShareOneLoop) {
  Engine first, second;
  const Plan one = echoes(first, 300), two = echoes(second, 300, "thread");
  Counter of_one, of_two;
  auto a = first.start(one, of_one), b = second.start(two, of_two);
  ASSERT_TRUE(a && b);
  std::array<ropewalk::Run*, 2> runs{&*a, &*b};
  std::array<bool, 2> goes_on{true, true};
  while (goes_on[0] || goes_on[1]) {
    std::array<pollfd, 2> events{};
    for (std::size_t i = 0; i < runs.size(); ++i)
      events[i] = {.fd = goes_on[i] ? *runs[i]->fd() : -1, .events = POLLIN, .revents = 0};
    ::poll(events.data(), events.size(), -1);
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (events[i].revents != 0) goes_on[i] = *runs[i]->step();
  }
  EXPECT_EQ(of_one.succeeded, 300u);
  EXPECT_EQ(of_two.succeeded, 300u);
}

TEST(SteppedRun, EnginesRunInSeveralThreads) {
  std::array<Counter, 3> counters;
  std::vector<std::thread> threads;
  for (Counter& counter : counters)
    threads.emplace_back([&counter] {
      Engine engine;
      const Plan plan = echoes(engine, 200);
      auto run = engine.start(plan, counter);
      poll_to_end(*run);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Counter& counter : counters) EXPECT_EQ(counter.succeeded, 200u);
}

TEST(SteppedRun, IsStoppedByAnObserver) {
  Engine engine;
  const Plan plan = planned(engine,
                            "  - {name: s, task: sim.sleep, foreach: {range: 1000}, executor: process, with: {seconds: "
                            "0.001}}\n");
  Counter counter;
  counter.on_tasks = [&] { engine.stop(StopLevel::kill); };
  auto run = engine.start(plan, counter);
  ASSERT_TRUE(run);
  const RunResult result = poll_to_end(*run);
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  EXPECT_LT(counter.succeeded, 1000u);
  EXPECT_EQ(counter.ended, 1000u) << "every task has an end";
}

TEST(SteppedRun, ThatIsDestroyedKillsItsTasksAndFreesItsEngine) {
  Engine engine;
  const Plan endless = planned(engine, "  - {name: s, task: sim.sleep, with: {seconds: 100000}}\n");
  Counter counter;
  {
    auto run = engine.start(endless, counter);
    ASSERT_TRUE(run);
    ASSERT_TRUE(*run->step());
  }
  EXPECT_EQ(counter.runs, 1u);
  EXPECT_EQ(counter.ended, 1u);
  EXPECT_EQ(engine.run(echoes(engine, 3)).stages.at(0).succeeded, 3u);
}

TEST(SteppedRun, ThatOutlivesItsEngineWasKilledAndHasItsResult) {
  Counter counter;
  auto engine = std::make_unique<Engine>();
  const Plan endless = planned(*engine, "  - {name: s, task: sim.sleep, with: {seconds: 100000}}\n");
  auto run = engine->start(endless, counter);
  ASSERT_TRUE(run && *run->step());
  engine.reset();
  EXPECT_EQ(counter.ended, 1u);
  EXPECT_FALSE(*run->step());
  EXPECT_EQ(Errors(run->fd().error()).list.front().code, "R402");
  EXPECT_EQ(run->wait()->outcome, Outcome::cancelled);
}

TEST(SteppedRun, MisuseIsAnError) {
  Engine engine;
  const Plan plan = echoes(engine, 3);
  Counter counter;
  auto run = engine.start(plan, counter);
  ASSERT_TRUE(run);
  const auto second = engine.start(plan, counter);
  ASSERT_FALSE(second);
  EXPECT_EQ(Errors(second.error()).list.front().code, "R401");
  const RunResult refused = engine.run(plan);
  EXPECT_TRUE(refused.broken);
  EXPECT_THAT(refused.why, HasSubstr("one at a time"));
  ropewalk::Run moved = std::move(*run);
  EXPECT_EQ(Errors(run->step().error()).list.front().code, "R402");
  EXPECT_EQ(moved.wait()->stages.at(0).succeeded, 3u);
  EXPECT_EQ(Errors(moved.step().error()).list.front().code, "R402");
  EXPECT_EQ(Errors(moved.wait().error()).list.front().code, "R402");
  EXPECT_EQ(Errors(moved.fd().error()).list.front().code, "R402");
}

TEST(SteppedRun, AfterItsEndStepsSayThatItHasEndedAndTheResultWaits) {
  Engine engine;
  const Plan plan = echoes(engine, 3);
  Counter counter;
  auto run = engine.start(plan, counter);
  ASSERT_TRUE(run);
  pollfd events{.fd = *run->fd(), .events = POLLIN, .revents = 0};
  do ::poll(&events, 1, -1);
  while (*run->step());
  EXPECT_FALSE(*run->step());
  EXPECT_EQ(::poll(&events, 1, -1), 1) << "a loop hears of the end, however late it looks";
  EXPECT_EQ(counter.runs, 1u);
  EXPECT_EQ(run->wait()->stages.at(0).succeeded, 3u);
}

// --- programs that have a life of their own ---

TEST(SteppedRun, LivesBesideAHandlerThatWaitsForEveryChild) {
  struct sigaction reaps {};
  struct sigaction before {};
  reaps.sa_handler = [](int) {
    const int error = errno;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    errno = error;
  };
  reaps.sa_flags = SA_RESTART;
  ::sigaction(SIGCHLD, &reaps, &before);
  {
    Engine engine;
    Counter counter;
    const Plan plan = echoes(engine, 100, "process-per-task");
    auto run = engine.start(plan, counter);
    ASSERT_TRUE(run);
    poll_to_end(*run);
    EXPECT_EQ(counter.succeeded, 100u);
  }
  ::sigaction(SIGCHLD, &before, nullptr);
}

TEST(SteppedRun, LivesInAProgramThatBlocksEverySignal) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  {
    Engine engine;
    Counter counter;
    const Plan plan = planned(engine,
                              "  - {name: e, task: shell.run, on_error: ignore, foreach: {range: 5}, with: {argv: [sh, "
                              "-c, 'kill -TERM $$; sleep 100000']}}\n");
    auto run = engine.start(plan, counter);
    ASSERT_TRUE(run);
    poll_to_end(*run);
    EXPECT_EQ(counter.ended, 5u) << "a signal ends a command, although the program blocks it";
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(SteppedRun, LivesInAProgramWithTenThousandDescriptors) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit before = limit;
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max < 11'000) GTEST_SKIP() << "the hard limit is " << limit.rlim_max << " descriptors";
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> open;
  while (open.size() < 10'000) open.push_back(::open("/dev/null", O_RDONLY));  // inherited by what is started
  {
    Engine engine;
    Counter counter;
    const Plan plan = echoes(engine, 100);
    auto run = engine.start(plan, counter);
    ASSERT_TRUE(run);
    poll_to_end(*run);
    EXPECT_EQ(counter.succeeded, 100u);
  }
  for (const int fd : open) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(SteppedRun, GoesOnInAParentThatForks) {
  Engine engine;
  Counter counter;
  const Plan plan = echoes(engine, 1000);
  auto run = engine.start(plan, counter);
  ASSERT_TRUE(run);
  (void)*run->step();
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();  // with everything that it has inherited
    ::_exit(0);
  }
  poll_to_end(*run);
  EXPECT_EQ(counter.succeeded, 1000u);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace ropewalk::test
