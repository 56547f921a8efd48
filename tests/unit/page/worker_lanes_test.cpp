#include "page/worker_lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::page {
namespace {

using testing::ElementsAre;

Attempt from(std::int64_t start, std::int64_t run, std::int32_t host, std::uint32_t worker = 0) {
  return {.start_ns = start, .run_ns = run, .session = 1, .host = host, .worker = worker};
}
std::vector<std::uint32_t> lanes_of(std::vector<Attempt> attempts, std::uint32_t lanes, bool short_lived = false) {
  EXPECT_EQ(assign_lanes(attempts, [&](std::uint32_t) { return short_lived; }), lanes);
  std::vector<std::uint32_t> found;
  for (const Attempt& each : attempts) found.push_back(each.lane);
  return found;
}

TEST(WorkerLanes, AWorkerKeepsItsLaneWhileOthersStart) {
  EXPECT_THAT(lanes_of({from(0, 5, 7, 0), from(1, 2, 7, 1), from(4, 3, 8, 0), from(6, 9, 7, 0), from(8, 1, 7, 1)}, 3),
              ElementsAre(0, 1, 2, 0, 1));
}

TEST(WorkerLanes, ALaneThatIsFreeIsUsedAgainByALaterWorker) {
  EXPECT_THAT(lanes_of({from(0, 5, 7), from(1, 9, 8), from(5, 2, 9), from(7, 1, 10)}, 2), ElementsAre(0, 1, 0, 0));
}

TEST(WorkerLanes, AProcessIdThatReturnsDoesNotReserveALane) {
  const std::vector<Attempt> attempts{from(0, 1, 7), from(1, 1, 8), from(2, 1, 9), from(3, 1, 7)};
  EXPECT_THAT(lanes_of(attempts, 2), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(lanes_of(attempts, 1, true), ElementsAre(0, 0, 0, 0));
}

TEST(WorkerLanes, NoAttemptNeedsNoLane) { EXPECT_THAT(lanes_of({}, 0), ElementsAre()); }

}  // namespace
}  // namespace ropewalk::page
