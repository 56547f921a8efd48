#include "executors/pace.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

TEST(Pace, DealsTwoAheadUntilATaskHasEnded) {
  Pace pace;
  pace.deepen();
  EXPECT_EQ(pace.depth(), 2u);
  EXPECT_EQ(pace.ring_after(100), 1u);
}

TEST(Pace, GrowsFourfoldTowardsAMillisecondOfWork) {
  Pace pace;
  pace.ended(1000 * 10, 10);  // 1 us a task
  for (const std::uint32_t depth : {8u, 32u, 128u, 512u, 1000u, 1000u}) {
    pace.deepen();
    EXPECT_EQ(pace.depth(), depth);
  }
}

TEST(Pace, LongTasksStayAtTwoAndShrinkADeepQueueAtOnce) {
  Pace pace;
  pace.ended(1000, 1);
  for (int i = 0; i < 5; ++i) pace.deepen();
  EXPECT_EQ(pace.depth(), 1000u);
  for (int i = 0; i < 20; ++i) pace.ended(1'000'000'000, 1);
  pace.deepen();
  EXPECT_EQ(pace.depth(), 2u);
}

TEST(Pace, NeverDealsMoreThanALaneHolds) {
  Pace pace;
  pace.ended(0, 1'000'000);
  for (int i = 0; i < 20; ++i) pace.deepen();
  EXPECT_EQ(pace.depth(), 8192u);
}

TEST(Pace, RingsOnceAMillisecondAndBeforeHalfOfTheItemsHaveEnded) {
  Pace pace;
  pace.ended(1000, 1);
  EXPECT_EQ(pace.ring_after(10'000), 1000u);
  EXPECT_EQ(pace.ring_after(100), 50u);
  EXPECT_EQ(pace.ring_after(1), 1u);
  EXPECT_EQ(pace.ring_after(0), 1u);
}

}  // namespace
}  // namespace ropewalk
