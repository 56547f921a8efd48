#include "run/task_table.hpp"

#include <gmock/gmock.h>

#include <set>
#include <utility>

namespace ropewalk {
namespace {

using enum TaskState;
constexpr TaskState kStates[] = {pending, ready, dispatched, waiting, ended};
static_assert(std::size(kStates) == kTaskStates);

// The drawing of docs/internals/attempts.md, arrow by arrow.
const std::set<std::pair<TaskState, TaskState>> kDrawn = {
    {pending, ready},       // its item is there
    {pending, ended},       // skipped, or not started
    {ready, dispatched},    // to its executor
    {ready, ended},         // its parameters cannot be made, or the run stops
    {dispatched, waiting},  // the attempt failed, and has tries left
    {dispatched, ended},    // as its last attempt
    {waiting, dispatched},  // its delay is over
    {waiting, ended},       // the run stops
};

/// A table whose only task is in that state.
TaskTable in(TaskState state) {
  TaskTable table;
  table.grow(1, state == pending ? pending : ready);
  if (state == dispatched || state == waiting) table.move(0, dispatched);
  if (state == waiting || state == ended) table.move(0, state);
  return table;
}

std::string arrow(TaskState from, TaskState to) {
  return std::string(task_state_name(from)) + " -> " + std::string(task_state_name(to));
}

TEST(TaskTable, M05_EveryPairOfStatesIsAllowedIfItIsDrawnAndRefusedOtherwise) {
  for (const TaskState from : kStates)
    for (const TaskState to : kStates) EXPECT_EQ(may_move(from, to), kDrawn.contains({from, to})) << arrow(from, to);
}

TEST(TaskTable, M05_ATaskMovesAlongEachDrawnArrow) {
  for (const auto& [from, to] : kDrawn) {
    TaskTable table = in(from);
    ASSERT_EQ(table.state(0), from);
    table.move(0, to);
    EXPECT_EQ(table.state(0), to) << arrow(from, to);
  }
}

TEST(TaskTableDeathTest, M05_AMoveThatIsNotDrawnIsAnAssertion) {
#ifdef NDEBUG
  GTEST_SKIP() << "assertions are switched off";
#endif
  for (const TaskState from : kStates)
    for (const TaskState to : kStates) {
      if (kDrawn.contains({from, to})) continue;
      EXPECT_DEATH(
          {
            TaskTable table = in(from);
            table.move(0, to);
          },
          "may_move")
          << arrow(from, to);
    }
}

TEST(TaskTable, EveryStateIsReachedAndOnlyTheLastOneIsNeverLeft) {
  std::set<TaskState> reached = {pending, ready};  // the states that tasks begin in
  for (std::size_t i = 0; i < kTaskStates; ++i)
    for (const auto& [from, to] : kDrawn)
      if (reached.contains(from)) reached.insert(to);
  EXPECT_THAT(reached, testing::UnorderedElementsAreArray(kStates));
  for (const TaskState state : kStates) {
    const bool left = std::any_of(kDrawn.begin(), kDrawn.end(), [&](const auto& move) { return move.first == state; });
    EXPECT_EQ(left, state != ended) << task_state_name(state);
  }
}

TEST(TaskTable, CountsEachTaskOnceAsItsOutcomeSays) {
  constexpr Outcome kFailures[] = {Outcome::failed,    Outcome::crashed,       Outcome::exited,
                                   Outcome::timed_out, Outcome::out_of_memory, Outcome::lost};
  TaskTable table;
  table.grow(11, ready);
  std::uint64_t index = 0;
  for (const Outcome outcome : kFailures) table.end(index++, outcome);
  for (const Outcome outcome : {Outcome::succeeded, Outcome::skipped, Outcome::cancelled, Outcome::not_started})
    table.end(index++, outcome);
  const TaskCounts& counts = table.counts();
  EXPECT_EQ(counts.failed, std::size(kFailures));
  EXPECT_EQ(counts.succeeded, 1u);
  EXPECT_EQ(counts.skipped, 1u);
  EXPECT_EQ(counts.cancelled, 1u);
  EXPECT_EQ(counts.not_started, 1u);
  EXPECT_EQ(counts.all(), 10u);
  EXPECT_EQ(table.left(), 1u);
}

TEST(TaskTable, GrowsWithoutChangingTheTasksThatItHas) {
  TaskTable table;
  table.grow(2, ready);
  table.move(0, dispatched);
  table.end(1, Outcome::not_started);
  table.grow(4, pending);
  const std::vector<TaskState> states = {table.state(0), table.state(1), table.state(2), table.state(3)};
  EXPECT_THAT(states, testing::ElementsAre(dispatched, ended, pending, pending));
  EXPECT_EQ(table.left(), 3u);
}

TEST(TaskTable, TasksThatHaveEndedCostNoMemoryAndHaveStillEnded) {
  constexpr std::uint64_t kTasks = 1'000'000;
  TaskTable table;
  table.grow(kTasks, ready);
  for (std::uint64_t i = 0; i < kTasks; ++i)
    if (i != 500'000) table.end(i, Outcome::succeeded);
  EXPECT_EQ(table.state(0), ended);
  EXPECT_EQ(table.state(500'000), ready);
  EXPECT_EQ(table.state(999'999), ended);
  std::uint64_t looked_at = 0, living = 0;
  for (std::uint64_t i = table.first_living(); i < table.size(); i = table.next_living(i))
    ++looked_at, living += table.state(i) != ended;
  EXPECT_EQ(living, 1u);
  EXPECT_LT(looked_at, 40'000u) << "the page of the living task, and the last one";
  EXPECT_EQ(table.left(), 1u);
}

}  // namespace
}  // namespace ropewalk
