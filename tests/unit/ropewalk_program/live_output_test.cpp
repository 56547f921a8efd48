#include "live_output.hpp"

#include <gmock/gmock.h>

namespace ropewalk::cli {
namespace {

constexpr std::int64_t kLiveMs = 1'000'000, kLiveSecond = 1000 * kLiveMs;
constexpr TerminalSize kSize{80, 24};

std::string painted(const std::string& lines, const std::string& up = "") {
  return "\x1b[?25l\x1b[?7l\r" + lines + "\x1b[K\x1b[J" + up + "\r\x1b[?7h\x1b[?25h";
}

TEST(LiveOutput, PaintsItsFrameAndLeavesTheCursorAtItsStart) {
  LiveOutput output;
  EXPECT_EQ(output.due_ns(), std::nullopt);
  output.show({"one", "two", "three"});
  EXPECT_LE(*output.due_ns(), 0);
  EXPECT_EQ(output.take(kLiveSecond, kSize), painted("one\x1b[K\r\ntwo\x1b[K\r\nthree", "\x1b[2A"));
  EXPECT_EQ(output.due_ns(), std::nullopt);
  output.show({"one"});
  EXPECT_EQ(output.take(2 * kLiveSecond, kSize), painted("one"));
  output.show({});
  EXPECT_EQ(output.take(2 * kLiveSecond, kSize), "\r\x1b[J");
}

TEST(LiveOutput, TheSameFrameIsNotPaintedAgain) {
  LiveOutput output;
  output.show({"one"});
  output.take(kLiveSecond, kSize);
  output.show({"one"});
  EXPECT_EQ(output.due_ns(), std::nullopt);
}

TEST(LiveOutput, PaintsAtMostTenTimesASecondWhateverIsPrinted) {
  LiveOutput output;
  int frames = 0, writes = 0;
  std::string all;
  for (std::int64_t t_ns = kLiveSecond; t_ns < 2 * kLiveSecond; t_ns += kLiveMs) {
    output.show({"frame " + std::to_string(t_ns)});
    output.add("text " + std::to_string(t_ns) + "\n");
    if (*output.due_ns() > t_ns) continue;
    const std::string written = output.take(t_ns, kSize);
    ++writes, frames += written.find("frame") != std::string::npos;
    all += written;
  }
  EXPECT_EQ(frames, 10);
  EXPECT_EQ(writes, 10) << "text and frame are one write";
  EXPECT_NE(all.find("text 1899000000\n"), std::string::npos);
}

TEST(LiveOutput, TextIsPrintedAboveTheFrameInOneWrite) {
  LiveOutput output;
  output.add("before\n");
  EXPECT_LE(*output.due_ns(), 0) << "without a frame text does not wait";
  EXPECT_EQ(output.take(kLiveSecond, kSize), "before\n");
  output.show({"frame"});
  output.take(kLiveSecond, kSize);
  output.add("a\n");
  output.add("b\n");
  EXPECT_EQ(*output.due_ns(), kLiveSecond + 100 * kLiveMs);
  EXPECT_EQ(output.take(kLiveSecond + 100 * kLiveMs, kSize), "\r\x1b[Ja\nb\n" + painted("frame"));
}

TEST(LiveOutput, MuchTextDoesNotWaitForTheFrame) {
  LiveOutput output;
  output.show({"frame"});
  output.take(kLiveSecond, kSize);
  const std::string much(LiveOutput::kManyBytes, 'x');
  output.add(much + "\n");
  EXPECT_LE(*output.due_ns(), kLiveSecond);
  EXPECT_EQ(output.take(kLiveSecond + kLiveMs, kSize), "\r\x1b[J" + much + "\n");
  EXPECT_EQ(*output.due_ns(), kLiveSecond + 100 * kLiveMs) << "the frame returns";
  EXPECT_EQ(output.take(kLiveSecond + 100 * kLiveMs, kSize), painted("frame"));
}

TEST(LiveOutput, ALineWithoutAnEndIsNeverOverwritten) {
  LiveOutput output;
  output.add("half a line");
  EXPECT_EQ(output.take(kLiveSecond, kSize), "half a line");
  output.add(", more of it");
  EXPECT_EQ(output.take(kLiveSecond, kSize), ", more of it") << "without a frame it goes on";
  output.show({"frame"});
  EXPECT_EQ(output.take(kLiveSecond, kSize), "\r\n" + painted("frame"));
  output.add("and then\n");
  output.add("50 %\\r");
  EXPECT_EQ(output.take(2 * kLiveSecond, kSize), "\r\x1b[Jand then\n50 %\\r\r\n" + painted("frame"));
}

TEST(LiveOutput, LinesThatDoNotFitAreOmitted) {
  LiveOutput output;
  output.show({"one", "two", "three"});
  EXPECT_EQ(output.take(kLiveSecond, {80, 3}), painted("one\x1b[K\r\ntwo", "\x1b[1A"));
  output.show({"one", "two"});
  EXPECT_EQ(output.take(2 * kLiveSecond, {80, 1}), "\r\x1b[J" + painted("one"));
}

TEST(LiveOutput, AfterAResizeTheFrameIsErasedBeforeItIsPainted) {
  LiveOutput output;
  output.show({"one"});
  output.take(kLiveSecond, {80, 24});
  output.show({"two"});
  EXPECT_EQ(output.take(2 * kLiveSecond, {80, 24}), painted("two"));
  output.show({"three"});
  EXPECT_EQ(output.take(3 * kLiveSecond, {40, 24}), "\r\x1b[J" + painted("three"));
}

}  // namespace
}  // namespace ropewalk::cli
