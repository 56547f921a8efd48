// The run loop in a world that is drawn from a seed: a plan, an executor, a clock, a record, and what goes wrong with
// each of them. Every event and every dispatch is compared with what must always hold, so that a violation is found at
// the step where it happens. A run may be killed at any step; a further session then continues it with what its record
// had committed. ROPEWALK_SEED=N repeats one seed, ROPEWALK_SEEDS=N runs more of them.

#include "support/fake_run.hpp"
#include "support/live_bytes.hpp"

#include <ropewalk/observer_list.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

constexpr std::uint64_t kSeeds = 100'000, kParts = 4;
constexpr int kMaxWaits = 5000, kMaxSessions = 4;

using Task = std::pair<std::uint32_t, std::uint64_t>;  // stage and index

struct Wrong : std::logic_error {
  using std::logic_error::logic_error;
};
struct Killed {};

void check(bool holds, const char* what) {
  if (!holds) throw Wrong(what);
}

/// Splitmix64: the same numbers everywhere.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15) {}
  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31)) % limit;
  }
  bool once_in(std::uint64_t times) { return below(times) == 0; }

 private:
  std::uint64_t state_;
};

std::int64_t value_of(Task task) { return static_cast<std::int64_t>(1000 * task.first + task.second); }

/// What the record has committed.
struct Committed {
  std::set<Task> succeeded;
  std::map<Task, std::uint64_t> keys;
};

/// All that is known of one session, and all that must hold in it.
class World {
 public:
  World(Chance& chance, const Plan& plan, Committed& committed)
      : chance(chance), plan(plan), committed(committed), stages(plan.stages.size()) {}

  struct Stage {
    bool started = false, finished = false, broken = false, closed = false;
    std::uint64_t ended = 0;
    TaskCounts counts = {};
    std::map<std::uint64_t, std::uint32_t> running = {};   // index and attempt, at the executor
    std::map<std::uint64_t, std::uint32_t> attempts = {};  // the last one that was dealt
    std::set<std::uint64_t> done = {};                     // tasks that have ended
  };

  void dealt(std::uint32_t number, const Deal& deal) {
    Stage& stage = stages[number];
    check(!closed, "a task was dispatched after the run was to dispatch nothing more");
    check(stage.started && !stage.finished && !stage.broken && !stage.closed, "a stage dispatched out of its turn");
    check(!stage.done.contains(deal.task), "a task was dispatched after its end");
    check(!committed.succeeded.contains({number, deal.task}), "a committed task was dispatched");
    check(stage.running.emplace(deal.task, deal.attempt).second, "two attempts of a task at once");
    check(deal.attempt == stage.attempts[deal.task] + 1, "an attempt was left out or repeated");
    stage.attempts[deal.task] = deal.attempt;
    check(deal.attempt <= 1 + plan.stages[number].retries.max * kRetryKinds, "more attempts than 'retries' allows");
  }

  Chance& chance;
  const Plan& plan;
  Committed& committed;
  std::vector<Stage> stages;
  bool closed = false;     // nothing more may be dispatched
  bool disturbed = false;  // by a stop, a problem or a loss: not every task has to end well
  int stop = 0;
  std::int64_t now_ns = kSecond;
};

/// Ends what it runs in any way and order, and sometimes reports what nobody asked for.
class DrawnExecutor final : public Executor {
 public:
  DrawnExecutor(World& world, std::uint32_t stage, unsigned workers)
      : world_(world), number_(stage), workers_(workers) {}
  std::size_t room() override {
    return halted_ || world_.chance.once_in(8) ? 0 : workers_ - std::min<std::size_t>(workers_, stage().running.size());
  }
  void deal(std::span<const Deal> tasks) override {
    check(!halted_, "a task was dispatched to an executor that was halted");
    check(stage().running.size() + tasks.size() <= workers_, "more tasks than there is room for");
    for (const Deal& task : tasks) world_.dealt(number_, task);
  }
  void drain(ExecutorListener& listener, bool) override {
    if (broken_) return;
    std::vector<AttemptResult> ended;
    for (auto next = stage().running.begin(); next != stage().running.end();) {
      const auto [task, attempt] = *next;
      if (world_.chance.once_in(2)) {
        ++next;
        continue;
      }
      next = stage().running.erase(next);
      ended.push_back(end(task, attempt, drawn_outcome()));
    }
    if (world_.chance.once_in(30)) add_false_ends(ended);
    listener.ended(ended);
    if (!world_.chance.once_in(400)) return;
    broken_ = stage().broken = world_.disturbed = true;
    stage().running.clear();
    listener.broken({"R104", "the stage is broken"});
  }
  std::int64_t look_again_ns() override { return std::numeric_limits<std::int64_t>::max(); }
  void halt(Halt halt, ExecutorListener& listener) override {
    halted_ = true;
    stage().closed = true;
    if (broken_) return;
    std::vector<AttemptResult> ended;
    for (auto next = stage().running.begin(); next != stage().running.end();) {
      const auto [task, attempt] = *next;
      const bool goes_on = halt != Halt::kill_running && !world_.chance.once_in(3);
      if (goes_on) {
        ++next;
        continue;
      }
      next = stage().running.erase(next);
      ended.push_back(end(task, attempt, halt == Halt::start_nothing ? Outcome::not_started : Outcome::cancelled));
    }
    if (!ended.empty()) listener.ended(ended);
  }
  std::size_t in_flight() const override { return world_.stages[number_].running.size(); }
  std::uint32_t hosts() const override { return 1; }

