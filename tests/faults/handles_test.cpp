// A plugin uses the handle of a task elsewhere: on another thread, in another task, after the task's end. No task ever
// gets the result, the failure or the parameters of another one.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace ropewalk {
namespace {

using test::Account;
using test::engine;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::HasSubstr;

const std::vector<std::string> kOfTheTask = {"param_type",
                                             "param_bool",
                                             "param_int",
                                             "param_float",
                                             "param_text",
                                             "param_value",
                                             "result_bool",
                                             "result_int",
                                             "result_float",
                                             "result_text",
                                             "result_build",
                                             "build_null",
                                             "build_bool",
                                             "build_int",
                                             "build_float",
                                             "build_text",
                                             "build_begin_list",
                                             "build_begin_map",
                                             "build_key",
                                             "build_end",
                                             "buffer",
                                             "index",
                                             "attempt",
                                             "stage",
                                             "run_id",
                                             "deadline",
                                             "cancel_fd",
                                             "charge_cpu",
                                             "fail",
                                             "output.limit",
                                             "output.write",
                                             "output.result"};

Value own(std::uint64_t index) {
  const auto number = static_cast<std::int64_t>(index);
  return Map{{"index", number}, {"list", List{Value(number), Value(number)}}};
}

class Handles : public test::Watched, public testing::WithParamInterface<std::string> {
 protected:
  RunResult run(const std::string& task, std::uint64_t tasks) {
    return engine_.run(
        plan({stage(
            engine_.plugin("outsider").value(), task, tasks,
            {.executor = GetParam(),
             .workers = 3,
             .with = {{.name = "meets", .constant = !GetParam().starts_with("process")},
                      {.name = "function",
                       .make = [](const Value&,
                                  std::uint64_t index) { return Value(kOfTheTask[index % kOfTheTask.size()]); }}}})}),
        account_, {.keep_results = true});
  }
  void expect_own_results(const RunResult& result) {
    for (const auto& row : rows(result)) {
      EXPECT_EQ(row.outcome, Outcome::succeeded) << row.index << ": " << row.message;
      EXPECT_EQ(row.value, own(row.index)) << row.index;
    }
  }
  Engine engine_{options()};  // a thread that is left behind must not affect other tests
  Account account_;
};

TEST_P(Handles, ACallFromAForeignThreadFailsItsTaskAndNamesTheFunction) {
  run("foreign", kOfTheTask.size());
  for (std::size_t i = 0; i < kOfTheTask.size(); ++i) {
    EXPECT_EQ(account_.endings[i].outcome, Outcome::failed) << kOfTheTask[i];
    EXPECT_EQ(account_.endings[i].message,
              "the plugin called " + kOfTheTask[i] + "() from a thread that is not the task's own");
  }
}

TEST_P(Handles, P11_AThreadLeftBehindAffectsNoOtherTask) {
  constexpr std::uint64_t kTasks = 60;
  const RunResult result = run("leave", kTasks);
  EXPECT_EQ(rows(result).size(), kTasks);
  expect_own_results(result);
  for (const auto& [index, text] : account_.output) EXPECT_EQ(text.find("late"), std::string::npos) << index;
  if (GetParam().starts_with("process")) return;  // a later task may not have run in the thread's process
  EXPECT_THAT(account_.warnings, testing::Contains(testing::MatchesRegex(
                                     "stage 'stage': [0-9]+ calls of functions of the host, such as "
                                     "[a-z_.]+\\(\\), came after the end of their tasks and had no effect")));
}

TEST_P(Handles, AnyThreadMayLogReportProgressAndWaitWhileTheTaskRuns) {
  const RunResult result = run("helped", 20);
  expect_own_results(result);
  EXPECT_THAT(account_.warnings,
              testing::ElementsAre("stage 'stage': 20 processes that its tasks left running were killed"));
}

INSTANTIATE_TEST_SUITE_P(Every, Handles,
                         testing::Values("thread", "process", "thread-per-task", "process-per-task", "serial"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct KeptHandles : Handles {};

TEST_P(KeptHandles, TheHandleOfAFinishedTaskFailsTheTaskThatUsesIt) {
  const RunResult result = run("stale", kOfTheTask.size());
  EXPECT_EQ(rows(result).at(0).value, own(0));
  for (std::size_t i = 1; i < kOfTheTask.size(); ++i) {
    EXPECT_EQ(account_.endings[i].outcome, Outcome::failed) << kOfTheTask[i];
    EXPECT_EQ(account_.endings[i].message,
              "the plugin called " + kOfTheTask[i] + "() with the handle of a task that has ended");
  }
}

INSTANTIATE_TEST_SUITE_P(OneAfterTheOther, KeptHandles, testing::Values("serial"));

}  // namespace
}  // namespace ropewalk
