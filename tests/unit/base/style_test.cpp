#include "base/style.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

TEST(ForTerminal, LeavesTextLinesAndTabsAsTheyAre) {
  EXPECT_EQ(for_terminal("a\tb\nc\n", true), "a\tb\nc\n");
  EXPECT_EQ(for_terminal("na\u00efve \u732b \U0001f408 \uFB01", true), "na\u00efve \u732b \U0001f408 \uFB01");
  EXPECT_EQ(for_terminal("", true), "");
}

TEST(ForTerminal, EscapesControlSequencesOfATerminal) {
  EXPECT_EQ(for_terminal("\x1b[31mred\x1b[0m \x07\x7f\r\n", true), "\\x1b[31mred\\x1b[0m \\x07\\x7f\\r\n");
  EXPECT_EQ(for_terminal("\u009b31m \u202e \ufeff", true), "\\u009b31m \\u202e \\ufeff");
  EXPECT_EQ(for_terminal("\x9b \xff\xef", true), "\\x9b \\xff\\xef");
}

TEST(ForTerminal, WritesEscapeSequencesOnlyForMarks) {
  const std::string text = std::string(style::kBoldRed) + "error" + std::string(style::kPlain) + "\n";
  EXPECT_EQ(for_terminal(text, true), "\x1b[1;31merror\x1b[0m\n");
  EXPECT_EQ(for_terminal(text, false), "error\n");
  EXPECT_EQ(for_terminal("\uFDD7", true), "\\ufdd7") << "a code point beside the marks";
}

}  // namespace
}  // namespace ropewalk
