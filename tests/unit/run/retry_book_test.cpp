#include "run/retry_book.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
using Verdict = RetryBook::Verdict;

Verdict fail(RetryBook& book, std::uint64_t task, std::uint32_t attempt, RetryKind kind, std::int64_t now = 0,
             double random = 0) {
  return book.attempt_failed(task, kind, {attempt, Outcome::failed, "why", {}, 0}, now, random);
}

/// When the n-th extra try of a task begins, each failing at once.
std::vector<std::int64_t> delays(const Retries& rules, int tries, double random = 0) {
  RetryBook book(rules);
  std::vector<std::int64_t> delays;
  for (int i = 1; i <= tries; ++i) {
    EXPECT_EQ(fail(book, 7, static_cast<std::uint32_t>(i), RetryKind::error, 0, random), Verdict::again);
    delays.push_back(book.next_due_ns());
    std::uint64_t task = 0;
    std::uint32_t attempt = 0;
    EXPECT_TRUE(book.take_due(delays.back(), task, attempt));
    EXPECT_EQ(task, 7u);
    EXPECT_EQ(attempt, static_cast<std::uint32_t>(i) + 1);
  }
  return delays;
}

TEST(RetryBook, WithoutRetriesNothingIsTriedAgain) {
  RetryBook book({});
  EXPECT_EQ(fail(book, 0, 1, RetryKind::error), Verdict::no);
  EXPECT_EQ(book.next_due_ns(), std::numeric_limits<std::int64_t>::max());
}

TEST(RetryBook, EachKindHasABudgetOfItsOwn) {
  RetryBook book({.max = 2});
  std::uint32_t attempt = 0;
  for (const RetryKind kind : {RetryKind::error, RetryKind::transient, RetryKind::timeout, RetryKind::memory})
    for (int i = 0; i < 2; ++i) EXPECT_EQ(fail(book, 0, ++attempt, kind), Verdict::again) << static_cast<int>(kind);
  EXPECT_EQ(fail(book, 0, ++attempt, RetryKind::transient), Verdict::no);
}

TEST(RetryBook, BudgetsOfTasksAreApart) {
  RetryBook book({.max = 1});
  EXPECT_EQ(fail(book, 0, 1, RetryKind::error), Verdict::again);
  EXPECT_EQ(fail(book, 1, 1, RetryKind::error), Verdict::again);
  EXPECT_EQ(fail(book, 0, 2, RetryKind::error), Verdict::no);
}

TEST(RetryBook, OnlyTheKindsOfWhenAreTriedAgain) {
  RetryBook book({.max = 5, .when = 1u << static_cast<unsigned>(RetryKind::timeout)});
  EXPECT_EQ(fail(book, 0, 1, RetryKind::error), Verdict::no);
  EXPECT_EQ(fail(book, 1, 1, RetryKind::timeout), Verdict::again);
}

TEST(RetryBook, ExitCodesAreTriedAgainAndLeftOutBesideKinds) {
  const auto verdict = [](const Retries& rules, RetryKind kind, std::optional<std::int32_t> code) {
    RetryBook book(rules);
    return book.attempt_failed(0, kind, {1, Outcome::failed, "why", {}, 0, code}, 0, 0);
  };
  Retries codes{.max = 5, .when = 0};
  codes.when_exit.set(75).set(111);
  EXPECT_EQ(verdict(codes, RetryKind::error, 75), Verdict::again);
  EXPECT_EQ(verdict(codes, RetryKind::error, 1), Verdict::no);
  EXPECT_EQ(verdict(codes, RetryKind::error, std::nullopt), Verdict::no);
  EXPECT_EQ(verdict(codes, RetryKind::error, 1000), Verdict::no);
  codes.when = 1u << static_cast<unsigned>(RetryKind::timeout);
  EXPECT_EQ(verdict(codes, RetryKind::timeout, std::nullopt), Verdict::again) << "either";
  Retries most{.max = 5, .unless = 1u << static_cast<unsigned>(RetryKind::crash)};
  most.unless_exit.set(2);
  EXPECT_EQ(verdict(most, RetryKind::error, 1), Verdict::again);
  EXPECT_EQ(verdict(most, RetryKind::error, 2), Verdict::no);
  EXPECT_EQ(verdict(most, RetryKind::crash, std::nullopt), Verdict::no);
}

TEST(RetryBook, AnExitCodeIsThatOfTheProcessOrOfAProgramThatItRan) {
  EXPECT_EQ(exit_code_of(Outcome::exited, 0), 0);
  EXPECT_EQ(exit_code_of(Outcome::failed, 75), 75);
  EXPECT_EQ(exit_code_of(Outcome::failed, 0), std::nullopt) << "the task itself failed";
  EXPECT_EQ(exit_code_of(Outcome::crashed, 11), std::nullopt) << "a signal";
}

TEST(RetryBook, M08_DelaysGrowByTheBackoffUpToTheLongest) {
  EXPECT_THAT(delays({.max = 5, .delay_ns = kSecond, .backoff = 2, .max_delay_ns = 6 * kSecond}, 5),
              testing::ElementsAre(kSecond, 2 * kSecond, 4 * kSecond, 6 * kSecond, 6 * kSecond));
}

TEST(RetryBook, M08_JitterCutsADelayByAtMostItsShare) {
  EXPECT_THAT(delays({.max = 1, .delay_ns = 8 * kSecond, .jitter = 0.5}, 1, 0.5), testing::ElementsAre(6 * kSecond));
}

