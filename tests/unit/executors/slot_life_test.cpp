// Every pair of states, and what each event does in each state: the drawing of slot_life.hpp.

#include "executors/slot_life.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::int64_t kLeasedNs = 100;

const std::vector<SlotState>& slot_states() {
  using enum SlotState;
  static const std::vector<SlotState> all{starting, working, resting, retiring, ending, killed, dead};
  return all;
}

/// A life that has come to that state along the drawn arrows.
SlotLife life_in(SlotState state, bool has_worked = false) {
  SlotLife life(kLeasedNs);
  if (has_worked || state == SlotState::working) life.begin_work(200);
  switch (state) {
    case SlotState::starting:
    case SlotState::working: break;
    case SlotState::resting: life.rest(RestReason::overrun, 300); break;
    case SlotState::ending:
      life.retire(300);
      life.move(state, 400);
      break;
    default: life.move(state, 300); break;
  }
  return life;
}

TEST(SlotLife, MovesAlongTheDrawnArrowsAndNoOthers) {
  using enum SlotState;
  const std::set<std::pair<SlotState, SlotState>> drawn{
      {starting, working}, {starting, resting}, {starting, retiring}, {starting, killed}, {starting, dead},  //
      {working, resting},  {working, retiring}, {working, killed},    {working, dead},                       //
      {resting, starting}, {resting, working},  {resting, retiring},  {resting, killed},  {resting, dead},   //
      {retiring, ending},  {retiring, killed},  {retiring, dead},                                            //
      {ending, killed},    {ending, dead},                                                                   //
      {killed, dead}};
  ASSERT_EQ(slot_states().size(), kSlotStates);
  for (const SlotState from : slot_states())
    for (const SlotState to : slot_states()) {
      SCOPED_TRACE(std::string(name_of(from)) + " -> " + std::string(name_of(to)));
      EXPECT_EQ(may_move(from, to), drawn.contains({from, to}));
      if (!may_move(from, to)) continue;
      SlotLife life = life_in(from);
      ASSERT_EQ(life.state(), from);
      life.move(to, 500);
      EXPECT_EQ(life.state(), to);
      EXPECT_EQ(life.entered_ns(to), 500);
    }
}

TEST(SlotLife, AForbiddenMoveEndsTheProgram) {
  for (const SlotState from : {SlotState::working, SlotState::dead}) {
    SlotLife life = life_in(from);
    EXPECT_DEATH(life.move(SlotState::ending, 500), "may_move");
  }
}

TEST(SlotLife, TakesWorkWhileItStartsOrWorks) {
  for (const SlotState state : slot_states())
    EXPECT_EQ(life_in(state).takes_work(), state == SlotState::starting || state == SlotState::working)
        << name_of(state);
}

TEST(SlotLife, RemembersWhenItEnteredEachState) {
  SlotLife life(kLeasedNs);
  EXPECT_EQ(life.entered_ns(SlotState::starting), kLeasedNs);
  EXPECT_FALSE(life.has_been(SlotState::working));
  life.begin_work(200);
  life.retire(300);
  life.kill(400);
  EXPECT_EQ(life.entered_ns(SlotState::working), 200);
  EXPECT_EQ(life.entered_ns(SlotState::retiring), 300);
  EXPECT_EQ(life.entered_ns(SlotState::killed), 400);
  EXPECT_FALSE(life.has_been(SlotState::ending));
}

TEST(SlotLife, TheFirstTaskMakesAStartingSlotWork) {
  for (const SlotState state : slot_states()) {
    SCOPED_TRACE(name_of(state));
    if (state == SlotState::working) continue;
    SlotLife life = life_in(state);
    EXPECT_FALSE(life.has_worked());
    EXPECT_TRUE(life.begin_work(500));
    EXPECT_TRUE(life.has_worked());
    EXPECT_EQ(life.state(), state == SlotState::starting ? SlotState::working : state)
        << "a task may begin in a slot that retires";
    EXPECT_FALSE(life.begin_work(600)) << "only the first one counts";
  }
}

TEST(SlotLife, RestsFromWorkOnlyAndOnceAReason) {
  for (const SlotState state : slot_states()) {
    SCOPED_TRACE(name_of(state));
    SlotLife life = life_in(state);
    const bool took_work = life.takes_work();
    EXPECT_TRUE(life.rest(RestReason::wear, 500));
    EXPECT_EQ(life.state(), took_work ? SlotState::resting : state);
    EXPECT_FALSE(life.rest(RestReason::wear, 600));
  }
}

TEST(SlotLife, ResumesWhenNoReasonIsLeft) {
  for (const bool has_worked : {false, true}) {
    SlotLife life = life_in(SlotState::starting, has_worked);
    life.rest(RestReason::wear, 300);
    EXPECT_TRUE(life.rest(RestReason::overrun, 400)) << "the second reason is new";
    life.resume(RestReason::wear, 500);
    EXPECT_EQ(life.state(), SlotState::resting);
    life.resume(RestReason::overrun, 600);
    EXPECT_EQ(life.state(), has_worked ? SlotState::working : SlotState::starting);
  }
}

TEST(SlotLife, ResumingWithoutARestChangesNothing) {
  for (const SlotState state : slot_states()) {
    if (state == SlotState::resting) continue;
    SlotLife life = life_in(state);
    life.resume(RestReason::overrun, 500);
    life.resume(RestReason::wear, 500);
    EXPECT_EQ(life.state(), state) << name_of(state);
  }
}

TEST(SlotLife, RetiresOnceAndNotWhenItIsKilled) {
  for (const SlotState state : slot_states()) {
    SlotLife life = life_in(state);
    const bool may = life.takes_work() || state == SlotState::resting;
    EXPECT_EQ(life.retire(500), may) << name_of(state);
    EXPECT_EQ(life.state(), may ? SlotState::retiring : state);
    EXPECT_FALSE(life.retire(600));
  }
}

TEST(SlotLife, IsKilledOnceInEachLivingState) {
  for (const SlotState state : slot_states()) {
    SlotLife life = life_in(state);
    const bool may = state != SlotState::killed && state != SlotState::dead;
    EXPECT_EQ(life.kill(500), may) << name_of(state);
    EXPECT_EQ(life.state(), may ? SlotState::killed : state);
    EXPECT_FALSE(life.kill(600));
  }
}

TEST(SlotLife, ARetiringSlotNeverResumes) {
  SlotLife life = life_in(SlotState::resting, true);
  life.retire(400);
  life.resume(RestReason::overrun, 500);
  EXPECT_EQ(life.state(), SlotState::retiring);
}

}  // namespace
}  // namespace ropewalk
