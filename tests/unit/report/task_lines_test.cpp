#include "report/task_lines.hpp"

#include "base/columns.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr std::int64_t kRowSecond = 1'000'000'000;
const TaskRow kConvert{65 * kRowSecond, "convert/12 (holidays/2026/photos/IMG_0012.jpg)", "attempt 2, 45 %: rolling"};

TEST(TaskLines, ShowAgeNameItemAndProgress) {
  EXPECT_EQ(task_line(kConvert, 100),
            "    65 s  convert/12 (holidays/2026/photos/IMG_0012.jpg)  attempt 2, 45 %: rolling");
  EXPECT_EQ(task_line({3 * 3600 * kRowSecond, "s/1", ""}, 100), "   3h00m  s/1");
}

TEST(TaskLines, CutTheMiddleOfTheItemAndTheEndOfTheProgress) {
  EXPECT_EQ(task_line(kConvert, 60), "    65 s  convert/12 (holid....jpg)  attempt 2, 45 %: rol...");
  EXPECT_EQ(task_line(kConvert, 40), "    65 s  convert/12  attempt 2, 45 %...");
  EXPECT_EQ(task_line({9 * kRowSecond, "s/1", "45 %: " + std::string(100, 'x')}, 40),
            "     9 s  s/1  45 %: xxxxxxxxxxxxxxxx...");
}

TEST(TaskLines, EscapeTheProgressBeforeTheyMeasureIt) {
  EXPECT_EQ(task_line({9 * kRowSecond, "s/1", "50 %: \x1b[2J\xff\u202e\uFDD4"}, 60),
            "     9 s  s/1  50 %: \\x1b[2J\\xff\\u202e\\ufdd4");
  EXPECT_EQ(task_line({9 * kRowSecond, "s/1", "50 %: 日本語日本語日本語"}, 40),
            "     9 s  s/1  50 %: 日本語日本語日本語");
  EXPECT_EQ(task_line({9 * kRowSecond, "s/1", "50 %: 日本語日本語日本語"}, 38),
            "     9 s  s/1  50 %: 日本語日本語日...");
  EXPECT_EQ(task_line({9 * kRowSecond, "s/1", "50 %: 日本語日本語日本語"}, 37), "     9 s  s/1  50 %: 日本語日本語...");
}

TEST(TaskLines, AreNeverWiderThanTheTerminal) {
  for (std::size_t columns = 0; columns < 120; ++columns) {
    EXPECT_LE(columns_in(task_line(kConvert, columns)), columns);
    EXPECT_LE(columns_in(task_line({9 * kRowSecond, "日本語/1 (日本語)", "50 %: \x1b 日本語日本語"}, columns)),
              columns);
  }
}

}  // namespace
}  // namespace ropewalk
