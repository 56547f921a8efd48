#include "report/written.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ropewalk {
namespace {

constexpr OutputStream kOut = OutputStream::out, kErr = OutputStream::err;

std::string lines(const KeptOutput& output, const WrittenStyle& style = {}, std::string_view message = "") {
  std::string out;
  append_written_lines(out, output, message, style);
  return out;
}
std::string json(const KeptOutput& output) {
  std::string out;
  append_output_members(out, output);
  return out;
}

TEST(Written, StreamsAreShownAsTheyWereInterleaved) {
  KeptOutput output;
  output.add(kOut, "collecting\n");
  output.add(kErr, "warning: old\r\n");
  output.add(kOut, "1 fai");
  output.add(kErr, "\x1b[31mbad\n");
  output.add(kOut, "led");
  EXPECT_EQ(lines(output), "      | collecting\n      | warning: old\n      | \\x1b[31mbad\n      | 1 failed\n");
  EXPECT_EQ(lines(output, {.err = false}), "      | collecting\n      | 1 failed\n");
}

TEST(Written, TheFirstAndTheLastOfManyLinesAreShown) {
  KeptOutput output;
  for (int i = 0; i < 100; ++i) output.add(kOut, "line " + std::to_string(i) + "\n");
  EXPECT_EQ(
      lines(output, {.lines = 4}),
      "      | line 0\n      | line 1\n      ... 96 more lines, -v shows more\n      | line 98\n      | line 99\n");
  EXPECT_EQ(lines(output, {.lines = 100}).find("more line"), std::string::npos);
}

TEST(Written, OmittedOutputIsReportedWhereItIsMissing) {
  KeptOutput output;
  output.put(kOut, 0, "begin\n");
  output.put(kOut, 5000, "end\n");
  EXPECT_EQ(lines(output), "      | begin\n      | ... 4,994 bytes of stdout were not kept ...\n      | end\n");
}

TEST(Written, ALineOfTheMessageIsNotRepeated) {
  KeptOutput output;
  output.add(kErr, "no such file\n");
  EXPECT_EQ(lines(output, {}, "the command exited with code 1: no such file"), "");
  EXPECT_EQ(lines(output, {}, "the command exited with code 1"), "      | no such file\n");
}

TEST(Written, AProgressBarIsShownInItsLastState) {
  KeptOutput output;
  output.add(kErr, "10%\r50%\r100%\n");
  EXPECT_EQ(lines(output), "      | 100%\n");
}

TEST(Written, JsonContainsEachStreamThatIsNotEmpty) {
  KeptOutput output;
  EXPECT_EQ(json(output), "");
  output.add(kErr, "bad\n");
  output.add(OutputStream::process, "own");
  EXPECT_EQ(json(output), R"(, "stderr": "bad\n", "output": "own")");
}

TEST(Written, JsonOfATruncatedStreamHasItsLengthAndNoPartialCharacters) {
  KeptOutput output;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "\xc3\xa4";  // two bytes each, so that an odd beginning cuts one
  output.add(kOut, "x" + text);
  const std::string shown = json(output);
  EXPECT_TRUE(shown.starts_with(R"(, "stdout": {"bytes": 100001, "head": "x)")) << shown.substr(0, 60);
  EXPECT_EQ(shown.find("\\ufffd"), std::string::npos);
  EXPECT_EQ(shown.find("\xef\xbf\xbd"), std::string::npos) << "no replacement character";
  EXPECT_NE(shown.find(R"(", "tail": ")"), std::string::npos);
}

}  // namespace
}  // namespace ropewalk
