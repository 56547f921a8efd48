// The table of verdict.cpp: a row each by example, and what holds for every combination of facts.

#include "executors/verdict.hpp"

#include <gtest/gtest.h>

#include <set>

namespace ropewalk {
namespace {

using Action = Verdict::Action;

bool runs_again(const Verdict& verdict) {
  return verdict.action == Action::requeue || verdict.action == Action::isolate;
}

/// All combinations: 8 causes, 4 blames, 12 facts.
template <class Check>
void for_each_item(Check check) {
  for (std::size_t cause = 0; cause < kDeathCauses; ++cause)
    for (std::size_t blame = 0; blame < 4; ++blame)
      for (unsigned facts = 0; facts < 1u << 12; ++facts) {
        const auto has = [&](unsigned fact) { return (facts >> fact & 1) != 0; };
        const ItemFacts item{.cause = static_cast<DeathCause>(cause),
                             .blame = static_cast<Blame>(blame),
                             .begun = has(0),
                             .overran = has(1) || has(11),
                             .cancelled = has(11),
                             .alone = has(2),
                             .one_task = has(3),
                             .isolated = has(9),
                             .struck = has(10),
                             .unkillable = has(4),
                             .lost = has(5),
                             .halted = has(6),
                             .killed_by_stop = has(7),
                             .repeatable = has(8)};
        SCOPED_TRACE(testing::Message() << "cause " << cause << ", blame " << blame << ", facts " << facts);
        check(item, judge(item));
        if (testing::Test::HasFailure()) return;
      }
}

/// An item that ran in a host of two workers.
ItemFacts ran_beside_another(DeathCause cause) { return {.cause = cause, .blame = Blame::suspect, .begun = true}; }
ItemFacts ran_alone(DeathCause cause) { return {.cause = cause, .blame = Blame::guilty, .begun = true, .alone = true}; }
ItemFacts ran_isolated(DeathCause cause) {
  return {.cause = cause, .blame = Blame::guilty, .begun = true, .alone = true, .one_task = true, .isolated = true};
}

TEST(Verdict, AnEndHasAReasonAndAFailureOrAStop) {
  for_each_item([](const ItemFacts&, const Verdict& verdict) {
    EXPECT_EQ(verdict.action == Action::end, verdict.reason != EndReason::none);
    if (verdict.action != Action::end) return;
    EXPECT_TRUE(is_failure(verdict.outcome) || verdict.outcome == Outcome::cancelled ||
                verdict.outcome == Outcome::not_started);
  });
}

TEST(Verdict, EachReasonAndActionIsReached) {
  std::set<EndReason> reasons;
  std::set<Action> actions;
  for_each_item([&](const ItemFacts&, const Verdict& verdict) {
    reasons.insert(verdict.reason), actions.insert(verdict.action);
  });
  EXPECT_EQ(reasons.size(), kEndReasons);
  EXPECT_EQ(actions.size(), 4u);
}

TEST(Verdict, AnItemThatHasNotBegunIsQueuedUnlessTheRunStopsOrDamageHidesIt) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (item.begun) {
      EXPECT_NE(verdict.action, Action::queue);
    }
    if (item.begun) return;
    if (item.cause == DeathCause::damage && !item.repeatable) {
      EXPECT_EQ(verdict.outcome, Outcome::lost) << "it may have begun";
      EXPECT_TRUE(verdict.had_begun);
      return;
    }
    EXPECT_FALSE(verdict.had_begun);
    EXPECT_EQ(verdict.action, item.halted ? Action::end : Action::queue);
    if (item.halted) {
      EXPECT_EQ(verdict.outcome, Outcome::not_started);
    }
  });
}

TEST(Verdict, NothingThatMayStillRunRunsASecondTime) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (!item.begun) return;
    const bool hidden = item.cause == DeathCause::damage && !item.repeatable;
    if (item.unkillable) {
      EXPECT_EQ(verdict.action, Action::end);
    }
    EXPECT_EQ(verdict.may_retry, !item.unkillable || hidden);
  });
}

