// Every pair of states: the drawing of host_state.hpp.

#include "hosts/host_state.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kHostStates = 7;

std::set<std::pair<HostState, HostState>> drawn_arrows() {
  using enum HostState;
  return {{starting, running},     {expected, running},                                            //
          {starting, not_started}, {starting, ended},   {starting, lost}, {starting, unkillable},  //
          {expected, not_started}, {expected, ended},   {expected, lost}, {expected, unkillable},  //
          {running, not_started},  {running, ended},    {running, lost},  {running, unkillable}};
}

TEST(HostState, MovesAlongTheDrawnArrowsAndNoOthers) {
  const std::set<std::pair<HostState, HostState>> drawn = drawn_arrows();
  for (std::size_t one = 0; one < kHostStates; ++one)
    for (std::size_t other = 0; other < kHostStates; ++other) {
      const auto from = static_cast<HostState>(one), to = static_cast<HostState>(other);
      SCOPED_TRACE(testing::Message() << static_cast<int>(from) << " -> " << static_cast<int>(to));
      EXPECT_EQ(may_move(from, to), drawn.contains({from, to}));
      HostState state = from;
      if (!may_move(from, to)) continue;
      move(state, to);
      EXPECT_EQ(state, to);
    }
}

TEST(HostState, HasNoArrowOutOfItsEnds) {
  for (std::size_t from = 0; from < kHostStates; ++from) {
    std::size_t arrows = 0;
    for (std::size_t to = 0; to < kHostStates; ++to)
      arrows += may_move(static_cast<HostState>(from), static_cast<HostState>(to));
    EXPECT_EQ(is_final(static_cast<HostState>(from)), arrows == 0) << from;
  }
}

TEST(HostState, AForbiddenMoveEndsTheProgram) {
  HostState state = HostState::ended;
  EXPECT_DEATH(move(state, HostState::running), "may_move");
}

}  // namespace
}  // namespace ropewalk