 private:
  World::Stage& stage() { return world_.stages[number_]; }

  Outcome drawn_outcome() {
    static constexpr std::array kBad{Outcome::failed,    Outcome::crashed,       Outcome::exited,
                                     Outcome::timed_out, Outcome::out_of_memory, Outcome::lost};
    return world_.chance.once_in(5) ? kBad[world_.chance.below(kBad.size())] : Outcome::succeeded;
  }

  AttemptResult end(std::uint64_t task, std::uint32_t attempt, Outcome outcome) {
    const bool good = outcome == Outcome::succeeded;
    std::string& payload = good ? results_[task] : *payload_;
    if (good && payload.empty())
      board::encode_fields(std::vector{Type::integer}, std::vector<Value>{value_of({number_, task})}, payload);
    AttemptResult ended{.task = task, .attempt = attempt, .outcome = outcome, .payload = payload};
    ended.started_ns = outcome == Outcome::not_started ? 0 : world_.now_ns;
    ended.host = static_cast<std::int32_t>(1 + world_.chance.below(3));
    if (outcome == Outcome::failed && world_.chance.once_in(3)) ended.kind = FailureKind::transient;
    if (outcome == Outcome::failed && world_.chance.once_in(3)) ended.kind = FailureKind::permanent;
    return ended;
  }

  /// Ends of attempts that are over, were never dealt, or do not exist.
  void add_false_ends(std::vector<AttemptResult>& ended) {
    if (!ended.empty()) ended.push_back(ended[world_.chance.below(ended.size())]);
    const std::uint64_t task = world_.chance.below(8);
    const auto running = stage().running.find(task);
    if (running == stage().running.end() && stage().done.contains(task))
      ended.push_back(end(task, 1, Outcome::succeeded));
    if (running != stage().running.end()) ended.push_back(end(task, running->second + 1, Outcome::succeeded));
    ended.push_back(end(1'000'000 + task, 1, Outcome::succeeded));
  }

  World& world_;
  const std::uint32_t number_;
  const unsigned workers_;
  bool halted_ = false, broken_ = false;
  std::map<std::uint64_t, std::string> results_;
  std::unique_ptr<std::string> payload_ = std::make_unique<std::string>("no");
};

struct DrawnExecutors final : ExecutorFactory {
  explicit DrawnExecutors(World& world) : world(world) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override {
    if (world.chance.once_in(300)) {
      world.disturbed = true;
      return Errors(Error{"R105", "the stage cannot start"});
    }
    const auto number = static_cast<std::uint32_t>(&stage - world.plan.stages.data());
    return std::unique_ptr<Executor>(new DrawnExecutor(world, number, setting.workers));
  }
  World& world;
};

/// Time passes when the run waits. At drawn waits somebody stops the run, the record has a problem, the warden is lost,
/// or the engine is killed.
class DrawnMachine final : public Machine {
 public:
  DrawnMachine(World& world, bool may_be_killed) : world_(world) {
    const auto drawn = [&](std::uint64_t once_in) {
      return world.chance.once_in(once_in) ? static_cast<int>(world.chance.below(12)) : kMaxWaits;
    };
    stop_at_ = drawn(8), kill_at_ = drawn(16), problem_at_ = drawn(8), lost_at_ = drawn(30);
    killed_at_ = may_be_killed ? drawn(3) : kMaxWaits;
  }
  std::int64_t now_ns() override { return world_.now_ns; }
  std::int64_t timer_ns() override { return world_.now_ns; }
  std::int64_t suspended_ns() override { return 0; }
  double random() override { return static_cast<double>(world_.chance.below(100)) / 100; }
  int stop_asked() override {
    if (world_.stop != 0) world_.closed = world_.disturbed = true;
    return world_.stop;
  }
  std::string problem() override {
    if (waits_ <= problem_at_) return {};
    world_.closed = world_.disturbed = true;
    return "the record is full";
  }
  bool wait(std::int64_t until_ns) override {
    check(++waits_ < kMaxWaits, "the run does not end");
    if (waits_ > killed_at_) throw Killed();
    if (waits_ > stop_at_) world_.stop = std::max(world_.stop, 1);
    if (waits_ > kill_at_) world_.stop = 2;
    check(until_ns > world_.now_ns - kSecond, "the run waits for the past");
    world_.now_ns = std::max(world_.now_ns, until_ns - static_cast<std::int64_t>(world_.chance.below(2)) * 1'000'000);
    if (waits_ <= lost_at_) return true;
    world_.closed = world_.disturbed = true;
    return false;
  }

