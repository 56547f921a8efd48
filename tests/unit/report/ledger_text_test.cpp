#include "report/ledger_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ropewalk {
namespace {

/// 8 workers, 10 s: 80 s of workers, in tasks that compute unless something else is said.
StageResult hash(StageLedger ledger) {
  ledger.total_s = 80;
  double known = 0;
  for (const LedgerPart& part : kLedgerParts)
    if (part.key != "total_s") known += ledger.*part.seconds;
  ledger.user_s += 80 - known;
  StageResult stage;
  stage.name = "hash";
  stage.task = "file.checksum";
  stage.executor = "thread";
  stage.workers = 8;
  stage.tasks = 5000;
  stage.wall_s = 10;
  stage.cores = ledger.user_s / 10;
  stage.task_s.median = 3e-6;
  stage.ledger = ledger;
  return stage;
}

TEST(LedgerSentence, NamesTheStageThatFeedsTooSlowly) {
  EXPECT_EQ(ledger_sentence(hash({.starved_s = 30, .fed_by = "fetch"})),
            "stage 'hash': 3 of 8 workers were starved on average: stage 'fetch' feeds too slowly");
}

TEST(LedgerSentence, OfOneStarvedWorkerNamesItsShare) {
  StageResult stage = hash({.starved_s = 60, .fed_by = "fetch"});
  stage.workers = 1;
  EXPECT_EQ(ledger_sentence(stage),
            "stage 'hash': its worker was starved for 75% of the time: stage 'fetch' feeds too slowly");
}

TEST(LedgerSentence, NamesTheDelayOfRetriesIfTasksWaitedForIt) {
  EXPECT_EQ(ledger_sentence(hash({.starved_s = 40, .retry_s = 30, .fed_by = "fetch"})),
            "stage 'hash': 4 of 8 workers were starved on average: tasks waited for the delay of their retry");
}

TEST(LedgerSentence, NamesItsOwnListOfItemsIfNoStageFeedsIt) {
  EXPECT_EQ(ledger_sentence(hash({.starved_s = 40})),
            "stage 'hash': 4 of 8 workers were starved on average: its items become known too slowly");
}

TEST(LedgerSentence, CountsWorkersAndCoresIfTheFormerAreMore) {
  EXPECT_EQ(ledger_sentence(hash({.core_wait_s = 60, .cores = 2})),
            "stage 'hash': 8 workers share 2 cores: tasks were ready to run and had no core for 75% of the workers' "
            "time");
  EXPECT_EQ(ledger_sentence(hash({.core_wait_s = 60, .cores = 8})),
            "stage 'hash': tasks were ready to run and had no core for 75% of the workers' time: other stages or "
            "programs use the cores");
}

TEST(LedgerSentence, NamesTheLockOfAnInterpreterWhoseThreadsCompute) {
  EXPECT_EQ(ledger_sentence(hash({.user_s = 9.5, .blocked_s = 70, .idle_cores = 1.0, .interpreter_threads = 8})),
            "stage 'hash': tasks were blocked for 88% of the workers' time: 8 threads share an interpreter of Python, "
            "whose lock (the GIL) lets one of them compute; 'executor: process' gives each its own");
  EXPECT_EQ(ledger_sentence(hash({.user_s = 1, .blocked_s = 78, .interpreter_threads = 8})),
            "stage 'hash': tasks were blocked for 98% of the workers' time")
      << "they hardly compute";
  EXPECT_EQ(ledger_sentence(hash({.user_s = 9.5, .blocked_s = 70, .interpreter_threads = 0})),
            "stage 'hash': tasks were blocked for 88% of the workers' time")
      << "no Python";
}

TEST(LedgerSentence, NamesTheLastTaskByItsItem) {
  EXPECT_EQ(ledger_sentence(
                hash({.tail_s = 63.7, .last_task = StageLedger::LastTask{12, 9.1, ShownValue{Value("a.jpg"), false}}})),
            "stage 'hash': the last task, hash/12 (a.jpg), ran 9.10 s while 7 workers had nothing left to do");
  EXPECT_EQ(ledger_sentence(hash({.tail_s = 40})),
            "stage 'hash': 4 of 8 workers were idle on average: no task was left to begin");
}

TEST(LedgerSentence, SaysThatThereWereFewerTasksThanWorkers) {
  StageResult stage = hash({.tail_s = 50, .last_task = StageLedger::LastTask{2, 10}});
  stage.tasks = 3;
  EXPECT_EQ(ledger_sentence(stage), "stage 'hash': 3 tasks for 8 workers: 5 had nothing to do");
}

TEST(LedgerSentence, NamesTheExecutorThatReusesWorkers) {
  StageResult stage = hash({.start_s = 40});
  EXPECT_EQ(ledger_sentence(stage),
            "stage 'hash': 50% of the workers' time went into starting processes and into open() of 'file.checksum'");
  stage.executor = "process-per-task";
  EXPECT_EQ(ledger_sentence(stage),
            "stage 'hash': 50% of the workers' time went into starting a process for each task; 'executor: process' "
            "starts one for each worker");
  stage.executor = "thread-per-task";
  EXPECT_EQ(ledger_sentence(stage),
            "stage 'hash': 50% of the workers' time went into starting a thread for each task; 'executor: thread' "
            "starts one for each worker");
}

TEST(LedgerSentence, ComparesShortTasksWithWhatAWorkerLosesBetweenThem) {
  EXPECT_EQ(ledger_sentence(hash({.dispatch_s = 40, .metg_s = 4e-7})),
            "stage 'hash': tasks of 3.0 us are short for what a worker loses between two of them, 400 ns: 50% of the "
            "workers' time went there");
  EXPECT_EQ(ledger_sentence(hash({.dispatch_s = 40})),
            "stage 'hash': workers waited for the engine to hand them a task for 50% of the workers' time");
}

TEST(LedgerSentence, PromisesMoreWorkersAGainOnlyIfACoreWasIdle) {
  EXPECT_EQ(ledger_sentence(hash({.blocked_s = 76, .cores = 2, .idle_cores = 1.8})),
            "stage 'hash': tasks were blocked for 95% of the workers' time, and 1.8 of 2 cores were idle: more workers "
            "help unless they wait for each other");
  EXPECT_EQ(ledger_sentence(hash({.blocked_s = 76, .cores = 2, .idle_cores = 0.4})),
            "stage 'hash': tasks were blocked for 95% of the workers' time, and no core was idle: commands and threads "
            "of tasks that wait for a core count too");
  EXPECT_EQ(ledger_sentence(hash({.blocked_s = 76, .cores = 2})),
            "stage 'hash': tasks were blocked for 95% of the workers' time")
      << "whether a core was idle is not known";
  StageResult serial = hash({.blocked_s = 76, .cores = 2, .idle_cores = 2});
  serial.executor = "serial";
  EXPECT_EQ(ledger_sentence(serial),
            "stage 'hash': tasks were blocked for 95% of the workers' time, and 2.0 of 2 cores were idle: running "
            "several at once helps unless they wait for each other");
}

TEST(LedgerSentence, IsAboutTheLargestLossOnly) {
  EXPECT_EQ(ledger_sentence(hash({.dispatch_s = 20, .starved_s = 25, .start_s = 10, .tail_s = 5, .fed_by = "a"})),
            "stage 'hash': 3 of 8 workers were starved on average: stage 'a' feeds too slowly");
}

TEST(LedgerSentence, IsEmptyIfNothingWasLostOrMeasured) {
  EXPECT_EQ(ledger_sentence(hash({.dispatch_s = 7, .tail_s = 8})), "") << "a tenth at most";
  EXPECT_EQ(ledger_sentence(StageResult()), "");
  StageResult quick = hash({.start_s = 79});
  quick.ledger->total_s = 8e-4, quick.ledger->start_s = 7e-4;
  EXPECT_EQ(ledger_sentence(quick), "") << "too short to be worth a word";
}

TEST(Ledgers, AreATableWithoutThePartsThatNobodyHas) {
  StageResult fetch = hash({.blocked_s = 79.2, .tail_s = 0.4, .residual_s = -0.4, .cores = 1, .idle_cores = 0.9});
  fetch.name = "fetch", fetch.workers = 10, fetch.wall_s = 8;
  StageResult not_measured;
  not_measured.name = "after";
  std::string out;
  append_ledgers(
      out,
      {fetch, not_measured,
       hash({.system_s = 4, .starved_s = 60, .engine_s_per_task = 6.1e-7, .metg_s = 9.4e-7, .fed_by = "fetch"})},
      false);
  EXPECT_EQ(out,
            "stage  workers x time   user  system  blocked  starved  tail  residual  engine    METG\n"
            "fetch     10 x 8.00 s   1.0%    0.0%    99.0%     0.0%  0.5%     -0.5%       -       -\n"
            "hash      8 x 10.00 s  20.0%    5.0%     0.0%    75.0%  0.0%      0.0%  610 ns  940 ns\n"
            "stage 'fetch': tasks were blocked for 99% of the workers' time, and 0.9 of 1 core was idle: more workers "
            "help unless they wait for each other\n"
            "stage 'hash': 6 of 8 workers were starved on average: stage 'fetch' feeds too slowly\n");
}

TEST(Ledgers, AreNothingIfNothingWasMeasured) {
  std::string out;
  append_ledgers(out, {StageResult()}, true);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace ropewalk
