// What an earlier session has done is not dispatched again, and counts like what was; a run that cannot be recorded
// stops.

#include "support/fake_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace ropewalk::test {
namespace {

/// Keeps some indices of stage 0, with the index times 100 as result, leaves others, and notes every key.
struct Keeps final : KeptTasks {
  explicit Keeps(std::set<std::uint64_t> indices, std::set<std::uint64_t> others = {})
      : kept(std::move(indices)), left(std::move(others)) {}
  KeptTask find(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                std::span<const TaskFile>) override {
    keys[{stage, index}] = key.value_or(0);
    if (stage == 0 && left.contains(index)) return {.verdict = KeptTask::Verdict::left, .message = "left"};
    if (stage != 0 || !kept.contains(index)) return {};
    return {.verdict = KeptTask::Verdict::kept,
            .fields = Value(Map{{"value", Value(static_cast<std::int64_t>(100 * index))}})};
  }
  std::set<std::uint64_t> kept, left;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> keys;
};

TEST(KeptTasks, AreNotDispatchedAndTheirResultsCount) {
  std::set<std::uint64_t> dispatched;
  FakeRun run(plan({stage(5, {.name = "a"})}), [&](std::uint64_t index, std::uint32_t) {
    dispatched.insert(index);
    return succeeds(static_cast<std::int64_t>(index));
  });
  Keeps keeps({0, 1, 3});
  run.kept = &keeps;
  const RunResult result = run.go();
  EXPECT_EQ(dispatched, (std::set<std::uint64_t>{2, 4}));
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages[0].succeeded, 5u);
  EXPECT_EQ(result.stages[0].kept, 3u);
  std::vector<std::int64_t> values;
  result.results->visit(
      0, [&](const KeptResults::Row& row) { values.push_back(*row.value->as_map()->at("value").as_int()); });
  EXPECT_THAT(values, testing::ElementsAre(0, 100, 2, 300, 4));
}

TEST(KeptTasks, TasksThatAreLeftDoNotRunAndTheStageHasNotEnded) {
  std::set<std::uint64_t> dispatched;
  FakeRun run(plan({stage(5, {.name = "a"}), stage(1, {.name = "b", .needs = {0}})}),
              [&](std::uint64_t index, std::uint32_t) {
                dispatched.insert(index);
                return succeeds();
              });
  Keeps keeps({0}, {1, 2});
  run.kept = &keeps;
  const RunResult result = run.go();
  EXPECT_EQ(dispatched, (std::set<std::uint64_t>{3, 4}));
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(result.stages[0].succeeded, 3u);
  EXPECT_EQ(result.stages[0].not_started, 2u);
  EXPECT_EQ(result.stages[0].why, "2 of 5 tasks have not ended, and were left so");
  EXPECT_EQ(result.stages[1].why, "it needs stage 'a', which has not ended");
}

TEST(KeptTasks, AKeyDependsOnTheParametersAndNothingElse) {
  Keeps first({}), second({}), other({});
  for (Keeps* keeps : {&first, &second}) {
    FakeRun run(plan({stage(3, {.name = "a"})}), [](std::uint64_t, std::uint32_t) { return succeeds(); });
    run.kept = keeps;
    run.go();
  }
  FakeRun run(plan({stage(4, {.name = "another", .executor = "thread", .workers = 1})}),
              [](std::uint64_t, std::uint32_t) { return succeeds(); });
  run.kept = &other;
  run.go();
  ASSERT_EQ(first.keys.size(), 3u);
  EXPECT_EQ(first.keys, second.keys);
  std::set<std::uint64_t> different;
  for (const auto& [task, key] : other.keys) {
    different.insert(key);
    if (task.second < 3) {
      EXPECT_EQ(key, first.keys.at(task));
    }
  }
  EXPECT_EQ(different.size(), 4u);
}

TEST(KeptTasks, AResultThatTheTaskTypeCannotHaveIsNotKept) {
  struct Wrong final : KeptTasks {
    KeptTask find(std::uint32_t, std::uint64_t index, std::optional<std::uint64_t>,
                  std::span<const TaskFile>) override {
      return {.verdict = KeptTask::Verdict::kept,
              .fields = index == 0 ? Value(Map{{"value", Value("text")}}) : Value(Map{{"other", Value(1)}})};
    }
    void refused(std::uint32_t, std::uint64_t) override { ++refusals; }
    int refusals = 0;
  } wrong;
  FakeRun run(plan({stage(2, {.name = "a"})}), [](std::uint64_t, std::uint32_t) { return succeeds(7); });
  run.kept = &wrong;
  EXPECT_EQ(run.go().stages[0].kept, 0u);
  EXPECT_EQ(wrong.refusals, 2);
}

TEST(RunLoop, R01_AProblemOfTheMachineStopsDispatchAndLetsRunningTasksEnd) {
  FakeRun run(plan({stage(100, {.name = "a", .workers = 1})}), [&run](std::uint64_t index, std::uint32_t) {
    if (index == 3) run.machine.trouble = "the record is full";
    return succeeds(0, kSecond);
  });
  const RunResult result = run.go();
  EXPECT_TRUE(result.broken);
  EXPECT_EQ(result.why, "the record is full");
  EXPECT_GT(result.stages[0].succeeded, 0u);
  EXPECT_GT(result.stages[0].not_started, 0u);
  EXPECT_EQ(result.stages[0].cancelled, 0u);
}

}  // namespace
}  // namespace ropewalk::test
