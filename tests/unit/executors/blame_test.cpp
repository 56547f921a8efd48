#include "executors/blame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace ropewalk {
namespace {

using testing::ElementsAre;

constexpr std::uint32_t evidence_of_signal(board::EvidenceKind kind, int signal) {
  return static_cast<std::uint32_t>(kind) << 16 | static_cast<std::uint32_t>(signal);
}

/// All hosts of up to four workers, each idle, running, or running with evidence.
template <class Check>
void for_each_host(Check check) {
  for (std::size_t workers = 1; workers <= 4; ++workers) {
    std::size_t hosts = 1;
    for (std::size_t i = 0; i < workers; ++i) hosts *= 3;
    for (std::size_t host = 0; host < hosts; ++host) {
      std::vector<WorkerState> states;
      for (std::size_t i = 0, rest = host; i < workers; ++i, rest /= 3) {
        WorkerState& state = states.emplace_back();
        state.running = rest % 3 != 0;
        if (rest % 3 == 2) state.evidence = 1;
      }
      SCOPED_TRACE(testing::Message() << workers << " workers, host " << host);
      check(states, blame(states));
    }
  }
}

TEST(Blame, FallsOnRunningTasksAndOnAtMostOneAsGuilty) {
  for_each_host([](const std::vector<WorkerState>& workers, const std::vector<Blame>& blames) {
    ASSERT_EQ(blames.size(), workers.size());
    std::size_t guilty = 0, suspects = 0, running = 0;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      EXPECT_EQ(blames[i] == Blame::idle, !workers[i].running);
      guilty += blames[i] == Blame::guilty;
      suspects += blames[i] == Blame::suspect;
      running += workers[i].running;
    }
    EXPECT_LE(guilty, 1u);
    EXPECT_TRUE(guilty == 0 || suspects == 0) << "suspects only where nobody is guilty";
    EXPECT_TRUE(running == 0 || guilty + suspects != 0) << "a death has a cause among those that ran";
  });
}

TEST(Blame, FollowsTheEvidenceOfOneWorker) {
  for_each_host([](const std::vector<WorkerState>& workers, const std::vector<Blame>& blames) {
    std::size_t speakers = 0;
    for (const WorkerState& worker : workers) speakers += worker.evidence.has_value();
    if (speakers != 1) return;
    for (std::size_t i = 0; i < workers.size(); ++i)
      if (workers[i].running) {
        EXPECT_EQ(blames[i], workers[i].evidence ? Blame::guilty : Blame::innocent);
      }
  });
}

TEST(Blame, ATaskAloneWithItsHostIsGuiltyWithoutEvidenceAndBesideIdleWorkersASuspect) {
  EXPECT_THAT(blame(std::vector<WorkerState>{{true, {}}}), ElementsAre(Blame::guilty));
  EXPECT_THAT(blame(std::vector<WorkerState>{{true, {}}, {false, {}}}), ElementsAre(Blame::suspect, Blame::idle));
}

TEST(Blame, TwoWorkersWithEvidenceAreBothSuspectsAndTheThirdIsInnocent) {
  EXPECT_THAT(blame(std::vector<WorkerState>{{true, 1}, {true, {}}, {true, 2}}),
              ElementsAre(Blame::suspect, Blame::innocent, Blame::suspect));
}

TEST(DescribeDeath, PrefersTheEvidenceToTheWaitStatus) {
  const Death overflow = describe_death(SIGKILL, evidence_of_signal(board::EvidenceKind::stack_overflow, SIGSEGV));
  EXPECT_EQ(overflow.outcome, Outcome::crashed);
  EXPECT_EQ(overflow.detail, SIGSEGV);
  EXPECT_EQ(overflow.message, "the task's process was killed by SIGSEGV (stack overflow)");
  EXPECT_EQ(describe_death(SIGABRT, {}).message, "the task's process was killed by SIGABRT (Aborted)");
}

TEST(DescribeDeath, NamesAnExitCode) {
  const Death exited = describe_death(3 << 8, {});
  EXPECT_EQ(exited.outcome, Outcome::exited);
  EXPECT_EQ(exited.detail, 3);
  EXPECT_EQ(exited.message, "the task ended its process with exit code 3 and gave no result");
}

}  // namespace
}  // namespace ropewalk
