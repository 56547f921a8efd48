#include "executors/backlog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace ropewalk {
namespace {

using testing::ElementsAre;

Deal deal_of(std::uint64_t task) { return {.task = task, .attempt = 1, .params = "p"}; }
WaitingAttempt waiting_of(std::uint64_t task) { return WaitingAttempt::of(deal_of(task)); }

std::vector<std::uint64_t> queue_of(const Backlog& backlog) {
  std::vector<std::uint64_t> tasks;
  for (std::size_t i = 0; i < backlog.queued(); ++i) tasks.push_back(backlog.queued_at(i).task);
  return tasks;
}

TEST(AttemptState, MovesAlongTheDrawnArrowsAndNoOthers) {
  using enum AttemptState;
  const std::set<std::pair<AttemptState, AttemptState>> drawn{
      {queued, dealt},    {isolated, dealt}, {refused, queued}, {refused, isolated},  //
      {dealt, running},   {dealt, queued},   {running, queued}, {running, isolated},  //
      {running, refused}, {queued, ended},   {isolated, ended}, {refused, ended},     //
      {dealt, ended},     {running, ended}};
  for (int one = 0; one < kAttemptStates; ++one)
    for (int other = 0; other < kAttemptStates; ++other) {
      const auto from = static_cast<AttemptState>(one), to = static_cast<AttemptState>(other);
      EXPECT_EQ(may_move(from, to), drawn.contains({from, to})) << one << " -> " << other;
    }
}

TEST(Backlog, KeepsTheOrderAndLetsWhatRanBeforeGoFirst) {
  Backlog backlog;
  backlog.add(deal_of(1));
  backlog.put_back(waiting_of(2), AttemptState::dealt, AttemptState::queued);
  backlog.put_back(waiting_of(3), AttemptState::running, AttemptState::queued, Backlog::Order::first);
  EXPECT_THAT(queue_of(backlog), ElementsAre(3, 1, 2));
  backlog.dealt(1);
  EXPECT_THAT(queue_of(backlog), ElementsAre(3, 2));
}

TEST(Backlog, HoldsSuspectsApart) {
  Backlog backlog;
  backlog.put_back(waiting_of(7), AttemptState::running, AttemptState::isolated);
  backlog.put_back(waiting_of(8), AttemptState::running, AttemptState::isolated);
  EXPECT_EQ(backlog.queued(), 0u);
  EXPECT_EQ(backlog.isolated(), 2u);
  EXPECT_EQ(backlog.first_isolated().task, 7u);
  backlog.dealt_isolated();
  EXPECT_EQ(backlog.first_isolated().task, 8u);
}

TEST(Backlog, AForbiddenMoveEndsTheProgram) {
  Backlog backlog;
  EXPECT_DEATH(backlog.put_back(waiting_of(1), AttemptState::dealt, AttemptState::isolated), "may_move");
}

TEST(Backlog, ReleasesTheOldestOfTheRefusedToTheQueueThatTheyCameFrom) {
  Backlog backlog;
  for (std::uint64_t task = 1; task <= 3; ++task) {
    WaitingAttempt refused = waiting_of(task);
    refused.isolated = task == 2;
    backlog.put_back(std::move(refused), AttemptState::running, AttemptState::refused);
  }
  backlog.release_refused(0);
  EXPECT_EQ(backlog.refused(), 3u);
  backlog.release_refused(2);
  EXPECT_THAT(queue_of(backlog), ElementsAre(1));
  EXPECT_EQ(backlog.first_isolated().task, 2u);
  backlog.release_refused(100);
  EXPECT_EQ(backlog.refused(), 0u);
  EXPECT_THAT(queue_of(backlog), ElementsAre(1, 3));
}

TEST(Backlog, GivesAHostTheFirstTaskThatHasNotFailedThere) {
  Backlog backlog;
  backlog.add(deal_of(1));
  backlog.add(deal_of(2));
  const std::int32_t failed[] = {100, 101};
  backlog.set_failed_on(1, failed);
  EXPECT_EQ(backlog.next_for(100), 1u);
  EXPECT_EQ(backlog.next_for(102), 0u);
  backlog.set_failed_on(2, failed);
  EXPECT_EQ(backlog.next_for(101), std::nullopt);
  EXPECT_TRUE(backlog.is_retry(2));
  backlog.forget_failures(2);
  EXPECT_EQ(backlog.next_for(101), 1u);
  EXPECT_TRUE(backlog.has_retries());
  backlog.forget_failures(1);
  EXPECT_FALSE(backlog.has_retries());
}

TEST(Backlog, GivesAllAwayWhenTheRunStops) {
  Backlog backlog;
  backlog.add(deal_of(1));
  backlog.put_back(waiting_of(2), AttemptState::running, AttemptState::isolated);
  backlog.put_back(waiting_of(3), AttemptState::running, AttemptState::refused);
  std::vector<std::uint64_t> tasks;
  for (const WaitingAttempt& one : backlog.take_all()) tasks.push_back(one.task);
  EXPECT_THAT(tasks, ElementsAre(1, 2, 3));
  EXPECT_EQ(backlog.queued() + backlog.isolated() + backlog.refused(), 0u);
}

TEST(Backlog, HasItsOwnCopyOfTheParameters) {
  Backlog backlog;
  {
    const std::string params = "of the caller";
    backlog.add({.task = 1, .attempt = 2, .params = params});
  }
  EXPECT_EQ(backlog.queued_at(0).deal().params, "of the caller");
  EXPECT_EQ(backlog.queued_at(0).deal().attempt, 2u);
}

}  // namespace
}  // namespace ropewalk
