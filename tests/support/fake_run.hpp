#pragma once
// The run loop with a fake executor and a clock that advances only when the loop waits: no processes, no real time.

#include "run/run_loop.hpp"

#include "protocol/fields.hpp"
#include "support/fake_executor.hpp"
#include "events/fold.hpp"
#include "support/hand_plan.hpp"

#include <ropewalk/observer_list.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ropewalk::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;

inline std::shared_ptr<const Plugin> plugin() {
  static const auto plugin = [] {
    auto made = std::make_shared<Plugin>();
    made->name = "fake";
    TaskDescription type;
    type.name = "task";
    type.params.emplace_back().name = "item";
    type.results.emplace_back().name = "value";
    type.results.back().type = Type::integer;
    made->task_types.push_back(std::move(type));
    return std::shared_ptr<const Plugin>(made);
  }();
  return plugin;
}
inline PlannedStage stage(std::uint64_t tasks, StageOptions options) {
  options.with = {{.name = "item", .make = [](const Value& item, std::uint64_t) { return item; }}};
  return stage(plugin(), "task", tasks, std::move(options));
}
inline FakeTask succeeds(std::int64_t value = 0, std::int64_t takes_ns = 0) {
  FakeTask task{.takes_ns = takes_ns};
  board::encode_fields(std::vector{Type::integer}, std::vector<Value>{value}, task.payload);
  return task;
}
inline FakeTask fails(std::string message) { return {.outcome = Outcome::failed, .payload = std::move(message)}; }

/// Records the order of events as readable text.
struct Story final : Observer {
  void stage_started(std::int64_t, const StageStarted& e) override { lines.push_back("start " + std::string(e.name)); }
  void stage_listed(std::int64_t, const StageListed& e) override {
    lines.push_back(std::string(e.name) + " has " + std::to_string(e.tasks));
  }
  void stage_finished(std::int64_t, const StageFinished& e) override {
    lines.push_back("end " + std::string(e.name) + " " + std::string(outcome_name(e.outcome)));
  }
  void task_result(std::int64_t, std::uint32_t, std::uint64_t index, const Value& fields) override {
    results.emplace_back(index, fields);
  }
  void warning(std::int64_t, const Warning& e) override { warnings.emplace_back(e.text); }
  std::vector<std::string> lines, warnings;
  std::vector<std::pair<std::uint64_t, Value>> results;  // in the order of completion
};

struct FakeRun {
  explicit FakeRun(Plan given, FakeExecutor::Script script)
      : plan(std::move(given)), executors(machine, std::move(script)) {}
  RunResult go(std::int64_t grace_ns = kSecond) {
    const auto results = std::make_shared<ResultStore>(plan, true);
    Fold fold(plan);
    ObserverList both{&fold, &story};
    RunLoop(plan, machine, executors, *results, both)
        .run({.id = "run",
              .grace_ns = grace_ns,
              .report_results = report_results,
              .keys = kept != nullptr,
              .kept = kept});
    RunResult result = fold.result();
    result.results = results;
    return result;
  }
  Plan plan;
  bool report_results = false;
  KeptTasks* kept = nullptr;  // not owned
  FakeMachine machine;
  FakeExecutors executors;
  Story story;
};

}  // namespace ropewalk::test
