// The attempt's state machine, walked in full: two tasks on two workers, and at every moment everything that may
// happen next. Whatever the order, each task ends exactly once, and the counts add up.

#include "run/run_loop.hpp"

#include "protocol/fields.hpp"
#include "support/fake_executor.hpp"
#include "events/fold.hpp"
#include "support/hand_plan.hpp"

#include <ropewalk/observer_list.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kTasks = 2;
constexpr int kMaxWaits = 200, kNoMoreWaits = -1000;

/// One path through a tree of choices; next() goes to the next path until all have been taken.
class Choices {
 public:
  std::size_t choose(std::size_t options) {
    if (at_ == path_.size()) path_.push_back({0, options});
    return path_[at_++].taken;
  }
  bool next() {
    at_ = 0;
    while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }
  std::string text() const {
    std::string text;
    for (const Step& step : path_) text += std::to_string(step.taken) + " ";
    return text;
  }

 private:
  struct Step {
    std::size_t taken, options;
  };
  std::vector<Step> path_;
  std::size_t at_ = 0;
};

/// What the executor runs, and what has been chosen to happen to it. Shared by the machine, which chooses.
struct World {
  Choices& choices;
  Outcome tried_again;
  int waits = 0;  // tasks that may be waiting for another try
  std::vector<Deal> running = {};
  std::vector<AttemptResult> ended = {};
  int stop = 0;
  std::int64_t now_ns = kSecond;
};

class ChosenExecutor final : public Executor {
 public:
  explicit ChosenExecutor(World& world) : world_(world) {}
  std::size_t room() override { return halted_ ? 0 : 2 - world_.running.size(); }
  void deal(std::span<const Deal> tasks) override {
    for (const Deal& task : tasks) {
      for (const Deal& other : world_.running) ASSERT_NE(other.task, task.task) << "two attempts of a task at once";
      world_.running.push_back(task);
      if (task.attempt > 1) --world_.waits;
    }
  }
  void drain(ExecutorListener& listener, bool) override {
    const std::vector<AttemptResult> ended = std::exchange(world_.ended, {});
    listener.ended(ended);
  }
  std::int64_t look_again_ns() override { return std::numeric_limits<std::int64_t>::max(); }
  void halt(Halt halt, ExecutorListener&) override {
    halted_ = true;
    world_.waits = kNoMoreWaits;
    if (halt != Halt::kill_running) return;
    for (const Deal& task : world_.running) world_.ended.push_back(end(task, Outcome::cancelled));
    world_.running.clear();
  }
  std::size_t in_flight() const override { return world_.running.size() + world_.ended.size(); }
  std::uint32_t hosts() const override { return 1; }

  static AttemptResult end(const Deal& task, Outcome outcome) {
    static const std::string kResult = [] {
      std::string bytes;
      board::encode_fields(std::vector{Type::integer}, std::vector<Value>{std::int64_t{1}}, bytes);
      return bytes;
    }();
    return {.task = task.task,
            .attempt = task.attempt,
            .outcome = outcome,
            .detail = 0,
            .started_ns = 1,
            .run_ns = 1,
            .cpu_ns = 0,
            .host = 1,
            .worker = 0,
            .payload = outcome == Outcome::succeeded ? std::string_view(kResult) : "no"};
  }

 private:
  World& world_;
  bool halted_ = false;
};

struct ChosenExecutors final : ExecutorFactory {
  explicit ChosenExecutors(World& world) : world(world) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage&, StageSetting) override {
    return std::unique_ptr<Executor>(new ChosenExecutor(world));
  }
  World& world;
};

