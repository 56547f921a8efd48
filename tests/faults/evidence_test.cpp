// The evidence of a crash beside its signal: the address, the stack with names, the uncaught exception, the last log
// and output lines. In every executor in which a crash need not be repeated, and where it must.

#include "faults/account.hpp"
#include "support/hand_plan.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace ropewalk {
namespace {

using test::Account;
using test::plan;
using test::stage;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t kTasks = 6, kAt = 3;

struct Evidence : testing::TestWithParam<std::string> {
  Evidence() { ::alarm(static_cast<unsigned>(test::kLongPatience.count())); }
  ~Evidence() override { ::alarm(0); }

  static std::vector<std::string> of(const std::string& deed, const std::string& executor = GetParam()) {
    static Engine engine(
        {.programs = ROPEWALK_BUILD "/bin", .plugin_folders = {ROPEWALK_BUILD "/tests/faults/plugins"}, .log = {}});
    Account account;
    const RunResult result = engine.run(
        plan({stage(engine.plugin("deed_at").value(), "do", kTasks,
                    {.executor = executor,
                     .workers = 2,
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{kAt}}}})}),
        account);
    EXPECT_EQ(result.stages.at(0).succeeded, kTasks - 1) << deed;
    EXPECT_EQ(account.endings[kAt].outcome, Outcome::crashed) << deed << ": " << account.endings[kAt].message;
    EXPECT_EQ(result.failures.at(0).evidence, account.endings[kAt].evidence);
    std::vector<std::string> lines;
    std::istringstream text(account.endings[kAt].evidence);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
};

/// In a process with one worker, all threads belong to that worker's task.
struct ProcessEvidence : Evidence {};

constexpr const char* kCulprit =
    "#[0-9] deed_at.so  zoo::\\(anonymous namespace\\)::writes_where_it_may_not\\(unsigned long\\).*\\+0x[0-9a-f]+";

TEST_P(Evidence, W06_AFaultHasItsAddressAndAStackThatNamesTheFunction) {
  const auto lines = of("wild_write");
  ASSERT_GE(lines.size(), 3u) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0], "wrote to address 0x123456789000 (nothing is mapped there)");
  EXPECT_THAT(lines[1], MatchesRegex(kCulprit));
  EXPECT_THAT(lines[2], StartsWith("#1 deed_at.so  zoo::wild_write(ropewalk::"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("ropewalk::host::Worker"))))
      << "the host's own frames say nothing of the task";
}

TEST_P(Evidence, W06_AddressesAreExplainedIfPossible) {
  EXPECT_THAT(of("segv"), Contains("wrote to address 0x0 (a null pointer)"));
  EXPECT_THAT(of("bus"), Contains(MatchesRegex("wrote to address 0x[0-9a-f]+ \\(beyond the end of its file.*")));
  EXPECT_THAT(of("fpe"), Contains(StartsWith("an integer division by zero")));
  EXPECT_THAT(of("ill"), Contains(StartsWith("no valid instruction at address 0x")));
  EXPECT_THAT(of("damaged_pointer"), Contains("used an address that cannot exist (a damaged pointer)"));
}

TEST_P(Evidence, W06_ACallThroughANullPointerNamesItsCaller) {
  const auto lines = of("call_null");
  ASSERT_GE(lines.size(), 3u) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0], "called address 0x0 (a null pointer)");
  EXPECT_EQ(lines[1], "#0 0x0  (no code is there)");
  EXPECT_THAT(lines[2], StartsWith("#1 deed_at.so  zoo::call_null(ropewalk::"));
}

TEST_P(Evidence, P05_ADamagedStackIsReportedUpToTheDamage) {
  const auto lines = of("smash_stack");
  ASSERT_GE(lines.size(), 4u) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0], "wrote to address 0x123456789000 (nothing is mapped there)");
  EXPECT_THAT(lines[1], MatchesRegex(kCulprit));
  EXPECT_THAT(lines, Contains("   (the stack is damaged from here on)"));
}

