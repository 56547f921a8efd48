#include "report/summary.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace ropewalk {
namespace {

StageResult stage(std::string name, std::string executor, std::uint32_t workers, std::uint64_t tasks, double wall,
                  double median, double p95, double concurrency, double cores, std::optional<Bound> bound) {
  StageResult out;
  out.name = std::move(name);
  out.task = "sim.cpu";
  out.executor = std::move(executor);
  out.workers = workers;
  out.outcome = Outcome::succeeded;
  out.tasks = out.succeeded = tasks;
  out.wall_s = wall;
  out.task_s = {median, median, p95, p95, concurrency * wall};
  out.concurrency = concurrency;
  out.cores = cores;
  out.cpu_s = cores * wall;
  out.bound = bound;
  return out;
}

RunResult run_of(std::vector<StageResult> stages, Outcome outcome = Outcome::succeeded) {
  RunResult run;
  run.outcome = outcome;
  run.wall_s = 13.4;
  run.stages = std::move(stages);
  return run;
}

std::string summary(const RunResult& run) {
  std::string out;
  append_summary(out, run, {});
  return out;
}

TEST(Summary, IsATableWithAColumnForEachNumber) {
  StageResult threads = stage("threads", "thread", 2, 8, 4.16, 1.03, 1.08, 2, 1.98, Bound::cpu);
  threads.vs_serial = 1.974;
  EXPECT_EQ(summary(run_of({stage("one-by-one", "serial", 1, 8, 8.21, 1.03, 1.05, 1, 0.99, Bound::cpu), threads,
                            stage("wait", "thread", 10, 10, 1.001, 1, 1, 10, 0.01, Bound::io)})),
            "stage      executor     tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial\n"
            "one-by-one serial           8    8       0   8.21 s   1.03 s   1.05 s      1.0   0.99  cpu\n"
            "threads    thread x2        8    8       0   4.16 s   1.03 s   1.08 s      2.0   1.98  cpu         2.0x\n"
            "wait       thread x10      10   10       0   1.00 s   1.00 s   1.00 s     10.0   0.01  io\n"
            "succeeded: 26 of 26 tasks succeeded in 13.40 s\n");
}

TEST(Summary, NamesWhatAutoChoseAndItsEvidence) {
  StageResult fetch = stage("fetch", "auto", 32, 400, 1.5, 0.1, 0.1, 26, 0.05, Bound::io);
  fetch.choice = AutoChoice{
      .executor = "thread",
      .workers = 32,
      .why = "tasks waited",
      .remembered = false,
      .modes = {
          {.executor = "thread", .workers = 2, .attempts = 1, .died = 1, .run_s = 0.1, .cpu_s = 0.05, .bytes = 16},
          {.executor = "thread", .workers = 32, .attempts = 399, .died = 0, .run_s = 39.9, .cpu_s = 0, .bytes = 7980}}};
  EXPECT_EQ(summary(run_of({fetch})),
            "stage executor         tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial\n"
            "fetch auto: thread x32   400  400       0   1.50 s   100 ms   100 ms     26.0   0.05  io\n"
            "auto: stage 'fetch' chose thread x32: tasks waited\n"
            "  thread x2: 1 task of 100 ms on average, 50% of it CPU time; 1 ended its process; 16 bytes each\n"
            "  thread x32: 399 tasks of 100 ms on average, 0% of it CPU time; 0 ended their process; 20 bytes each\n"
            "succeeded: 400 of 400 tasks succeeded in 13.40 s\n");
}

TEST(Summary, OfARunThatHasNotEndedSaysSoInPlaceOfHowItEnded) {
  StageResult fetch = stage("fetch", "thread", 2, 8, 4.16, 1.03, 1.08, 2, 1.98, Bound::cpu), hash = fetch,
              after = fetch;
  hash.name = "hash", hash.outcome = Outcome::not_started, hash.wall_s = 0, hash.succeeded = 7, hash.failed = 1;
  after = StageResult();
  after.name = "after", after.executor = "thread", after.workers = 2;
  RunResult run = run_of({fetch, hash, after}, Outcome::failed);
  run.broken = true;
  run.why = "the run did not come to its end";
  std::string out;
  append_summary(out, run, {.unfinished = "killed"});
  EXPECT_EQ(out,
            "stage executor     tasks   ok  failed     wall   median      p95  at once  cores  bound  vs serial\n"
            "fetch thread x2        8    8       0   4.16 s   1.03 s   1.08 s      2.0   1.98  cpu\n"
            "hash  thread x2        8    7       1        -   1.03 s   1.08 s        -      -  cpu\n"
            "after thread x2        0    0       0        -        -        -        -      -\n"
            "note: stage 'hash' has not ended\n"
            "note: stage 'after' has not started a task\n"
            "killed: 15 tasks succeeded and 1 failed so far\n");
}

TEST(Summary, EndsWithTheCommandsThatContinue) {
  std::string out;
  append_summary(out, run_of({}, Outcome::failed), {.next = {"ropewalk why quiet-otter hash/3"}});
  EXPECT_EQ(out, "failed: 0 of 0 tasks succeeded in 13.40 s\n  ropewalk why quiet-otter hash/3\n");
}

TEST(Summary, WidensAColumnToItsContent) {
  EXPECT_EQ(
      summary(run_of({stage("s", "process-per-task", 16, 1'000'000, 2, 1e-6, 2e-6, 0.5, 0.5, Bound::mixed)})),
      "stage executor                 tasks         ok  failed     wall   median      p95  at once  cores  bound  vs "
      "serial\n"
      "s     process-per-task x16 1,000,000  1,000,000       0   2.00 s   1.0 us   2.0 us      0.5   0.50  mixed\n"
      "succeeded: 1,000,000 of 1,000,000 tasks succeeded in 13.40 s\n");
}

TEST(Summary, ASlowDownIsShown) {
  StageResult slow = stage("slow", "thread", 2, 8, 4, 1, 1, 2, 0.5, Bound::cpu);
  slow.vs_serial = 0.5;
  EXPECT_NE(summary(run_of({slow})).find("  0.50x\n"), std::string::npos);
}

TEST(Summary, ReportsTasksThatWaitedForCores) {
  StageResult crowded = stage("crowd", "thread", 8, 8, 4, 4, 4, 8, 2, Bound::cpu);
  crowded.runnable_wait_s = 24;
  EXPECT_NE(summary(run_of({crowded}))
                .find("note: stage 'crowd' waited for cores: its tasks were ready to run for 24.00 s "
                      "without one, 75% of their run time; there are more workers than cores, or other "
                      "programs use them\n"),
            std::string::npos);
  crowded.runnable_wait_s = 0.5;
  EXPECT_EQ(summary(run_of({crowded})).find("note:"), std::string::npos);
}

TEST(Summary, ReportsTasksThatAnEarlierSessionHasDone) {
  StageResult resumed = stage("wait", "thread", 10, 10, 1.001, 1, 1, 10, 0.01, Bound::io);
  resumed.kept = 9;
  EXPECT_NE(summary(run_of({resumed})).find("note: stage 'wait' kept 9 tasks of an earlier session\n"),
            std::string::npos);
}

TEST(Summary, ReportsTasksThatDidNotRun) {
  StageResult skipped;
  skipped.name = "render";
  skipped.executor = "process";
  skipped.workers = 2;
  skipped.outcome = Outcome::skipped;
  skipped.tasks = skipped.skipped = 7;
  skipped.why = "stage 'load' failed";
  StageResult empty = stage("none", "thread", 2, 0, 0, 0, 0, 0, 0, {});
  StageResult left_out = stage("notice", "thread", 2, 0, 0, 0, 0, 0, 0, {});
  left_out.outcome = Outcome::left_out;
  left_out.why = "its 'if' is false";
  StageResult starved = stage("pack", "thread", 2, 4, 1, 1, 1, 1, 0, Bound::io);
  starved.outcome = Outcome::failed;
  starved.tasks = 5;
  starved.skipped = 1;
  starved.why = "1 of 5 items are missing, because stage 'load' failed";
  const std::string text = summary(run_of({skipped, empty, left_out}, Outcome::failed));
  EXPECT_NE(text.find("note: stage 'notice' was left out: its 'if' is false\n"), std::string::npos) << text;
  EXPECT_NE(summary(run_of({starved}))
                .find("note: stage 'pack' skipped 1 task: 1 of 5 items are missing, because stage 'load' failed\n"),
            std::string::npos);
  EXPECT_NE(text.find("render process x2       7    0       0        -        -        -        -      -\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("note: stage 'render' was skipped, 7 tasks: stage 'load' failed\n"), std::string::npos) << text;
  EXPECT_NE(text.find("note: stage 'none' had no task\n"), std::string::npos) << text;
  EXPECT_NE(text.find("failed: 0 of 7 tasks succeeded in 13.40 s\n"), std::string::npos) << text;
}

TEST(Summary, ListsTheFirstTenFailuresEscaped) {
  RunResult run = run_of({stage("s", "thread", 2, 12, 1, 1, 1, 1, 0, Bound::io)}, Outcome::failed);
  run.stages[0].succeeded = 0;
  run.stages[0].failed = 12;
  for (std::uint64_t i = 0; i < 12; ++i)
    run.failures.push_back({"s", i, 1, Outcome::failed, 0, "no \x1b[2J such\nfile"});
  run.more_failures = 100;
  const std::string text = summary(run);
  EXPECT_NE(text.find("failures, the first 10 of 112:\n  s/0 failed: no \\x1b[2J such\\nfile\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  s/9 failed"), std::string::npos);
  EXPECT_EQ(text.find("  s/10 failed"), std::string::npos);
}

TEST(Summary, AFailureNamesItsItem) {
  EXPECT_EQ(failure_line({"s", 3, 1, Outcome::failed, 0, "no such file", "", {}, ShownValue{Path{"caf\xe9.jpg"}}}),
            "s/3 (caf\\xe9.jpg) failed: no such file");
  EXPECT_EQ(failure_line({"s", 3, 2, Outcome::exited, 4, "", "", {}, ShownValue{Map{{"x", 1}, {"y", "b"}}}}),
            "s/3 (x: 1, y: b) exited with 4 and no result at attempt 2");
  EXPECT_EQ(failure_line({"s", 3, 1, Outcome::failed, 0, "no such file"}), "s/3 failed: no such file");
}

TEST(Summary, ShowsTheEvidenceOfACrashBelowIt) {
  RunResult run = run_of({stage("s", "process", 2, 1, 1, 1, 1, 1, 0, Bound::io)}, Outcome::failed);
  run.failures.push_back({"s", 0, 1, Outcome::crashed, SIGSEGV, "at\x1b[2J",
                          "read address 0x0\n#0 a.so  f\x1b[2J()+0x4\n#1 a.so  g()+0x1\nlog: step 1\n"});
  const auto shown = [&](SummaryStyle style) {
    style.table = false;
    std::string out;
    append_summary(out, run, style);
    return out.substr(0, out.rfind("failed: "));
  };
  EXPECT_EQ(shown({}),
            "failures:\n"
            "  s/0 crashed by SIGSEGV: at\\x1b[2J\n"
            "      read address 0x0\n"
            "      #0 a.so  f\\x1b[2J()+0x4\n"
            "      #1 a.so  g()+0x1\n"
            "      log: step 1\n");
  EXPECT_EQ(shown({.evidence_lines = 2}),
            "failures:\n"
            "  s/0 crashed by SIGSEGV: at\\x1b[2J\n"
            "      read address 0x0\n"
            "      #0 a.so  f\\x1b[2J()+0x4\n"
            "      ... 2 more lines, shown with -v\n");
  EXPECT_EQ(shown({.logged = [](const Failure&) { return std::string("s/0 | step 1\n"); }}),
            "failures:\n"
            "  s/0 crashed by SIGSEGV: at\\x1b[2J\n"
            "      read address 0x0\n"
            "      #0 a.so  f\\x1b[2J()+0x4\n"
            "      #1 a.so  g()+0x1\n"
            "s/0 | step 1\n")
      << "what it said is not told twice";
}

TEST(Summary, ReportsHowATaskEnded) {
  EXPECT_EQ(failure_line({"s", 7, 1, Outcome::crashed, SIGSEGV, "at 0x0"}), "s/7 crashed by SIGSEGV: at 0x0");
  EXPECT_EQ(failure_line({"s", 7, 2, Outcome::exited, 3, ""}), "s/7 exited with 3 and no result at attempt 2");
  EXPECT_EQ(failure_line({"s", 7, 1, Outcome::timed_out, 0, "after 5 s"}), "s/7 timed out: after 5 s");
  EXPECT_EQ(failure_line({"s", 7, 1, Outcome::out_of_memory, 0, ""}), "s/7 out of memory");
}

TEST(Summary, AnEmptyBrokenOrCancelledRunIsReportedAsSuch) {
  EXPECT_EQ(summary(run_of({})), "the run had no task at all\n");
  RunResult broken = run_of({}, Outcome::failed);
  broken.broken = true;
  broken.why = "the warden died twice";
  EXPECT_EQ(summary(broken), "the run broke: the warden died twice\n");
  EXPECT_EQ(summary(run_of({}, Outcome::cancelled)), "cancelled: 0 of 0 tasks succeeded in 13.40 s\n");
}

TEST(Summary, AStageThatFailedWithoutATaskShowsTheReasonWithAndWithoutTheTable) {
  RunResult run =
      run_of({stage("s", "thread", 2, 3, 1, 1, 1, 1, 0, Bound::io), stage("t", "thread", 2, 0, 0, 0, 0, 0, 0, {})},
             Outcome::failed);
  for (StageResult& each : run.stages) each.outcome = Outcome::failed, each.why = "cannot read lines from 'x'";
  const std::string notes =
      "note: stage 's' failed: cannot read lines from 'x'\n"
      "note: stage 't' ended before it had a task: cannot read lines from 'x'\n"
      "failed: 3 of 3 tasks succeeded in 13.40 s\n";
  EXPECT_TRUE(summary(run).ends_with("\n" + notes)) << summary(run);
  std::string out;
  append_summary(out, run, {.table = false});
  EXPECT_EQ(out, notes);
}

TEST(Summary, WithoutTheTableOnlyFailuresAndTheEndRemain) {
  RunResult run = run_of({stage("s", "thread", 2, 1, 1, 1, 1, 1, 0, Bound::io)}, Outcome::failed);
  run.stages[0].succeeded = 0;
  run.stages[0].failed = 1;
  run.failures.push_back({"s", 0, 1, Outcome::failed, 0, "no"});
  std::string out;
  append_summary(out, run, {.color = false, .table = false});
  EXPECT_EQ(out, "failures:\n  s/0 failed: no\nfailed: 0 of 1 task succeeded in 13.40 s\n");
}

}  // namespace
}  // namespace ropewalk