/// Waiting is where something happens: any running task ends in any way, time passes, somebody asks for a stop.
class ChosenMachine final : public Machine {
 public:
  explicit ChosenMachine(World& world) : world_(world) {}
  std::int64_t now_ns() override { return world_.now_ns; }
  std::int64_t timer_ns() override { return world_.now_ns; }
  std::int64_t suspended_ns() override { return 0; }
  int stop_asked() override { return world_.stop; }
  double random() override { return 0; }
  bool wait(std::int64_t) override {
    if (!world_.ended.empty()) return true;
    static constexpr Outcome kEnds[] = {Outcome::succeeded, Outcome::crashed, Outcome::timed_out, Outcome::failed};
    std::size_t options = world_.running.size() * std::size(kEnds);
    const std::size_t stop = world_.stop < 2 ? options++ : 99, time = options == 0 || world_.waits > 0 ? options++ : 99;
    if (++waits_ > kMaxWaits) throw std::runtime_error("the run does not end");
    const std::size_t chosen = world_.choices.choose(options);
    if (chosen == stop) {
      ++world_.stop;
    } else if (chosen == time) {
      world_.now_ns += 2 * kSecond;  // enough for a retry that waits
    } else {
      finish(chosen / std::size(kEnds), kEnds[chosen % std::size(kEnds)]);
    }
    return true;
  }

 private:
  void finish(std::size_t which, Outcome outcome) {
    if (outcome == world_.tried_again && world_.running[which].attempt == 1) ++world_.waits;
    world_.ended.push_back(ChosenExecutor::end(world_.running[which], outcome));
    world_.running.erase(world_.running.begin() + static_cast<std::ptrdiff_t>(which));
  }
  World& world_;
  int waits_ = 0;
};

struct Ends final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) {
      EXPECT_EQ(last[task.index], 0) << "an attempt ended after its task";
      last[task.index] += task.last;
    }
  }
  int last[kTasks] = {};
};

void walk(RetryKind kind, Outcome tried_again, OnError on_error) {
  auto fake = std::make_shared<Plugin>();
  fake->name = "fake";
  fake->task_types.emplace_back().name = "task";
  fake->task_types[0].results.emplace_back().type = Type::integer;
  const Plan one = test::plan({test::stage(
      fake, "task", kTasks,
      {.on_error = on_error, .retries = {.max = 1, .delay_ns = kSecond, .when = 1u << static_cast<unsigned>(kind)}})});
  Choices choices;
  std::uint64_t paths = 0;
  do {
    ++paths;
    World world{.choices = choices, .tried_again = tried_again};
    ChosenMachine machine(world);
    ChosenExecutors executors(world);
    ResultStore results(one, true);
    Fold fold(one);
    Ends ends;
    ObserverList both{&fold, &ends};
    ASSERT_NO_THROW(RunLoop(one, machine, executors, results, both).run({.id = "run", .grace_ns = 3600 * kSecond}))
        << choices.text();
    const StageResult stage = fold.result().stages[0];
    for (const int last : ends.last) ASSERT_EQ(last, 1) << choices.text();
    ASSERT_EQ(stage.tasks, kTasks) << choices.text();
    ASSERT_EQ(stage.succeeded + stage.failed + stage.cancelled + stage.not_started, kTasks) << choices.text();
    ASSERT_LE(stage.retried, kTasks) << choices.text();
  } while (choices.next());
  EXPECT_GT(paths, 500u) << "the walk has to be a walk";
  testing::Test::RecordProperty("paths", static_cast<int>(paths));
}

TEST(AttemptStates, M05_EveryOrderOfEndsRetriesAndStopsEndsEachTaskOnceWhenCrashesAreTriedAgain) {
  walk(RetryKind::crash, Outcome::crashed, OnError::proceed);
}
TEST(AttemptStates, M05_EveryOrderOfEndsRetriesAndStopsEndsEachTaskOnceWhenTimeoutsAreTriedAgain) {
  walk(RetryKind::timeout, Outcome::timed_out, OnError::proceed);
}
TEST(AttemptStates, M05_EveryOrderOfEndsRetriesAndStopsEndsEachTaskOnceWhenAFailureStopsTheRun) {
  walk(RetryKind::crash, Outcome::crashed, OnError::stop);
}

}  // namespace
}  // namespace ropewalk
