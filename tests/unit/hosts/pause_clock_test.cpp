#include "hosts/pause_clock.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

TEST(PauseClock, IsTheMonotonicClockWhileNothingWasPaused) {
  const PauseClock clock;
  EXPECT_EQ(clock.at(0), 0);
  EXPECT_EQ(clock.at(1234), 1234);
}

TEST(PauseClock, StandsStillWhilePaused) {
  PauseClock clock;
  EXPECT_TRUE(clock.pause(100));
  EXPECT_FALSE(clock.pause(110)) << "it stands still already";
  EXPECT_EQ(clock.at(100), 100);
  EXPECT_EQ(clock.at(5000), 100);
  EXPECT_TRUE(clock.resume(5000));
  EXPECT_FALSE(clock.resume(6000));
  EXPECT_EQ(clock.at(5000), 100);
  EXPECT_EQ(clock.at(5030), 130);
}

TEST(PauseClock, ConvertsEarlierTimesToo) {
  PauseClock clock;
  clock.pause(100), clock.resume(200);
  clock.pause(300), clock.resume(1000);
  EXPECT_EQ(clock.at(50), 50);
  EXPECT_EQ(clock.at(150), 100);
  EXPECT_EQ(clock.at(250), 150);
  EXPECT_EQ(clock.at(650), 200);
  EXPECT_EQ(clock.at(1001), 201);
}

TEST(PauseClock, S08_NeverGoesBackWhateverIsPausedInBetween) {
  PauseClock clock;
  std::int64_t last = 0;
  for (std::int64_t now = 0; now < 1000; ++now) {
    if (now % 7 == 0) clock.pause(now);
    if (now % 11 == 0) clock.resume(now);
    EXPECT_GE(clock.at(now), last);
    last = clock.at(now);
  }
}

}  // namespace
}  // namespace ropewalk
