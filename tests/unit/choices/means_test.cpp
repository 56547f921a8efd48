#include "choices/means.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::HasSubstr;

constexpr Means kLarge{
    .cores = 64, .descriptors = 1'000'000, .processes = 1'000'000, .memory_bytes = std::uint64_t{1} << 40};

TEST(Means, AcceptWhatTheMachineOffers) {
  EXPECT_FALSE(beyond_means(kLarge, 4096, 1));
  EXPECT_FALSE(beyond_means({}, 200, 1)) << "without any limit the cores decide";
}

TEST(Means, ReportWorkersBeyondTheLimitOfOpenFiles) {
  Means few = kLarge;
  few.descriptors = 256;
  const auto excess = beyond_means(few, 100, 1);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->fits, 51u);
  EXPECT_EQ(excess->why, "the engine opens 5 files for each, and its limit is 256 (ulimit -n)");
}

TEST(Means, ReportWorkersBeyondTheLimitOfProcessesWithTheirThreads) {
  Means few = kLarge;
  few.processes = 300;
  EXPECT_FALSE(beyond_means(few, 100, 1));
  const auto excess = beyond_means(few, 100, 4);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->fits, 60u);
  EXPECT_THAT(excess->why, HasSubstr("300 processes and threads are allowed"));
}

TEST(Means, ReportWorkersThatNeedMoreMemoryThanIsAvailable) {
  Means few = kLarge;
  few.memory_bytes = 256u << 20;
  const auto excess = beyond_means(few, 1000, 1);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->fits, 227u);
  EXPECT_THAT(excess->why, HasSubstr("256 MiB are available"));
}

TEST(Means, ReportWorkersThatTakeLongToStart) {
  Means few = kLarge;
  few.cores = 2;
  const auto excess = beyond_means(few, 1000, 1);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->fits, 400u);
  EXPECT_EQ(excess->why, "2 cores would take about 2 s to start them");
}

TEST(Means, NameWhatIsLeast) {
  Means few = kLarge;
  few.cores = 1;
  few.descriptors = 60;
  const auto excess = beyond_means(few, 4096, 1);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->fits, 12u);
  EXPECT_THAT(excess->why, HasSubstr("ulimit -n"));
}

TEST(Means, OfThisMachineAreKnown) {
  const Means means = machine_means();
  EXPECT_GE(means.cores, 1u);
  EXPECT_GE(means.descriptors, 16u);
  EXPECT_GE(means.processes, 2u);
  EXPECT_GE(means.memory_bytes, 1u << 20);
}

}  // namespace
}  // namespace ropewalk
