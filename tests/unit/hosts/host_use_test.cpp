// Every pair of uses: the drawing of host_use.hpp.

#include "hosts/host_use.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace ropewalk {
namespace {

TEST(HostUse, MovesAlongTheDrawnArrowsAndNoOthers) {
  using enum HostUse;
  const std::set<std::pair<HostUse, HostUse>> drawn{
      {fresh, lent}, {fresh, zygote}, {fresh, discarded}, {idle, lent},    {idle, discarded},
      {lent, fresh}, {lent, idle},    {lent, discarded},  {zygote, fresh}, {zygote, discarded}};
  for (int one = 0; one < kHostUses; ++one)
    for (int other = 0; other < kHostUses; ++other) {
      const auto from = static_cast<HostUse>(one), to = static_cast<HostUse>(other);
      SCOPED_TRACE(testing::Message() << one << " -> " << other);
      EXPECT_EQ(may_move(from, to), drawn.contains({from, to}));
      HostUse use = from;
      if (from != to && !may_move(from, to)) continue;
      move(use, to);
      EXPECT_EQ(use, to);
    }
}

TEST(HostUse, ADiscardedHostIsNeverUsedAgain) {
  HostUse use = HostUse::discarded;
  EXPECT_DEATH(move(use, HostUse::lent), "may_move");
}

}  // namespace
}  // namespace ropewalk
