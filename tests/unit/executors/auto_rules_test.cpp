#include "executors/auto_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk::auto_rules {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000, kSecond = 1'000'000'000;
constexpr Mode kThreads{Kind::thread, 2}, kProcesses{Kind::process, 2}, kWide{Kind::thread, 32},
    kWideProcesses{Kind::process, 8};

/// Two cores, two workers, and a thousand tasks; tasks that wait may have 32 workers.
StageFacts facts() { return {.workers = 2, .max_workers = 32, .cores = 2, .may_share = true, .tasks = 1000}; }

/// `attempts` of `mean_ns` each, of which `share` was CPU time, without a break between them.
Seen seen(std::uint64_t attempts, std::int64_t mean_ns, double share, std::uint32_t workers = 2,
          std::uint64_t died = 0) {
  const std::int64_t run_ns = static_cast<std::int64_t>(attempts) * mean_ns;
  return {.attempts = attempts,
          .died = died,
          .run_ns = run_ns,
          .cpu_ns = static_cast<std::int64_t>(static_cast<double>(run_ns) * share),
          .window_ns = run_ns / workers,
          .window_attempts = attempts};
}
Seen short_tasks(std::int64_t mean_ns, double share, std::uint32_t workers = 2) {
  return seen(static_cast<std::uint64_t>(40 * kMs / mean_ns * workers), mean_ns, share, workers);
}

/// "thread x2", and the reason if it is settled.
std::string text_of(const Decision& decision) {
  return name_of(decision.mode) + (decision.settled ? ": " + decision.why : "");
}

Decision after(std::vector<Trial> trials, StageFacts stage = facts(), std::optional<std::uint64_t> left = 100'000) {
  return next({.stage = stage, .trials = std::move(trials), .left = left});
}

// --- before anything is known ---

TEST(AutoRules, TasksThatMayShareAProcessBeginInOne) {
  EXPECT_EQ(text_of(begin(facts())), "thread x2");
  StageFacts many = facts();
  many.tasks.reset();
  EXPECT_EQ(text_of(begin(many)), "thread x2");
}

TEST(AutoRules, ASingleTaskIsNoCanary) {
  StageFacts one = facts();
  one.tasks = 1;
  EXPECT_EQ(text_of(begin(one)), "process x2: a single task needs a single process");
  EXPECT_FALSE(begin(one).lasts);
}

TEST(AutoRules, AStageWithOneWorkerHasNothingToChoose) {
  StageFacts one = facts();
  one.workers = one.max_workers = 1;
  EXPECT_EQ(text_of(begin(one)), "process x1: one task runs at a time, for which all modes are alike");
}

TEST(AutoRules, TasksThatMayNotShareAProcessNeverDo) {
  StageFacts apart = facts();
  apart.may_share = false;
  EXPECT_EQ(text_of(begin(apart)), "process x2") << "more workers may help";
  apart.max_workers = 2;
  EXPECT_EQ(text_of(begin(apart)), "process x2: its tasks may not share a process");
}

TEST(AutoRules, TheFirstTaskInASharedProcessIsAlone) {
  EXPECT_EQ(at_once(facts(), kThreads, 0), 1u);
  EXPECT_EQ(at_once(facts(), kThreads, 1), 2u);
  EXPECT_EQ(at_once(facts(), kThreads, 50), 50u) << "a crash takes no more along than have ended";
  EXPECT_GT(at_once(facts(), kProcesses, 0), 1'000'000u);
  EXPECT_GT(at_once(facts(), kWide, 0), 1'000'000u) << "canaries have ended well in a shared process";
  StageFacts many = facts();
  many.workers = 100;
  EXPECT_GT(at_once(many, {Kind::thread, 100}, 0), 1'000'000u) << "the user knows that they wait";
}

// --- the first canary ---

TEST(AutoRules, ALongFirstTaskKeepsItsProcessForItself) {
  Situation now{.stage = facts(), .trials = {{kThreads, {}}}, .left = 999, .first_running_ns = kLongNs - 1};
  EXPECT_EQ(text_of(next(now)), "thread x2");
  now.first_running_ns = kLongNs;
  EXPECT_EQ(text_of(next(now)), "process x2");
  now.stage.workers = 1;
  now.trials[0].mode.workers = 1;
  EXPECT_EQ(text_of(next(now)), "thread x1") << "there is no other worker";
}