TEST(RetryBook, ADelayThatIsLongerThanTheLongestIsKept) {
  EXPECT_THAT(delays({.max = 2, .delay_ns = 100 * kSecond, .max_delay_ns = kSecond}, 2),
              testing::ElementsAre(100 * kSecond, 100 * kSecond));
}

TEST(RetryBook, W10_AfterThreeCrashesATaskIsQuarantinedUnlessMaxSaysMore) {
  RetryBook careful({.max = 10}), insisting({.max = 10, .max_given = true});
  for (std::uint32_t attempt = 1; attempt <= 2; ++attempt)
    EXPECT_EQ(fail(careful, 0, attempt, RetryKind::crash), Verdict::again);
  EXPECT_EQ(fail(careful, 0, 3, RetryKind::crash), Verdict::quarantined);
  for (std::uint32_t attempt = 1; attempt <= 10; ++attempt)
    EXPECT_EQ(fail(insisting, 0, attempt, RetryKind::crash), Verdict::again);
  EXPECT_EQ(fail(insisting, 0, 11, RetryKind::crash), Verdict::no);
}

TEST(RetryBook, NothingIsDueBeforeItsTime) {
  RetryBook book({.max = 1, .delay_ns = kSecond});
  fail(book, 3, 1, RetryKind::error, 5 * kSecond);
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  EXPECT_FALSE(book.take_due(6 * kSecond - 1, task, attempt));
  EXPECT_TRUE(book.take_due(6 * kSecond, task, attempt));
  EXPECT_FALSE(book.take_due(100 * kSecond, task, attempt)) << "once";
}

TEST(RetryBook, WhatWaitsWhenTheRunStopsIsGivenBackWithItsLastFailure) {
  RetryBook book({.max = 1, .delay_ns = kSecond});
  fail(book, 3, 1, RetryKind::error);
  const auto all = book.take_all();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first, 3u);
  EXPECT_EQ(all[0].second.message, "why");
  EXPECT_EQ(all[0].second.attempt, 1u);
  EXPECT_TRUE(book.take_all().empty());
}

TEST(RetryBook, OnlyFailuresOfTheTaskAreReasonsToTryAgain) {
  EXPECT_EQ(retry_kind(Outcome::failed, FailureKind::error), RetryKind::error);
  EXPECT_EQ(retry_kind(Outcome::failed, FailureKind::transient), RetryKind::transient);
  EXPECT_EQ(retry_kind(Outcome::failed, FailureKind::permanent), std::nullopt);
  EXPECT_EQ(retry_kind(Outcome::exited, FailureKind::error), RetryKind::error);
  EXPECT_EQ(retry_kind(Outcome::crashed, FailureKind::error), RetryKind::crash);
  EXPECT_EQ(retry_kind(Outcome::timed_out, FailureKind::error), RetryKind::timeout);
  EXPECT_EQ(retry_kind(Outcome::out_of_memory, FailureKind::error), RetryKind::memory);
  for (const Outcome never :
       {Outcome::succeeded, Outcome::cancelled, Outcome::skipped, Outcome::not_started, Outcome::lost})
    EXPECT_EQ(retry_kind(never, FailureKind::error), std::nullopt) << outcome_name(never);
}

TEST(RetryBook, KnowsTheHostsWhereATaskHasFailedUntilItIsDone) {
  RetryBook book({.max = 3});
  EXPECT_TRUE(book.failed_on(4).empty());
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  for (const std::int32_t host : {101, 102}) {
    book.attempt_failed(4, RetryKind::error, {++attempt, Outcome::failed, "why", {}, host}, 0, 0);
    ASSERT_TRUE(book.take_due(0, task, attempt));
  }
  const auto hosts = book.failed_on(4);
  EXPECT_EQ(std::vector<std::int32_t>(hosts.begin(), hosts.end()), (std::vector<std::int32_t>{101, 102}));
  book.succeeded(4);
  EXPECT_TRUE(book.failed_on(4).empty());
}

TEST(RetryBook, ATaskMayHaveRulesOfItsOwn) {
  RetryBook book({});
  const Retries own{.max = 1, .delay_ns = 5 * kSecond};
  const auto fail_own = [&](std::uint32_t attempt) {
    return book.attempt_failed(3, RetryKind::error, {attempt, Outcome::failed, "why", {}, 0}, 0, 0, own);
  };
  EXPECT_EQ(fail_own(1), Verdict::again);
  EXPECT_EQ(book.next_due_ns(), 5 * kSecond);
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  ASSERT_TRUE(book.take_due(5 * kSecond, task, attempt));
  EXPECT_EQ(fail_own(2), Verdict::no);
  EXPECT_EQ(fail(book, 4, 1, RetryKind::error), Verdict::no) << "the others have those of the book";
}

TEST(RetryBook, ATaskThatIsTakenOutWaitsNoLonger) {
  RetryBook book({.max = 5, .delay_ns = kSecond});
  fail(book, 1, 1, RetryKind::error);
  fail(book, 2, 1, RetryKind::error);
  const auto last = book.take(1);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->attempt, 1u);
  EXPECT_EQ(last->message, "why");
  EXPECT_FALSE(book.take(1));
  EXPECT_FALSE(book.take(9));
  EXPECT_EQ(book.waiting(), 1u);
}

}  // namespace
}  // namespace ropewalk
