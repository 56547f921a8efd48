#include "executors/room_limit.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kRoomSecond = 1'000'000'000, kRoomMs = 1'000'000;

TEST(RoomLimit, ThereIsNoneUntilATaskIsRefused) {
  RoomLimit limit;
  EXPECT_FALSE(limit.limited());
  EXPECT_EQ(limit.max_workers(100 * kRoomSecond), RoomLimit::kNoLimit);
}

TEST(RoomLimit, IsTheFewestThatRanBesideATaskThatWasRefusedAndNeverNobody) {
  RoomLimit limit;
  limit.refused(7, false, 0);
  limit.refused(5, false, 0);
  limit.refused(6, false, 0);
  EXPECT_EQ(limit.max_workers(0), 5u);
  limit.refused(0, false, 0);
  EXPECT_EQ(limit.max_workers(0), 1u);
}

TEST(RoomLimit, GrowsWhileTasksEndAndNobodyIsRefused) {
  RoomLimit limit;
  limit.refused(16, false, kRoomSecond);
  EXPECT_EQ(limit.max_workers(9 * kRoomSecond), 16u) << "nothing has ended";
  limit.ended();
  EXPECT_EQ(limit.max_workers(kRoomSecond + 19 * kRoomMs), 16u);
  EXPECT_EQ(limit.max_workers(kRoomSecond + 20 * kRoomMs), 18u);
  EXPECT_EQ(limit.max_workers(kRoomSecond + 20 * kRoomMs), 18u);
  limit.refused(18, false, kRoomSecond + 30 * kRoomMs);
  EXPECT_EQ(limit.max_workers(9 * kRoomSecond), 18u);
}

TEST(RoomLimit, ARefusedTaskTriesAgainAtOnceWhenOneHasEndedElseAfterLongerAndLongerPauses) {
  RoomLimit limit;
  std::int64_t last = 0;
  for (int tries = 0; tries < 20; ++tries) {
    limit.refused(1, false, 0);
    EXPECT_GE(limit.try_at_ns(), last);
    last = limit.try_at_ns();
  }
  EXPECT_EQ(last, 200 * kRoomMs);
  limit.ended();
  EXPECT_EQ(limit.try_at_ns(), 0);
}

/// So many refusals of a task that is alone, all at one time.
void refuse_alone(RoomLimit& limit, int times, std::int64_t now_ns) {
  for (int i = 0; i < times; ++i) limit.refused(0, false, now_ns);
}

TEST(RoomLimit, IsHopelessOnlyWhenATaskIsRefusedAloneForSecondsAndOften) {
  RoomLimit limit;
  refuse_alone(limit, 20, kRoomSecond);
  EXPECT_FALSE(limit.hopeless(kRoomSecond));
  limit.refused(0, true, 3 * kRoomSecond);  // another stage has begun
  refuse_alone(limit, 9, 3 * kRoomSecond + 1);
  EXPECT_FALSE(limit.hopeless(5 * kRoomSecond));
  EXPECT_FALSE(limit.hopeless(7 * kRoomSecond)) << "a slow machine has not tried often enough";
  limit.refused(0, false, 7 * kRoomSecond);
  EXPECT_TRUE(limit.hopeless(7 * kRoomSecond));
  limit.refused(1, false, 7 * kRoomSecond);
  EXPECT_FALSE(limit.hopeless(7 * kRoomSecond)) << "one beside it may have found room";
  limit.refused(0, false, 7 * kRoomSecond);
  EXPECT_TRUE(limit.hopeless(7 * kRoomSecond)) << "it has not";
  limit.ended();
  EXPECT_FALSE(limit.hopeless(7 * kRoomSecond));
}

}  // namespace
}  // namespace ropewalk