 private:
  World& world_;
  int waits_ = 0, stop_at_, kill_at_, problem_at_, lost_at_, killed_at_;
};

/// Compares each event with what was before it, and keeps the record.
class Watch final : public Observer, public KeptTasks {
 public:
  explicit Watch(World& world) : world_(world) {}

  void stage_started(std::int64_t, const StageStarted& event) override {
    World::Stage& stage = world_.stages[event.stage];
    check(!std::exchange(stage.started, true) && !stage.finished, "a stage started twice");
    const PlannedStage& planned = world_.plan.stages[event.stage];
    for (const std::uint32_t needed : planned.needs)
      check(world_.stages[needed].finished || planned.streams_from == needed, "a stage started before its needs");
    if (!planned.streams_from) return;
    const World::Stage& source = world_.stages[*planned.streams_from];
    check(source.started || source.finished, "a stream without its source");  // finished: it was left out
  }
  void tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) override {
    World::Stage& stage = world_.stages[number];
    for (const TaskFinished& task : tasks) {
      check(stage.started && !stage.finished, "a task ended outside of its stage");
      check(!stage.done.contains(task.index), "a task ended twice");
      check(!stage.running.contains(task.index) || stage.broken, "a task ended while an attempt of it ran");
      check(task.kept || task.attempt == 0 || task.attempt == stage.attempts[task.index] ||
                (task.attempt == 1 && stage.attempts[task.index] == 0),
            "an attempt ended that was not the last one");
      check(task.kept ==
                (world_.committed.succeeded.contains({number, task.index}) && task.outcome == Outcome::succeeded),
            "a task was kept that was not recorded, or the reverse");
      if (!task.last) continue;
      stage.done.insert(task.index);
      stage.counts.add(task.outcome);
      ++stage.ended;
      if (!task.kept && task.outcome == Outcome::succeeded) uncommitted_.insert({number, task.index});
      if (is_failure(task.outcome) && world_.plan.stages[number].on_error == OnError::stop)
        world_.closed = world_.disturbed = true;
    }
    if (world_.chance.once_in(2)) commit();
  }
  void stage_finished(std::int64_t, const StageFinished& event) override {
    World::Stage& stage = world_.stages[event.stage];
    check(!std::exchange(stage.finished, true), "a stage ended twice");
    check(stage.running.empty(), "a stage ended while its tasks ran");
    check(stage.ended == event.tasks && event.counts.all() == event.tasks, "a stage ended before its tasks");
    check(stage.counts.succeeded == event.counts.succeeded && stage.counts.failed == event.counts.failed &&
              stage.counts.skipped == event.counts.skipped && stage.counts.cancelled == event.counts.cancelled &&
              stage.counts.not_started == event.counts.not_started,
          "the counts of a stage are not those of its tasks");
    // What failed upstream and was ignored there is missing in a stream.
    const std::uint64_t missing = world_.plan.stages[event.stage].streams_from ? event.counts.skipped : 0;
    const bool all_good = event.counts.succeeded + missing == event.tasks;
    check(event.outcome != Outcome::succeeded || all_good, "a stage succeeded without its tasks");
    check(stage.started || event.tasks == 0, "a stage has tasks and never started");
  }
  void run_finished(std::int64_t, const RunFinished& event) override {
    check(!std::exchange(finished_, true), "the run ended twice");
    check(event.why.find("lost track") == event.why.npos, "the engine has lost track of a task");
    for (std::size_t i = 0; i < world_.stages.size(); ++i) {
      const World::Stage& stage = world_.stages[i];
      check(stage.finished, "the run ended before its stages");
      const bool forgiven = world_.plan.stages[i].on_error == OnError::ignore;
      check(event.outcome != Outcome::succeeded || stage.counts.failed == 0 || forgiven,
            "the run succeeded, and a task did not");
    }
    commit();
  }
  KeptTask find(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                std::span<const TaskFile>) override {
    check(key.has_value(), "a task without secrets has no key");
    const auto [known, is_new] = world_.committed.keys.emplace(Task(stage, index), *key);
    check(known->second == *key, "the key of a task changed between sessions");
    if (!world_.committed.succeeded.contains({stage, index})) return {};
    return {.verdict = KeptTask::Verdict::kept, .fields = Value(Map{{"value", Value(value_of({stage, index}))}})};
  }
  bool finished() const { return finished_; }

 private:
  void commit() {
    for (const Task& task : uncommitted_)
      check(world_.committed.succeeded.insert(task).second, "a result was recorded twice");
    uncommitted_.clear();
  }

  World& world_;
  bool finished_ = false;
  std::set<Task> uncommitted_;
};

