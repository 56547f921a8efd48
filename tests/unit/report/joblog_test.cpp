#include "report/joblog.hpp"

#include "sample_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ropewalk {
namespace {

TEST(Joblog, MatchesItsGoldenFile) {
  JoblogWriter joblog;
  emit_sample_run(joblog, test::SampleItems());
  StringSink sink;
  EXPECT_TRUE(joblog.write(sink));
  EXPECT_EQ(sink.text, test::golden("run.joblog", sink.text));
}

/// One stage after another, so that Seq counts on.
std::string lines_of_two_stages(JoblogWriter::JobOf job_of) {
  JoblogWriter joblog(std::move(job_of));
  joblog.run_started(0, {"the-run", "w", nullptr, 1'000'000'000'000});
  for (const std::uint32_t stage : {0u, 1u}) {
    joblog.stage_started(0, {stage, stage == 0 ? "a" : "b", "shell.run", "process", 1, 2});
    // The second task ends first.
    for (const std::uint64_t index : {0u, 1u}) {
      TaskFinished task =
          test::ran(index, 1'000'000'000 - static_cast<std::int64_t>(index) * 500'000'000, Outcome::failed);
      task.started_ns = 2'000'000'000;
      joblog.tasks_finished(1, stage, {&task, 1});
    }
  }
  StringSink sink;
  EXPECT_TRUE(joblog.write(sink));
  return sink.text.substr(sink.text.find('\n') + 1);
}

TEST(Joblog, CountsTasksOverAllStagesAndListsThemAsTheyEnded) {
  EXPECT_EQ(lines_of_two_stages({}),
            "2\t:\t1002.000\t     0.500\t0\t0\t1\t0\tshell.run\n"
            "4\t:\t1002.000\t     0.500\t0\t0\t1\t0\tshell.run\n"
            "1\t:\t1002.000\t     1.000\t0\t0\t1\t0\tshell.run\n"
            "3\t:\t1002.000\t     1.000\t0\t0\t1\t0\tshell.run\n");
}

TEST(Joblog, TakesCommandsAndTheirEndsFromTheWorkflow) {
  const std::string lines =
      lines_of_two_stages([](std::uint32_t stage, const TaskFinished& task, const Value*, std::string_view run_id) {
        return JoblogWriter::Job{
            .command = std::string(run_id) + "\nx", .exit_code = task.index == 0 ? 7 : 0, .signal = stage == 0 ? 9 : 0};
      });
  std::string visible = lines;
  std::replace(visible.begin(), visible.end(), '\0', '|');
  EXPECT_EQ(visible,
            "2\t:\t1002.000\t     0.500\t0\t0\t0\t9\tthe-run|x\n"
            "4\t:\t1002.000\t     0.500\t0\t0\t1\t0\tthe-run|x\n"
            "1\t:\t1002.000\t     1.000\t0\t0\t7\t9\tthe-run|x\n"
            "3\t:\t1002.000\t     1.000\t0\t0\t7\t0\tthe-run|x\n");
}

}  // namespace
}  // namespace ropewalk
