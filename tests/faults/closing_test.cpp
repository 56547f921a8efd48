// open() and close() of a task type have time limits, and their failures are reported once per stage. They cost no
// result.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace ropewalk {
namespace {

using test::Account;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::MatchesRegex;

constexpr std::uint64_t kTasks = 4;

class Closing : public test::Watched, public testing::WithParamInterface<std::string> {
 protected:
  RunResult run(const std::string& task, RunOptions run_options = {.keep_results = true, .closes = true},
                EngineOptions engine_options = options()) {
    Engine engine(engine_options);
    return engine.run(
        plan({stage(engine.plugin("closer").value(), task, kTasks, {.executor = GetParam(), .workers = 2})}), account_,
        run_options);
  }
  void expect_results(const RunResult& result) {
    EXPECT_EQ(rows(result).size(), kTasks);
    for (const auto& row : rows(result))
      EXPECT_EQ(row.value, Value(Map{{"index", static_cast<std::int64_t>(row.index)}})) << row.message;
  }
  std::string host_count() const {
    return GetParam() == "process-per-task" ? "4 hosts" : GetParam() == "process" ? "[12] hosts?" : "1 host";
  }
  Account account_;
};

TEST_P(Closing, AHangingCloseIsKilledAndReportedOnceWithItsCount) {
  expect_results(run("hangs_in_close"));
  EXPECT_THAT(account_.warnings,
              testing::ElementsAre(MatchesRegex(
                  "stage 'stage': close\\(\\) of its task type did not return within 2 s in " + host_count())));
}

TEST_P(Closing, ACrashInCloseIsReportedOnceWithItsSignal) {
  expect_results(run("dies_in_close"));
  EXPECT_THAT(
      account_.warnings,
      testing::ElementsAre(MatchesRegex("stage 'stage': " + host_count() +
                                        " died in close\\(\\) of its task type; the last one was killed by SIGSEGV")));
}

TEST_P(Closing, AnExitInCloseIsReportedOnceWithItsCode) {
  expect_results(run("exits_in_close"));
  EXPECT_THAT(
      account_.warnings,
      testing::ElementsAre(MatchesRegex("stage 'stage': " + host_count() +
                                        " died in close\\(\\) of its task type; the last one exited with code 3")));
}

TEST_P(Closing, ReplacedHostsAreCountedToo) {
  EngineOptions old_after_one = options();
  old_after_one.recycle_after_tasks = 1;
  expect_results(run("dies_in_close", {.keep_results = true, .closes = true}, old_after_one));
  if (GetParam().starts_with("thread")) return;  // its hosts belong to two tasks, or one
  EXPECT_THAT(account_.warnings,
              testing::ElementsAre(
                  "stage 'stage': 4 hosts died in close() of its task type; the last one was killed by SIGSEGV"));
}

TEST_P(Closing, AFailingOpenFailsItsTasksAndIsReportedOnceWithTheirCount) {
  run("fails_to_open");
  for (std::uint64_t i = 0; i < kTasks; ++i) {
    EXPECT_EQ(account_.endings[i].outcome, Outcome::failed);
    EXPECT_EQ(account_.endings[i].message, "the licence server does not answer");
  }
  EXPECT_THAT(account_.warnings,
              testing::ElementsAre("stage 'stage': 4 tasks failed because open() of the task type failed"));
}

TEST_P(Closing, AHangingOpenEndsItsTaskAfterTheLimitForOpen) {
  run("hangs_in_open",
      {.open_limit = std::chrono::nanoseconds(20'000'000), .grace = std::chrono::nanoseconds(20'000'000)});
  for (std::uint64_t i = 0; i < kTasks; ++i) {
    EXPECT_EQ(account_.endings[i].outcome, Outcome::timed_out) << account_.endings[i].message;
    EXPECT_EQ(account_.endings[i].message,
              "open() of its task type did not return within 20 ms; a `timeout` of the stage sets another limit");
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Closing,
                         testing::Values("thread", "process", "thread-per-task", "process-per-task", "serial"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace ropewalk
