#include <ropewalk/retention.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace ropewalk {

bool operator==(const Removal& a, const Removal& b) { return a.run == b.run && a.reason == b.reason; }
void PrintTo(const Removal& removal, std::ostream* out) {
  *out << "run " << removal.run << " by reason " << static_cast<int>(removal.reason);
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kDay = 24 * 3600, kNow = 1000 * kDay;

/// One run a day, the newest a day old.
std::vector<StoredRun> daily(std::size_t count, std::uint64_t bytes = 1000) {
  std::vector<StoredRun> runs;
  for (std::size_t i = 0; i < count; ++i)
    runs.push_back({kNow - static_cast<std::int64_t>(i + 1) * kDay, bytes, false});
  return runs;
}

TEST(Retention, TwentyRunsThirtyDaysAndOneGigabyteAreKeptByDefault) {
  EXPECT_THAT(removals(daily(20), {}, kNow), IsEmpty());
  EXPECT_THAT(removals(daily(22), {}, kNow),
              ElementsAre(Removal{20, RemovalReason::number}, Removal{21, RemovalReason::number}));
  EXPECT_THAT(removals(daily(4, 300'000'000), {}, kNow), ElementsAre(Removal{3, RemovalReason::size}));
  std::vector<StoredRun> old = daily(2);
  old[1].started_s = kNow - 31 * kDay;
  EXPECT_THAT(removals(old, {}, kNow), ElementsAre(Removal{1, RemovalReason::age}));
}

TEST(Retention, ARunAtItsLimitIsKept) {
  EXPECT_THAT(removals(daily(30), {.keep = 30, .max_bytes = 30'000}, kNow), IsEmpty());
  EXPECT_THAT(removals(daily(1), {.keep = 0}, kNow), ElementsAre(Removal{0, RemovalReason::number}));
}

TEST(Retention, NoOlderRunStaysBehindALargeOneThatIsRemoved) {
  std::vector<StoredRun> runs = daily(4, 100);
  runs[1].bytes = 2000;
  EXPECT_THAT(
      removals(runs, {.max_bytes = 1000}, kNow),
      ElementsAre(Removal{1, RemovalReason::size}, Removal{2, RemovalReason::size}, Removal{3, RemovalReason::size}));
}

TEST(Retention, ARunningRunIsNeverRemovedAndUsesUpNoLimit) {
  std::vector<StoredRun> runs = daily(3, 600);
  runs[0].running = true;
  runs[2].started_s = 0;
  EXPECT_THAT(removals(runs, {.keep = 1, .max_bytes = 600}, kNow), ElementsAre(Removal{2, RemovalReason::number}));
  for (StoredRun& run : runs) run.running = true;
  EXPECT_THAT(removals(runs, {.keep = 0, .max_age = std::chrono::seconds(0), .max_bytes = 0}, kNow), IsEmpty());
}

TEST(Retention, ARunFromTheFutureIsNotOld) {
  std::vector<StoredRun> runs = daily(1);
  runs[0].started_s = kNow + 1000 * kDay;  // the clock was set back
  EXPECT_THAT(removals(runs, {}, kNow), IsEmpty());
}

}  // namespace
}  // namespace ropewalk