Plan drawn_plan(Chance& chance) {
  std::vector<PlannedStage> stages;
  const std::uint64_t count = 1 + chance.below(4);
  const auto rarely = chance.once_in(5);
  for (std::uint32_t number = 0; number < count; ++number) {
    StageOptions options{.name = std::string(1, static_cast<char>('a' + number)),
                         .workers = static_cast<unsigned>(1 + chance.below(3))};
    options.on_error = std::array{OnError::proceed, OnError::stop, OnError::ignore}[chance.below(3)];
    for (std::uint32_t needed = 0; needed < number; ++needed)
      if (chance.once_in(3)) options.needs.push_back(needed);
    if (!options.needs.empty() && chance.once_in(2)) options.streams_from = options.needs.back();
    if (!options.needs.empty() && !options.streams_from && chance.once_in(4)) options.after = After::failure;
    options.results_used = true;
    options.retries = {.max = static_cast<std::uint32_t>(chance.below(3)),
                       .max_given = chance.once_in(2),
                       .delay_ns = static_cast<std::int64_t>(chance.below(3)) * 100'000'000,
                       .jitter = chance.once_in(2) ? 0.5 : 0,
                       .when = static_cast<std::uint32_t>(chance.below(1u << kRetryKinds))};
    const std::uint64_t fails_at = rarely ? chance.below(5) : 99;
    options.with = {{.name = "item", .make = [fails_at](const Value& item, std::uint64_t index) {
                       if (index == fails_at) throw std::runtime_error("no parameter");
                       return item;
                     }}};
    stages.push_back(stage(plugin(), "task", chance.below(6), std::move(options)));
  }
  Plan made = plan(std::move(stages));
  if (chance.once_in(3)) made.jobs = static_cast<unsigned>(1 + chance.below(4));
  return made;
}

/// One session. True: it was not killed.
bool run_session(Chance& chance, const Plan& plan, Committed& committed, bool may_be_killed) {
  World world(chance, plan, committed);
  DrawnMachine machine(world, may_be_killed);
  DrawnExecutors executors(world);
  ResultStore results(plan, true);
  Fold fold(plan);
  Watch watch(world);
  ObserverList both{&fold, &watch};
  try {
    RunLoop(plan, machine, executors, results, both)
        .run({.id = "run", .grace_ns = kSecond / 2, .pass_fields = true, .keys = true, .kept = &watch});
  } catch (const Killed&) {
    return false;
  }
  check(watch.finished(), "the run returned without its end");
  const RunResult result = fold.result();
  for (std::uint32_t number = 0; number < plan.stages.size(); ++number) {
    const TaskCounts& counts = world.stages[number].counts;
    const StageResult& stage = result.stages[number];
    check(stage.tasks == counts.all() && stage.succeeded == counts.succeeded && stage.failed == counts.failed,
          "the summary's counts are not those of the tasks");
    if (!world.stages[number].started) continue;
    std::uint64_t rows = 0;
    results.visit(number, [&](const KeptResults::Row& row) {
      ++rows;
      if (row.outcome != Outcome::succeeded) return;
      check(row.value != nullptr && *row.value->as_map()->at("value").as_int() == value_of({number, row.index}),
            "a result has another value");
    });
    check(rows == counts.all() || counts.all() == 0, "a task has no row");
  }
  return true;
}

void live(std::uint64_t seed) {
  Chance chance(seed);
  const Plan plan = drawn_plan(chance);
  Committed committed;
  for (int session = 1; !run_session(chance, plan, committed, session < kMaxSessions); ++session) {
  }
}

class RandomRuns : public testing::TestWithParam<std::uint64_t> {};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST_P(RandomRuns, M05_E18_R01_Z01_WhateverGoesWrongEachTaskEndsOnceAndNothingFollowsAStop) {
  const std::uint64_t only = number_from("ROPEWALK_SEED", 0), seeds = number_from("ROPEWALK_SEEDS", kSeeds) / kParts;
  const std::uint64_t first = only != 0 ? only : 1 + GetParam() * seeds, end = only != 0 ? only + 1 : first + seeds;
  EXPECT_NO_THROW(live(first));  // what is allocated once for all runs
  const std::size_t before = live_bytes.now;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    try {
      live(seed);
    } catch (const Wrong& wrong) {
      FAIL() << wrong.what() << "; again with ROPEWALK_SEED=" << seed;
    }
  }
  EXPECT_LT(live_bytes.now, before + 64'000) << "less than three bytes a run: none keeps its memory";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRuns, testing::Range(std::uint64_t{0}, kParts));

}  // namespace
}  // namespace ropewalk::test
