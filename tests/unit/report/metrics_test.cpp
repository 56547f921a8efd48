#include "report/metrics.hpp"

#include "sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::HasSubstr;

TEST(Metrics, MatchTheirGoldenFile) {
  Metrics metrics;
  emit_sample_run(metrics, test::SampleItems());
  const std::string actual = metrics.text(0);
  EXPECT_EQ(actual, test::golden("run.prom", actual));
}

TEST(Metrics, CountWhatRunsWhileItRuns) {
  Metrics metrics;
  metrics.run_started(0, {"r", "w"});
  metrics.stage_started(1'000'000'000, {0, "s", "p.t", "thread", 4, 0});
  metrics.tasks_started(1'000'000'000, 0, std::vector<TaskStarted>{{0, 1}, {1, 1}, {2, 1}});
  const TaskFinished task = test::ran(1, 60'000'000'000, Outcome::succeeded);
  metrics.tasks_finished(2, 0, {&task, 1});
  const std::string text = metrics.text(3'500'000'000);
  EXPECT_THAT(text, HasSubstr("ropewalk_run_state{workflow=\"w\",state=\"running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ropewalk_run_duration_seconds{workflow=\"w\"} 3.5\n"));
  EXPECT_THAT(text, HasSubstr("ropewalk_stage_running_tasks{workflow=\"w\",stage=\"s\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("ropewalk_stage_duration_seconds{workflow=\"w\",stage=\"s\"} 2.5\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("ropewalk_stage_tasks{")));
  // A bound belongs to its bucket.
  EXPECT_THAT(text, HasSubstr("_bucket{workflow=\"w\",stage=\"s\",le=\"10\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{workflow=\"w\",stage=\"s\",le=\"60\"} 1\n"));
}

TEST(Metrics, SayThatARunWasKilled) {
  Metrics metrics;
  metrics.run_started(0, {"r", "w"});
  EXPECT_THAT(metrics.text(0, "killed"), HasSubstr("state=\"killed\"} 1\n"));
  EXPECT_THAT(metrics.text(0, "killed"), HasSubstr("state=\"running\"} 0\n"));
}

}  // namespace
}  // namespace ropewalk
