#include "hosts/fork_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

wire::StageSetup stage_named(const std::string& name) {
  return {.stage = name, .run_id = {}, .constants = {}, .varying = {}};
}

TEST(ForkRequests, KnowTheLast16StagesByTheirWholeSetup) {
  ForkRequests forks;
  EXPECT_EQ(forks.find(stage_named("0")), std::nullopt);
  for (std::uint32_t number = 0; number < 17; ++number) forks.remember(number, stage_named(std::to_string(number)));
  EXPECT_EQ(forks.find(stage_named("0")), std::nullopt) << "the oldest is forgotten";
  for (std::uint32_t number = 1; number < 17; ++number)
    EXPECT_EQ(forks.find(stage_named(std::to_string(number))), number);
  wire::StageSetup changed = stage_named("3");
  changed.timeout_ns = 1;
  EXPECT_EQ(forks.find(changed), std::nullopt);
}

TEST(ForkRequests, OnlyARequestedHostCanBeRefusedAndOnlyOnce) {
  ForkRequests forks;
  EXPECT_FALSE(forks.refuse(7, "no memory")) << "nobody has asked for it";
  forks.request(7);
  forks.request(8);
  EXPECT_TRUE(forks.refuse(7, "no memory"));
  EXPECT_FALSE(forks.refuse(7, "no memory"));
  EXPECT_THAT(forks.take_refused(), ElementsAre(Pair(7, "no memory")));
  EXPECT_THAT(forks.take_refused(), IsEmpty());
}

TEST(ForkRequests, AHostThatHasEndedCannotBeRefused) {
  ForkRequests forks;
  forks.request(7);
  forks.forget(7);
  EXPECT_FALSE(forks.refuse(7, "late"));
}

}  // namespace
}  // namespace ropewalk
