#include "executors/drift_book.hpp"

#include "protocol/board_layout.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using board::DriftKind;
using Verdict = DriftBook::Verdict;

constexpr std::uint32_t kFolder = board::bit(DriftKind::folder), kEnvironment = board::bit(DriftKind::environment);
constexpr std::int64_t kOneSecond = 1'000'000'000;

TEST(DriftBook, KeepsHostsOnceThreeFreshOnesHaveChangedInTheSameWay) {
  DriftBook book(OnDrift::learn);
  EXPECT_EQ(book.changed(kFolder, 1, 0), Verdict::replace);
  EXPECT_EQ(book.changed(kFolder, 1, 0), Verdict::replace);
  EXPECT_EQ(book.changed(kFolder, 1, 0), Verdict::keep_from_now);
  EXPECT_EQ(book.changed(kFolder, 1, 0), Verdict::keep) << "which is reported once";
}

TEST(DriftBook, EachKindOfChangeIsLearnedByItself) {
  DriftBook book(OnDrift::learn);
  for (int host = 0; host < 3; ++host) book.changed(kFolder, 1, 0);
  EXPECT_EQ(book.changed(kEnvironment, 1, 0), Verdict::replace);
  EXPECT_EQ(book.changed(kFolder | kEnvironment, 1, 0), Verdict::replace);
  EXPECT_EQ(book.changed(kFolder | kEnvironment, 1, 0), Verdict::keep);
}

TEST(DriftBook, AHostThatHasDoneMuchBeforeItChangedTeachesNothing) {
  DriftBook book(OnDrift::learn);
  for (int host = 0; host < 10; ++host) EXPECT_EQ(book.changed(kFolder, 1000, 2 * kOneSecond), Verdict::replace);
  for (int host = 0; host < 2; ++host) EXPECT_EQ(book.changed(kFolder, 1000, kOneSecond / 2), Verdict::replace);
  EXPECT_EQ(book.changed(kFolder, 2, 60 * kOneSecond), Verdict::keep_from_now);
}

TEST(DriftBook, ARuleIsFollowedFromTheFirstHostOn) {
  DriftBook keep(OnDrift::keep), replace(OnDrift::replace);
  for (int host = 0; host < 10; ++host) {
    EXPECT_EQ(keep.changed(kFolder, 1, 0), Verdict::keep);
    EXPECT_EQ(replace.changed(kFolder, 1, 0), Verdict::replace);
  }
}

TEST(DriftBook, ThreadsAreKeptOnlyByRuleAndAHostWithoutItsOwnDescriptorsNever) {
  DriftBook learn(OnDrift::learn), keep(OnDrift::keep);
  for (int host = 0; host < 10; ++host) {
    EXPECT_EQ(learn.changed(board::bit(DriftKind::threads), 1, 0), Verdict::replace);
    EXPECT_EQ(keep.changed(board::bit(DriftKind::threads), 1, 0), Verdict::keep);
    EXPECT_EQ(keep.changed(board::bit(DriftKind::hosts_own) | kFolder, 1, 0), Verdict::replace);
  }
}

}  // namespace
}  // namespace ropewalk
