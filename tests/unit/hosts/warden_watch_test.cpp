#include "hosts/warden_watch.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using Step = WardenWatch::Step;

ProcessState seen(char state, std::uint64_t cpu_ticks = 0) { return {.state = state, .cpu_ticks = cpu_ticks}; }

/// Which of the next `looks` is the first that asks for `step`; 0: none.
std::uint32_t first(WardenWatch& watch, Step step, std::uint32_t looks, ProcessState state) {
  for (std::uint32_t i = 1; i <= looks; ++i)
    if (watch.look(state) == step) return i;
  return 0;
}

TEST(WardenWatch, AsksEveryTenthLookAndIsContentWithTheAnswer) {
  WardenWatch watch;
  for (std::uint32_t question = 1; question < 5; ++question) {
    EXPECT_EQ(first(watch, Step::ask, 10, {}), 10u);
    EXPECT_EQ(watch.question(), question);
    EXPECT_TRUE(watch.waits());
    watch.answered(question - 1);
    EXPECT_TRUE(watch.waits()) << "that was the answer to the question before";
    watch.answered(question);
    EXPECT_FALSE(watch.waits());
  }
}

TEST(WardenWatch, ContinuesAStoppedWardenAndReplacesOneThatIsStoppedAgainAndAgain) {
  WardenWatch watch = WardenWatch::waiting();
  for (std::uint32_t i = 0; i < WardenWatch::kContinues; ++i) EXPECT_EQ(watch.look(seen('T')), Step::continue_it);
  EXPECT_EQ(watch.look(seen('T')), Step::replace);
}

TEST(WardenWatch, ReplacesATracedWardenSoon) {
  WardenWatch watch = WardenWatch::waiting();
  EXPECT_EQ(first(watch, Step::replace, 100, seen('t')), WardenWatch::kTracedLooks + 1);
}

TEST(WardenWatch, ReplacesAWardenThatSleepsAndDoesNotAnswer) {
  for (const char state : {'S', 'D'}) {
    WardenWatch watch = WardenWatch::waiting();
    EXPECT_EQ(first(watch, Step::replace, 1000, seen(state)), WardenWatch::kIdleLooks + 1) << state;
  }
}

TEST(WardenWatch, NeverReplacesAWardenThatWorksOrWaitsForACore) {
  WardenWatch watch = WardenWatch::waiting();
  EXPECT_EQ(first(watch, Step::replace, 10'000, seen('R')), 0u);
  std::uint64_t ticks = 0;
  for (int i = 0; i < 10'000; ++i) {
    ticks += i % 100 == 0;
    EXPECT_EQ(watch.look(seen('S', ticks)), Step::none) << i;
  }
}

TEST(WardenWatch, DecidesNothingAboutADeadWarden) {
  for (const char state : {'Z', 'X'}) {
    WardenWatch watch = WardenWatch::waiting();
    EXPECT_EQ(first(watch, Step::replace, 10'000, seen(state)), 0u);
  }
}

TEST(WardenWatch, WaitsLongForAWardenOfWhichTheKernelSaysNothing) {
  WardenWatch watch = WardenWatch::waiting();
  EXPECT_EQ(first(watch, Step::replace, 10'000, seen('\0')), WardenWatch::kBlindLooks + 1);
}

}  // namespace
}  // namespace ropewalk
