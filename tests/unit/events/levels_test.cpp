#include <ropewalk/events.hpp>

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

}  // namespace
}  // namespace ropewalk