TEST(Verdict, ATaskTypeThatMustNotBeRepeatedNeverRunsAgain) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (item.repeatable || !item.begun) return;
    EXPECT_EQ(verdict.action, Action::end);
    ItemFacts repeatable = item;
    repeatable.repeatable = true;
    repeatable.halted = false;
    repeatable.struck = false;
    if (runs_again(judge(repeatable))) {
      EXPECT_EQ(verdict.outcome, Outcome::lost);
    }
  });
}

TEST(Verdict, ARunThatStopsRunsNothingAgain) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (!item.halted) return;
    EXPECT_EQ(verdict.action, Action::end);
    ItemFacts goes_on = item;
    goes_on.halted = false;
    goes_on.struck = false;
    if (item.begun && runs_again(judge(goes_on))) {
      EXPECT_EQ(verdict.outcome, Outcome::cancelled);
    }
  });
}

TEST(Verdict, SigkillOfAnUnknownSenderIsolatesATaskOnlyIfItMayRunAgain) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    ItemFacts unstruck = item;
    unstruck.struck = false;
    const bool runs_again = item.begun && item.repeatable && !item.halted && item.blame != Blame::innocent &&
                            !item.unkillable && !item.overran && !item.killed_by_stop && !item.lost;
    const bool isolates = item.struck && item.cause == DeathCause::unknown && runs_again;
    EXPECT_EQ(verdict, isolates ? Verdict{.action = Action::isolate} : judge(unstruck));
  });
}

TEST(Verdict, AKillByTheStopNeverBlamesATask) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (!item.killed_by_stop || item.overran) return;
    EXPECT_TRUE(verdict.outcome == Outcome::cancelled || verdict.outcome == Outcome::not_started ||
                verdict.outcome == Outcome::lost || verdict.action != Action::end);
  });
}

TEST(Verdict, ALostHostBlamesNoTaskThatWasInTime) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (!item.lost || item.overran || item.killed_by_stop || item.halted || item.unkillable || !item.repeatable ||
        !item.begun)
      return;
    EXPECT_TRUE(runs_again(verdict));
  });
}

TEST(Verdict, NoTaskOfAHostWithSeveralWorkersIsBlamedWithoutEvidence) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (item.alone || item.one_task || item.isolated || item.overran || item.unkillable || item.killed_by_stop ||
        item.halted || !item.repeatable)
      return;
    if (!item.begun || (item.cause == DeathCause::unknown && item.blame == Blame::guilty)) return;
    EXPECT_TRUE(runs_again(verdict));
  });
}

TEST(Verdict, AnIsolatedTaskIsBlamedForWhatItsHostDiedOf) {
  const auto expect = [](DeathCause cause, Outcome outcome, EndReason reason) {
    const Verdict verdict = judge(ran_isolated(cause));
    EXPECT_EQ(verdict, (Verdict{.action = Action::end, .reason = reason, .outcome = outcome}))
        << static_cast<int>(cause);
  };
  expect(DeathCause::unknown, Outcome::crashed, EndReason::ended_host);
  expect(DeathCause::damage, Outcome::failed, EndReason::damage);
  expect(DeathCause::cut_off, Outcome::failed, EndReason::cut_off);
  expect(DeathCause::standstill, Outcome::failed, EndReason::standstill);
  expect(DeathCause::memory, Outcome::out_of_memory, EndReason::memory_limit);
  expect(DeathCause::want_of_memory, Outcome::out_of_memory, EndReason::no_memory);
  EXPECT_EQ(judge(ran_isolated(DeathCause::overrun)).action, Action::requeue);
  EXPECT_EQ(judge(ran_isolated(DeathCause::plugin_changed)).action, Action::requeue);
}