TEST(AutoRules, FewTasksAreNotUsedForComparisons) {
  StageFacts few = facts();
  few.tasks = 4;
  const Decision fast = after({{kThreads, seen(1, kMs, 1)}}, few, 3);
  EXPECT_EQ(text_of(fast), "thread x2: there are too few tasks to compare modes, and they are short");
  EXPECT_FALSE(fast.lasts);
  const Decision slow = next({.stage = few, .trials = {{kThreads, {}}}, .left = 3, .first_running_ns = kLongNs});
  EXPECT_EQ(text_of(slow),
            "process x2: there are too few tasks to compare modes, and they are long enough for a process each");
  few.tasks = 5;
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kMs, 1)}}, few, 4)), "thread x2") << "five are more than two rounds";
}

TEST(AutoRules, ACrashInASharedProcessIsEnough) {
  const Decision decision = after({{kThreads, seen(3, kMs, 1, 2, 1)}});
  EXPECT_EQ(text_of(decision),
            "process x2: 1 of 3 tasks ended its process, and in a shared process that takes other tasks along");
  EXPECT_TRUE(decision.lasts);
  EXPECT_TRUE(after({{kThreads, seen(3, kMs, 1, 2, 1)}, {kProcesses, {}}}).settled) << "also when it is known later";
}

// --- short tasks ---

TEST(AutoRules, ShortTasksAreCountedForAWindow) {
  Seen some = short_tasks(10'000, 1);
  some.window_ns = kWindowNs - 1;
  EXPECT_EQ(text_of(after({{kThreads, some}})), "thread x2");
  some.window_ns = kWindowNs;
  some.window_attempts = 7;
  EXPECT_EQ(text_of(after({{kThreads, some}})), "thread x2") << "too few to say anything";
}

TEST(AutoRules, AShortStageDoesNotPayForOtherProcesses) {
  const Decision decision = after({{kThreads, short_tasks(10'000, 1)}}, facts(), 1000);
  EXPECT_EQ(text_of(decision), "thread x2: what was left of the stage was too short for another mode to pay");
  EXPECT_FALSE(decision.lasts) << "the next run may be longer";
  EXPECT_EQ(text_of(after({{kThreads, short_tasks(10'000, 1)}}, facts(), std::nullopt)), "process x2")
      << "a stage of unknown length is a long one";
}

TEST(AutoRules, ShortTasksStayInOneProcessUnlessProcessesAreClearlyFaster) {
  EXPECT_EQ(text_of(after({{kThreads, short_tasks(10'000, 1)}})), "process x2");
  EXPECT_EQ(text_of(after({{kThreads, short_tasks(10'000, 1)}, {kProcesses, seen(3, 10'000, 1)}})), "process x2")
      << "not enough was seen";
  EXPECT_EQ(text_of(after({{kThreads, short_tasks(10'500, 1)}, {kProcesses, short_tasks(10'000, 1)}})),
            "thread x2: processes finished 1.05 times as many tasks a second, so threads of one process are enough");
  EXPECT_EQ(text_of(after({{kThreads, short_tasks(15'000, 1)}, {kProcesses, short_tasks(10'000, 1)}})),
            "process x2: processes finished 1.5 times as many tasks a second as threads of one process");
}

// --- long tasks ---

TEST(AutoRules, LongTasksThatComputeHaveAProcessForEachWorker) {
  const Decision decision = after({{kThreads, seen(1, kSecond, 0.99)}, {kProcesses, seen(1, kSecond, 0.99)}});
  EXPECT_EQ(text_of(decision),
            "process x2: tasks computed for 99% of their time and take 1 s: a process for each worker costs them "
            "nothing, and a crash takes no other task along");
  EXPECT_TRUE(decision.lasts);
  EXPECT_FALSE(after({{kThreads, {}}, {kProcesses, seen(1, kSecond, 0.99)}}).settled) << "a task is no round";
}

TEST(AutoRules, ALongCanaryDoesNotDelayTheChoice) {
  EXPECT_TRUE(after({{kThreads, {}}, {kProcesses, seen(2, kSecond, 0.99)}}).settled);
}

TEST(AutoRules, LongTasksThatWaitGetMoreWorkers) {
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kSecond, 0)}, {kProcesses, seen(1, kSecond, 0)}})), "thread x32");
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kSecond, 0.5)}, {kProcesses, seen(1, kSecond, 0.5)}})), "thread x4")
      << "as many as keep two cores busy";
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kSecond, 0.71)}, {kProcesses, seen(1, kSecond, 0.71)}})).substr(0, 11),
            "process x2:")
      << "they compute";
}

TEST(AutoRules, WaitingTasksOfAFixedNumberOfWorkersShareAProcess) {
  StageFacts fixed = facts();
  fixed.max_workers = 2;
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kSecond, 0)}, {kProcesses, seen(1, kSecond, 0)}}, fixed)),
            "thread x2: tasks waited for 100% of their time, for which threads of one process are enough");
}

