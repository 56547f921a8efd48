// A record for which there is no memory says so; what is in it is whole.

#include "recording.hpp"

#include "support/failing_memory.hpp"
#include "support/patience.hpp"

#include <ropewalk/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

constexpr std::uint64_t kTasks = 21;

std::int64_t bytes_of(std::uint64_t index) { return static_cast<std::int64_t>(index * index); }

Value result_of(std::uint64_t index) { return Map{{"bytes", Value(bytes_of(index))}}; }

/// Tasks that share rows, and some that have rows of their own.
void end_tasks(record::RecordWriter& writer, const std::vector<Value>& results) {
  for (std::uint64_t index = 0; index < kTasks; ++index) {
    const bool again = index % 10 == 4;
    const TaskFinished first = ended(index, Outcome::failed, 1, false, "try again: a text that is not short"),
                       last = ended(index, Outcome::succeeded, again ? 2 : 1);
    if (index % 10 == 3)
      writer.task_said(7, 0, {.index = index, .attempt = 1, .level = LogLevel::info, .text = "a line"});
    if (again) writer.tasks_finished(7, 0, {&first, 1});
    writer.task_result(8, 0, index, results[index]);
    writer.tasks_finished(8, 0, {&last, 1});
  }
}

/// What is recorded is what happened. Returns how many tasks that is.
std::uint64_t read_and_compare(const Recording& run) {
  const auto record = run.read();
  EXPECT_TRUE(record->check());
  std::uint64_t found = 0;
  const auto read = record->visit_attempts(0, [&](const RecordedAttempt& attempt) {
    if (attempt.outcome != Outcome::succeeded) return;
    ++found;
    EXPECT_EQ(attempt.result, to_json(result_of(attempt.index)));
    EXPECT_EQ(attempt.item, "\"line " + std::to_string(attempt.index) + "\"");
  });
  EXPECT_TRUE(read);
  return found;
}

struct RecordMemory : testing::TestWithParam<FailingAllocation::Of> {};
INSTANTIATE_TEST_SUITE_P(Of, RecordMemory,
                         testing::Values(FailingAllocation::Of::this_thread, FailingAllocation::Of::other_threads),
                         [](const auto& info) { return info.index == 0 ? "TheRunsThread" : "TheWriter"; });

TEST_P(RecordMemory, R10_WhicheverAllocationFailsTheReasonIsReportedAndWhatIsRecordedIsWhole) {
  std::vector<Value> results;
  for (std::uint64_t index = 0; index < kTasks; ++index) results.push_back(result_of(index));
  bool any = false;
  for (std::int64_t number = 1;; ++number) {
    SCOPED_TRACE("allocation " + std::to_string(number));
    const Scratch scratch;
    Recording run(scratch / ".ropewalk", Durability::run);
    run.start(kTasks);
    ASSERT_TRUE(eventually([&] { return refusal(run.folder).empty(); })) << "the writer does not begin";
    bool failed = false;
    {
      const FailingAllocation memory(GetParam(), number);
      end_tasks(*run.writer, results);
      run.end(kTasks);
      failed = FailingAllocation::has_failed();
    }
    const std::string problem = run.writer->problem();
    const std::uint64_t found = read_and_compare(run);
    if (!failed) {
      EXPECT_EQ(problem, "");
      EXPECT_EQ(found, kTasks);
      break;
    }
    any = true;
    EXPECT_EQ(problem, "out of memory");
    EXPECT_GT(run.woken, 0) << "the run does not look";
    if (HasFailure()) break;
  }
  EXPECT_TRUE(any) << "nothing was tried";
}

}  // namespace
}  // namespace ropewalk::test