TEST(Verdict, AHostOfOneWorkerIsBlamedForItsMemoryButNotForWhatAnEarlierTaskMayHaveDone) {
  EXPECT_EQ(judge(ran_alone(DeathCause::memory)).outcome, Outcome::out_of_memory);
  EXPECT_EQ(judge(ran_alone(DeathCause::want_of_memory)).reason, EndReason::no_memory);
  for (const DeathCause cause : {DeathCause::damage, DeathCause::cut_off, DeathCause::standstill})
    EXPECT_EQ(judge(ran_alone(cause)), (Verdict{.action = Action::isolate})) << static_cast<int>(cause);
}

TEST(Verdict, ATaskBesideAnotherRunsAgainAloneUnlessTheDeedIsKnown) {
  for (const DeathCause cause : {DeathCause::unknown, DeathCause::damage, DeathCause::cut_off, DeathCause::standstill,
                                 DeathCause::memory, DeathCause::want_of_memory})
    EXPECT_EQ(judge(ran_beside_another(cause)), (Verdict{.action = Action::isolate})) << static_cast<int>(cause);
  for (const DeathCause cause : {DeathCause::overrun, DeathCause::plugin_changed})
    EXPECT_EQ(judge(ran_beside_another(cause)), (Verdict{.action = Action::requeue})) << static_cast<int>(cause);
  ItemFacts innocent = ran_beside_another(DeathCause::unknown);
  innocent.blame = Blame::innocent;
  EXPECT_EQ(judge(innocent), (Verdict{.action = Action::requeue}));
}

TEST(Verdict, ATaskThatWasCancelledWhileItRanEndsAsCancelledWhateverEndsItsHost) {
  for_each_item([](const ItemFacts& item, const Verdict& verdict) {
    if (!item.cancelled || !item.begun || (item.cause == DeathCause::damage && !item.repeatable)) return;
    EXPECT_EQ(verdict.action, Action::end);
    EXPECT_EQ(verdict.outcome, Outcome::cancelled);
    EXPECT_EQ(verdict.reason, EndReason::cancelled);
    EXPECT_EQ(verdict.may_retry, !item.unkillable);
  });
}

TEST(Verdict, AnOverrunIsATimeoutUnlessItsHostWasStoppedAndRanOtherTasks) {
  ItemFacts item = ran_beside_another(DeathCause::overrun);
  item.overran = true;
  EXPECT_EQ(judge(item), (Verdict{.action = Action::end, .reason = EndReason::overrun, .outcome = Outcome::timed_out}));
  item.cause = DeathCause::standstill;
  EXPECT_EQ(judge(item), (Verdict{.action = Action::isolate}));
  item.alone = true;
  EXPECT_EQ(judge(item), (Verdict{.action = Action::isolate}));
  item.isolated = true;
  EXPECT_EQ(judge(item).outcome, Outcome::timed_out);
}

TEST(Verdict, ATaskHitBySigkillOfAnUnknownSenderRunsAgainAloneUntilItWasHitTooOften) {
  ItemFacts item = ran_alone(DeathCause::unknown);
  item.struck = true;
  EXPECT_EQ(judge(item), (Verdict{.action = Action::isolate}));
  item.blame = Blame::innocent;
  EXPECT_EQ(judge(item), (Verdict{.action = Action::requeue}));
  item.blame = Blame::guilty;
  item.struck = false;
  EXPECT_EQ(judge(item),
            (Verdict{.action = Action::end, .reason = EndReason::ended_host, .outcome = Outcome::crashed}));
}

TEST(Verdict, AnUnkillableHostEndsItsTasksForGood) {
  ItemFacts item = ran_alone(DeathCause::overrun);
  item.unkillable = true;
  const auto for_good = [](Outcome outcome, EndReason reason) {
    return Verdict{.action = Action::end, .may_retry = false, .reason = reason, .outcome = outcome};
  };
  EXPECT_EQ(judge(item), for_good(Outcome::lost, EndReason::unkillable));
  item.killed_by_stop = true;
  EXPECT_EQ(judge(item), for_good(Outcome::cancelled, EndReason::stopped_while));
  item.overran = true;
  EXPECT_EQ(judge(item), for_good(Outcome::timed_out, EndReason::overrun));
}

}  // namespace
}  // namespace ropewalk