TEST(AutoRules, WaitingForACoreIsNotWaiting) {
  Seen crowded = seen(1, kSecond, 0.4);
  crowded.core_wait_ns = 6 * kSecond / 10;
  EXPECT_NEAR(crowded.cpu_share(), 1.0, 1e-9);
  EXPECT_THAT(text_of(after({{kThreads, crowded}, {kProcesses, crowded}})), HasSubstr("process x2: tasks computed"));
}

TEST(AutoRules, CrashesInProcessesSpeakAgainstThreads) {
  EXPECT_EQ(text_of(after({{kThreads, seen(1, kSecond, 1)}, {kProcesses, seen(1, kSecond, 1, 2, 1)}})),
            "process x2: 1 of 2 tasks ended its process, and a shared process would take other tasks along");
}

// --- more workers than cores ---

TEST(AutoRules, MoreWorkersStayIfTheyFinishMore) {
  const std::vector<Trial> few{{kThreads, seen(1, kSecond, 0)}, {kProcesses, seen(1, kSecond, 0)}};
  std::vector<Trial> trials = few;
  trials.push_back({kWide, seen(31, kSecond, 0, 32)});
  EXPECT_EQ(text_of(after(trials)), "thread x32") << "the first round is not over";
  trials.back().seen = seen(32, kSecond, 0, 32);
  EXPECT_EQ(
      text_of(after(trials)),
      "thread x32: tasks waited for 100% of their time, and 32 workers finished 16.0 times as many a second as 2");
}

TEST(AutoRules, TasksThatWaitForEachOtherKeepTheirWorkers) {
  // With 16 times the workers a task takes 16 times as long.
  EXPECT_EQ(text_of(after({{kThreads, seen(2, kSecond, 0)},
                           {kProcesses, seen(2, kSecond, 0)},
                           {kWide, seen(32, 16 * kSecond, 0, 32)}})),
            "thread x2: tasks waited for 100% of their time, but 32 workers finished no more of them a second than 2");
}