TEST_P(Evidence, R14_AProcessWithoutFreeDescriptorsStillNamesItsFunctions) {
  EXPECT_THAT(of("segv_without_descriptors"), Contains(MatchesRegex(kCulprit)));
}

TEST_P(ProcessEvidence, W06_WhenSeveralThreadsFaultAtOnceTheFirstReportsCompletely) {
  EXPECT_THAT(of("segv_together"), testing::AllOf(Contains(StartsWith("wrote to address 0x123456789000")),
                                                  Contains(MatchesRegex(kCulprit))));
}

TEST_P(Evidence, P04_TheStackOfAnOverflowIsCutInTheMiddle) {
  const auto lines = of("stack_overflow");
  ASSERT_THAT(lines.size(), testing::AllOf(testing::Ge(20u), testing::Le(23u))) << testing::PrintToString(lines);
  EXPECT_THAT(lines[0], MatchesRegex("wrote to address 0x[0-9a-f]+ \\(the end of the stack: stack overflow\\)"));
  EXPECT_THAT(lines[1], HasSubstr("deeper(int)"));
  EXPECT_THAT(lines[17], MatchesRegex("   \\.\\.\\. [0-9]+ more \\.\\.\\."));
  EXPECT_THAT(lines, Contains(HasSubstr("DeedAt"))) << "how it began is told too";
}

TEST_P(Evidence, W06_AnAbortBeginsAtItsCaller) {
  EXPECT_THAT(of("abort").at(0), MatchesRegex("#0 deed_at.so  zoo::abort_self\\(.*"));
}

void expect_uncaught(const std::vector<std::string>& lines) {
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[0], "uncaught exception std::runtime_error: thrown where nothing may be");
  EXPECT_THAT(lines[1], MatchesRegex("#0 deed_at.so  zoo::\\(anonymous namespace\\)::throws\\(\\).*"));
}

TEST_P(Evidence, P02_AnUncaughtExceptionIsReportedWithItsTextAndItsPlace) { expect_uncaught(of("throw_noexcept")); }
TEST_P(ProcessEvidence, P02_AnUncaughtExceptionOnAThreadOfThePluginIsReported) {
  expect_uncaught(of("terminate_from_thread"));
}

TEST_P(ProcessEvidence, W06_AThreadOfThePluginLeavesEvidenceToo) {
  const auto lines = of("thread_segv");
  EXPECT_THAT(lines, Contains("wrote to address 0x0 (a null pointer)"));
  EXPECT_THAT(lines, Contains(MatchesRegex(kCulprit)));
}

TEST_P(Evidence, W06_TheLastLogLinesOfTheTaskFollow) {
  auto lines = of("log_and_segv");
  ASSERT_GE(lines.size(), 6u);
  lines.erase(lines.begin(), lines.end() - 5);
  EXPECT_THAT(lines, ElementsAre("log: step 2", "log: step 3", "log: step 4", "log: step 5", "log: step 6"));
}

TEST_P(Evidence, W06_TheLastOutputLinesOfItsProcessFollow) {
  auto lines = of("print_and_segv");
  ASSERT_GE(lines.size(), 6u);
  lines.erase(lines.begin(), lines.end() - 5);
  EXPECT_THAT(lines, ElementsAre("printed: step 3", "printed: step 4", "printed: step 5", "printed: step 6",
                                 "printed: no way on"));
}

TEST_P(Evidence, P10_AMovedOutputOffsetMakesTheEngineReadNoMoreThanWasWritten) {
  EXPECT_THAT(of("move_output_and_segv"), Contains("wrote to address 0x0 (a null pointer)"));
}

TEST_P(Evidence, W01_AKilledTaskHasNoEvidence) { EXPECT_THAT(of("kill"), IsEmpty()); }

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Every, Evidence, testing::Values("process", "thread", "process-per-task", "thread-per-task"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Each, ProcessEvidence, testing::Values("process", "process-per-task"), name_of);

}  // namespace
}  // namespace ropewalk
