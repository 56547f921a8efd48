#include <ropewalk/plan.hpp>
#include <ropewalk/run_result.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace ropewalk {
namespace {

TEST(LogLevels, NumbersOfPluginsAndRecordsAreLevelsWhateverTheyAre) {
  EXPECT_EQ(log_level(0), LogLevel::debug);
  EXPECT_EQ(log_level(1), LogLevel::info);
  EXPECT_EQ(log_level(2), LogLevel::warning);
  EXPECT_EQ(log_level(3), LogLevel::error);
  EXPECT_EQ(log_level(INT64_MIN), LogLevel::debug);
  EXPECT_EQ(log_level(std::uint32_t(-1)), LogLevel::error);
}

TEST(LogLevels, HaveNames) {
  EXPECT_EQ(level_name(LogLevel::debug), "debug");
  EXPECT_EQ(level_name(LogLevel::info), "info");
  EXPECT_EQ(level_name(LogLevel::warning), "warning");
  EXPECT_EQ(level_name(LogLevel::error), "error");
}

TEST(Durations, AreThoseOfTheNumbers) {
  using namespace std::chrono_literals;
  TaskFinished task{};
  task.queued_ns = 1'000'000, task.run_ns = 2'000'000'000, task.cpu_ns = 3;
  EXPECT_EQ(task.queued_time(), 1ms);
  EXPECT_EQ(task.run_time(), 2s);
  EXPECT_EQ(task.cpu_time(), 3ns);
  RunResult run;
  run.wall_s = 1.5;
  EXPECT_EQ(run.wall_time(), 1500ms);
  PlannedStage stage;
  EXPECT_EQ(stage.timeout(), std::nullopt);
  stage.timeout_ns = 5'000'000'000;
  EXPECT_EQ(stage.timeout(), 5s);
  EXPECT_EQ(stage.retries.max_delay(), 60s);
}

}  // namespace
}  // namespace ropewalk