TEST(AutoRules, ShortTasksThatWaitForALockInTheirProcessTryProcesses) {
  const Trial threads{kThreads, short_tasks(100'000, 0.1)}, wide{{Kind::thread, 20}, short_tasks(1'000'000, 0.1, 20)};
  EXPECT_EQ(text_of(after({threads})), "thread x20");
  EXPECT_EQ(text_of(after({threads, wide})), "process x2");
  EXPECT_EQ(text_of(after({threads, wide, {kProcesses, short_tasks(50'000, 0.9)}})),
            "process x2: processes finished 2.0 times as many tasks a second as threads of one process");
}

TEST(AutoRules, ProcessesGetAtMostFourForEachCore) {
  StageFacts apart = facts();
  apart.may_share = false;
  EXPECT_EQ(text_of(after({{kProcesses, seen(2, kSecond, 0)}}, apart)), "process x8");
  EXPECT_THAT(text_of(after({{kProcesses, seen(2, kSecond, 0)}, {kWideProcesses, seen(8, kSecond, 0, 8)}}, apart)),
              HasSubstr("process x8: tasks waited for 100% of their time, and 8 workers finished 4.0 times"));
  EXPECT_EQ(text_of(after({{kProcesses, seen(2, kSecond, 1)}}, apart)),
            "process x2: tasks computed for 100% of their time, and may not share a process");
}

TEST(AutoRules, ACrashAmongManyThreadsEndsThem) {
  const Decision decision = after({{kThreads, seen(2, kSecond, 0)}, {kWide, seen(5, kSecond, 0, 32, 1)}});
  EXPECT_EQ(text_of(decision),
            "process x8: 1 of 5 tasks ended its process, and in a shared process that takes other tasks along");
}

TEST(AutoRules, ManyWorkersThatTheUserAskedForAreNotTurnedIntoProcesses) {
  StageFacts many = facts();
  many.workers = many.max_workers = 100;
  const Mode hundred{Kind::thread, 100};
  EXPECT_EQ(text_of(after({{hundred, seen(99, kSecond, 1, 100)}}, many)), "thread x100");
  EXPECT_EQ(text_of(after({{hundred, seen(100, kSecond, 1, 100)}}, many)),
            "thread x100: tasks computed for 100% of their time, and 100 processes would be many for 2 cores");
  EXPECT_EQ(text_of(after({{hundred, seen(100, kSecond, 0, 100)}}, many)),
            "thread x100: tasks waited for 100% of their time, and 100 processes would be many for 2 cores");
}

TEST(AutoRules, OneCoreHasOneWorkerUntilTasksWait) {
  const StageFacts one{.workers = 1, .max_workers = 16, .cores = 1, .may_share = true, .tasks = 1000};
  EXPECT_EQ(text_of(begin(one)), "thread x1");
  EXPECT_EQ(text_of(after({{{Kind::thread, 1}, seen(1, kSecond, 0)}}, one)), "thread x16");
  EXPECT_EQ(text_of(after({{{Kind::thread, 1}, seen(1, kSecond, 1)}}, one)),
            "thread x1: one task runs at a time, for which all modes are alike");
}

// --- deaths ---

TEST(AutoRules, OneDeathEndsASharedProcessAlsoLater) {
  const Decision decision = *after_deaths(facts(), kWide, {.attempts = 200, .died = 1});
  EXPECT_EQ(text_of(decision),
            "process x8: a task ended its process, and in a shared process that takes other tasks along");
  EXPECT_TRUE(decision.settled && decision.lasts);
  EXPECT_FALSE(after_deaths(facts(), kWide, {.attempts = 200, .died = 0}));
}

TEST(AutoRules, ManyDeathsAskForFreshProcesses) {
  EXPECT_FALSE(after_deaths(facts(), kProcesses, {.attempts = 7, .died = 7})) << "too few to say";
  EXPECT_FALSE(after_deaths(facts(), kProcesses, {.attempts = 8, .died = 2}));
  EXPECT_FALSE(after_deaths(facts(), kProcesses, {.attempts = 25, .died = 3}));
  EXPECT_EQ(
      text_of(*after_deaths(facts(), kProcesses, {.attempts = 24, .died = 3})),
      "process-per-task x2: 3 of the last 24 tasks ended their process: a fresh one for each task costs less than "
      "that");
}

TEST(AutoRules, FewDeathsDoNotNeedFreshProcesses) {
  const Mode fresh{Kind::process_per_task, 2};
  EXPECT_FALSE(after_deaths(facts(), fresh, {.attempts = 63, .died = 0}));
  EXPECT_FALSE(after_deaths(facts(), fresh, {.attempts = 100, .died = 5}));
  EXPECT_EQ(text_of(*after_deaths(facts(), fresh, {.attempts = 100, .died = 4})),
            "process x2: 4 of the last 100 tasks ended their process: most of them can share one in turn");
}

TEST(AutoRules, OldDeathsAreForgotten) {
  Lately lately;
  lately.add(100, 50);
  EXPECT_EQ(lately.died, 50u);
  for (int i = 0; i < 20; ++i) lately.add(100, 0);
  EXPECT_EQ(lately.died, 0u);
  EXPECT_LT(lately.attempts, 256u);
}

// --- what an earlier run found ---

TEST(AutoRules, AnEarlierChoiceHoldsWhileTasksAreAlike) {
  const Remembered waits{kWide, 0.01, 100 * kMs};
  EXPECT_FALSE(contradicts(waits, facts(), seen(100, 100 * kMs, 0.05)));
  EXPECT_FALSE(contradicts(waits, facts(), seen(100, kSecond, 0.05))) << "ten times as long is not another kind";
  EXPECT_FALSE(contradicts(waits, facts(), seen(63, 100 * kMs, 1))) << "fewer than two rounds say nothing";
  EXPECT_TRUE(contradicts(waits, facts(), seen(64, 100 * kMs, 1)));
  EXPECT_TRUE(contradicts(waits, facts(), seen(64, kMs, 0)));
  const Remembered computes{kProcesses, 0.98, 100'000};
  EXPECT_TRUE(contradicts(computes, facts(), seen(4, 100'000, 0.2)));
  EXPECT_TRUE(contradicts(computes, facts(), seen(4, 10 * kMs, 1)));
  EXPECT_FALSE(contradicts(computes, facts(), seen(4, 100'000, 0.7)));
  const Remembered tiny{kThreads, 1, 50};
  EXPECT_FALSE(contradicts(tiny, facts(), seen(4, 900, 1))) << "below a microsecond all tasks are alike";
}

TEST(AutoRules, ModesHaveTheNamesOfExecutors) {
  for (const Kind kind : {Kind::thread, Kind::process, Kind::process_per_task})
    EXPECT_EQ(kind_of(executor_of(kind)), kind);
  EXPECT_FALSE(kind_of("serial"));
  EXPECT_EQ(name_of({Kind::process_per_task, 3}), "process-per-task x3");
  EXPECT_EQ(Seen{}.cpu_share(), 1) << "nothing is known";
  EXPECT_EQ(Seen{}.mean_ns(), 0);
}

}  // namespace
}  // namespace ropewalk::auto_rules
